// Installs the official client from the lock file when it is missing, then runs its tests against one of, first found:
//   --url URL or MOCKFLEET_URL               a running server
//   --server FILE --plugin-dir DIRECTORY     a program; also MOCKFLEET_BIN and MOCKFLEET_PLUGIN_DIR
//   --build DIRECTORY                        what that Meson build installs, in a temporary folder
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({ options: { url: { type: 'string' }, server: { type: 'string' }, 'plugin-dir': { type: 'string' }, build: { type: 'string' } } });
const run = (command, args, options = {}) => spawnSync(command, args, { cwd: here, stdio: 'inherit', ...options });

if (!existsSync(path.join(here, 'node_modules', 'mockserver-client', 'package.json'))) {
  const installed = run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']);
  if (installed.status !== 0) {
    console.error('client tests: npm could not install mockserver-client; a registry (or a filled npm cache) is needed once');
    process.exit(1);
  }
}

/** The installed program and its plugin folder below `stage`. */
function installed_in(stage) {
  const found = { MOCKFLEET_BIN: undefined, MOCKFLEET_PLUGIN_DIR: undefined };
  for (const entry of readdirSync(stage, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name === 'mockfleet' && path.basename(entry.path) === 'bin') found.MOCKFLEET_BIN = path.join(entry.path, entry.name);
    if (entry.isFile() && entry.name === 'state-memory.so') found.MOCKFLEET_PLUGIN_DIR = entry.path;
  }
  return found;
}

const given = { MOCKFLEET_URL: values.url ?? process.env.MOCKFLEET_URL, MOCKFLEET_BIN: values.server ?? process.env.MOCKFLEET_BIN, MOCKFLEET_PLUGIN_DIR: values['plugin-dir'] ?? process.env.MOCKFLEET_PLUGIN_DIR };
let stage;
if (!given.MOCKFLEET_URL && !given.MOCKFLEET_BIN && values.build) {
  stage = mkdtempSync(path.join(os.tmpdir(), 'mockfleet-installed-'));
  const installed = run('meson', ['install', '-C', path.resolve(values.build), '--no-rebuild', '--quiet', '--destdir', stage]);
  if (installed.status !== 0) process.exit(1);
  Object.assign(given, installed_in(stage));
}
const environment = { ...process.env, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)) };
const tested = run(process.execPath, ['--test', '--test-reporter=spec', path.join(here, 'client.test.mjs')], { env: environment });
if (stage) rmSync(stage, { recursive: true, force: true });
process.exit(tested.status ?? 1);

// The short form of the fault suite: a few faults under load on loopback, in the default suite.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

function engine_found() {
  try { execFileSync('etcd', ['--version'], { stdio: 'ignore' }); return true; } catch { return false; }
}

test('faults under load, in short', { skip: engine_found() ? false : 'etcd is not installed' }, () => {
  const main = path.join(path.dirname(fileURLToPath(import.meta.url)), 'main.mjs');
  const ended = spawnSync(process.execPath, [main, '--short', '--server', process.env.MOCKFLEET_BIN, '--plugin-dir', process.env.MOCKFLEET_PLUGIN_DIR],
    { encoding: 'utf8', timeout: 170000 });
  process.stdout.write(ended.stdout);
  assert.equal(ended.status, 0, ended.stdout + ended.stderr);
});

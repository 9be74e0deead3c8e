// Sends the same cases to two servers and prints every difference that is not intended:
//   node run.mjs [--left URL] [--right URL | --server BINARY --plugin-dir DIRECTORY] [--filter TEXT] [--intended FILE | --strict]
// Left is the reference server. Without --left it is started with the script that ORACLE_START names.
import path from 'node:path';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { address_of, start_oracle, start_server } from '../support/server.mjs';
import { load_cases } from '../golden/catalog.mjs';
import { case_differences, default_intended, describe, intended_differences } from '../golden/compare.mjs';
import { count_exchanges, play_all } from '../golden/play.mjs';

const { values } = parseArgs({ options: { left: { type: 'string' }, right: { type: 'string' }, server: { type: 'string' }, 'plugin-dir': { type: 'string' }, filter: { type: 'string', default: '' }, intended: { type: 'string', default: default_intended }, strict: { type: 'boolean' } } });
const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const script = process.env.ORACLE_START ?? path.join(repository, '..', 'shared', 'oracle', 'start');
if (!values.left && !existsSync(script)) {
  console.error('differential: no reference server; give --left URL or set ORACLE_START to the script that starts one');
  process.exit(2);
}
if (!values.right && !values.server) {
  console.error('differential: give --right URL, or --server BINARY and --plugin-dir DIRECTORY');
  process.exit(2);
}
const oracle = values.left ? null : await start_oracle({ script });
const server = values.right ? null : await start_server({ binary: values.server, plugin_dir: values['plugin-dir'] }).catch(async (error) => { await oracle?.stop(); throw error; });
const cases = await load_cases(values.filter);
const intended = values.strict ? new intended_differences([]) : intended_differences.load(values.intended);

async function collect(url) {
  const answers = new Map();
  await play_all(cases, address_of(url), (test_case, list) => answers.set(test_case.id, list), (test_case, error) => answers.set(test_case.id, [{ status: `not played: ${error.message}` }]));
  return answers;
}

const [left, right] = [await collect(values.left ?? oracle.url), await collect(values.right ?? server.url)];
await Promise.all([oracle?.stop(), server?.stop()]);
let equal = 0;
let unintended = 0;
for (const test_case of cases) {
  const found = intended.remaining(test_case, case_differences(left.get(test_case.id), right.get(test_case.id)));
  if (found.length === 0) equal += 1;
  unintended += found.length;
  for (const difference of found) console.log(describe(test_case, difference, ['left', 'right']));
}
const stale = intended.unused(cases);
for (const entry of stale) console.log(`intended difference is no longer one: ${entry.case} step ${entry.step ?? 'any'} ${entry.what} (${entry.reason})`);
const excused = intended.entries.reduce((sum, entry) => sum + entry.uses, 0);
console.log(`${count_exchanges(cases)} exchanges in ${cases.length} cases; ${equal} cases equal, ${unintended} unintended differences, ${excused} intended ones, ${stale.length} stale entries`);
process.exit(unintended || stale.length ? 1 : 0);

// Replays the cases against a server and compares with the golden files:
//   node replay.mjs --server BINARY --plugin-dir DIRECTORY | --url URL   [--filter TEXT] [--intended FILE | --strict] [--quiet]
// Needs nothing but the server. --strict compares without the intended differences (the reference server passes that).
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { address_of, start_server } from '../support/server.mjs';
import { expected_path, load_cases } from './catalog.mjs';
import { case_differences, default_intended, describe, intended_differences } from './compare.mjs';
import { count_exchanges, play_all } from './play.mjs';

const { values } = parseArgs({ options: { server: { type: 'string' }, 'plugin-dir': { type: 'string' }, url: { type: 'string' }, filter: { type: 'string', default: '' }, intended: { type: 'string', default: default_intended }, strict: { type: 'boolean' }, quiet: { type: 'boolean' } } });
if (!values.url && !values.server) {
  console.error('replay: give --server BINARY --plugin-dir DIRECTORY, or --url URL');
  process.exit(2);
}
const began = Date.now();
const server = values.url ? null : await start_server({ binary: values.server, plugin_dir: values['plugin-dir'] });
const cases = await load_cases(values.filter);
const intended = values.strict ? new intended_differences([]) : intended_differences.load(values.intended);
let passed = 0;
let failed = 0;
await play_all(cases, address_of(values.url ?? server.url), (test_case, answers) => {
  const expected = JSON.parse(readFileSync(expected_path(test_case), 'utf8'));
  const left = intended.remaining(test_case, case_differences(expected, answers));
  if (left.length === 0) { passed += 1; return; }
  failed += 1;
  if (values.quiet) console.log(`FAIL ${test_case.id}`);
  else console.log(left.map((difference) => `FAIL ${describe(test_case, difference, ['expected', 'server'])}`).join('\n'));
}, (test_case, error) => {
  failed += 1;
  console.log(`FAIL ${test_case.id}: ${error.message}`);
});
const stale = intended.unused(cases);
for (const entry of stale) console.log(`FAIL intended difference is no longer one: ${entry.case} step ${entry.step ?? 'any'} ${entry.what} (${entry.reason})`);
const ended = await server?.stop();
if (ended && ended.code !== 0) { failed += 1; console.log(`FAIL the server ended with code ${ended.code} ${ended.signal ?? ''}\n${server.output().slice(-2000)}`); }
console.log(`${count_exchanges(cases)} exchanges in ${((Date.now() - began) / 1000).toFixed(1)} s`);
console.log(`${passed} passed, ${failed + stale.length} failed`);
process.exit(failed || stale.length ? 1 : 0);

// Records the answers of a reference server as golden files: node record.mjs --url URL [--filter TEXT] [--out DIRECTORY]
// Without --url the reference server is started with the script that the environment variable ORACLE_START names.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { address_of, start_oracle } from '../support/server.mjs';
import { expected_directory, load_cases } from './catalog.mjs';
import { count_exchanges, play_all } from './play.mjs';

const { values } = parseArgs({ options: { url: { type: 'string' }, filter: { type: 'string', default: '' }, out: { type: 'string', default: expected_directory } } });
if (!values.url && !process.env.ORACLE_START) {
  console.error('record: give --url, or set ORACLE_START to the script that starts the reference server');
  process.exit(2);
}
const started = values.url ? null : await start_oracle({ script: process.env.ORACLE_START });
const cases = await load_cases(values.filter);
const wanted = new Set(cases.map((test_case) => `${test_case.id}.json`));
let failures = 0;
await play_all(cases, address_of(values.url ?? started.url), (test_case, answers) => {
  const directory = path.join(values.out, test_case.area);
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, `${test_case.name}.json`), `${JSON.stringify(answers, null, 1)}\n`);
}, (test_case, error) => {
  failures += 1;
  console.error(`${test_case.id}: ${error.message}`);
});
if (!values.filter) {
  for (const area of readdirSync(values.out)) {
    for (const file of readdirSync(path.join(values.out, area))) if (!wanted.has(`${area}/${file}`)) rmSync(path.join(values.out, area, file));
  }
}
await started?.stop();
console.log(`${cases.length - failures} cases recorded, ${count_exchanges(cases)} exchanges, ${failures} failed`);
process.exit(failures ? 1 : 0);

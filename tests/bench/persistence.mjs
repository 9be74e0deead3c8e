// What keeping expectations costs, each figure beside its yardstick of the same run.
//   node persistence.mjs --server BIN --plugin-dir DIR [--folder DIRECTORY ON THE DISK TO MEASURE] [--rounds N]
import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { http_connection, request_bytes } from '../support/http.mjs';
import { start_server } from '../support/server.mjs';
import { median } from './load.mjs';

const { values: options } = parseArgs({ options: {
  server: { type: 'string' }, 'plugin-dir': { type: 'string' }, folder: { type: 'string', default: tmpdir() }, rounds: { type: 'string', default: '5' } } });
const rounds = Number(options.rounds);
const folder = mkdtempSync(join(resolve(options.folder), 'bench-kept-'));
const added = 1000;
const mock = (n) => ({ id: `bench-${n}`, httpRequest: { method: 'GET', path: `/bench/${n}` }, httpResponse: { statusCode: 200, headers: { 'content-type': ['application/json'] }, body: `{"number":${n}}` } });
const launch = (...flags) => start_server({ binary: options.server, plugin_dir: options['plugin-dir'], flags, patience_ms: 60000 });
const keeping = (file, durability) => ['--persist-expectations', 'true', '--persisted-expectations-path', file, '--persist-durability', durability];
const put = (body) => request_bytes({ method: 'PUT', target: '/mockserver/expectation', body: Buffer.from(JSON.stringify(body)) });

/** So many writers add `count` expectations in all, one per request; requests per second. */
async function add(server, writers, count) {
  let next = 0;
  const started = performance.now();
  await Promise.all(Array.from({ length: writers }, async () => {
    const connection = new http_connection('127.0.0.1', server.port);
    while (next < count) {
      const answer = await connection.exchange(put(mock(next++)));
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`);
    }
    connection.close();
  }));
  return count / ((performance.now() - started) / 1000);
}

function append_rate(count) {
  const file = openSync(join(folder, 'raw'), 'a');
  const line = Buffer.from(`0123456789abcdef ${JSON.stringify({ put: mock(12345) })}\n`);
  const started = performance.now();
  for (let n = 0; n < count; n += 1) { writeSync(file, line); fdatasyncSync(file); }
  const rate = count / ((performance.now() - started) / 1000);
  closeSync(file);
  return rate;
}

async function measure(flags, writers, count) {
  const server = await launch(...flags);
  try {
    await add(server, writers, 50);
    return await add(server, writers, count);
  } finally {
    await server.stop();
  }
}

const fresh = (() => { let number = 0; return () => { const place = join(folder, `run-${number++}`); mkdirSync(place); return join(place, 'kept.json'); }; })();
const ratios = { behind: [], one: [], many: [] };
const shown = [];
for (let round = 0; round < rounds; round += 1) {
  const off = await measure([], 1, added);
  const behind = await measure(keeping(fresh(), 'behind'), 1, added);
  const raw = append_rate(added);
  const one = await measure(keeping(fresh(), 'acknowledged'), 1, added);
  const many = await measure(keeping(fresh(), 'acknowledged'), 24, added * 4);
  const raw_after = append_rate(added);
  const yardstick = (raw + raw_after) / 2;
  ratios.behind.push(behind / off);
  ratios.one.push(one / yardstick);
  ratios.many.push(many / yardstick);
  shown.push({ 'off/s': Math.round(off), 'behind/s': Math.round(behind), 'fdatasync/s': Math.round(yardstick), 'acknowledged/s': Math.round(one), '24 writers/s': Math.round(many) });
}
console.table(shown);

const file = fresh();
writeFileSync(file, JSON.stringify(Array.from({ length: 15000 }, (_, n) => mock(n))));
const timed = async (...flags) => {
  const times = [];
  for (let round = 0; round < 3; round += 1) {
    const started = performance.now();
    const server = await launch(...flags);
    times.push(performance.now() - started);
    await server.stop();
  }
  return median(times);
};
const empty = await timed();
const full = await timed('--initialization-json-path', file, ...keeping(file, 'acknowledged'));
console.log(`behind / off: ${median(ratios.behind).toFixed(3)} (at least 0.95)`);
console.log(`acknowledged, one writer / append+fdatasync: ${median(ratios.one).toFixed(2)} (at least 0.8)`);
console.log(`acknowledged, 24 writers / append+fdatasync: ${median(ratios.many).toFixed(2)} (at least 5)`);
console.log(`15,000 expectations restored in ${Math.round(full - empty)} ms (start without: ${Math.round(empty)} ms)`);
rmSync(folder, { recursive: true, force: true });

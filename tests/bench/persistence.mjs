// What keeping expectations costs, each figure beside its yardstick of the same run.
//   node persistence.mjs --server BIN --plugin-dir DIR [--folder DIRECTORY ON THE DISK TO MEASURE] [--rounds N]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { start_server } from '../support/server.mjs';
import { median } from './load.mjs';

const { values: options } = parseArgs({ options: {
  server: { type: 'string' }, 'plugin-dir': { type: 'string' }, folder: { type: 'string', default: tmpdir() }, rounds: { type: 'string', default: '5' } } });
const rounds = Number(options.rounds);
const folder = mkdtempSync(join(resolve(options.folder), 'bench-kept-'));
const added = 1000;
const mock = (n) => ({ id: `bench-${n}`, httpRequest: { method: 'GET', path: `/bench/${n}` }, httpResponse: { statusCode: 200, headers: { 'content-type': ['application/json'] }, body: `number ${n}` } });
const launch = (...flags) => start_server({ binary: options.server, plugin_dir: options['plugin-dir'], flags, patience_ms: 60000 });
const keeping = (file, durability) => ['--persist-expectations', 'true', '--persisted-expectations-path', file, '--persist-durability', durability];

// wrk with a script that has all requests ready: one expectation after another, the first ones not counted; when the last is sent it tells the rate and ends.
const adding = join(folder, 'adding.lua');
writeFileSync(adding, `
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long ns; } clock_value; int clock_gettime(int, clock_value*);")
local warm, count, sent, began, made = tonumber(os.getenv("WARM")), tonumber(os.getenv("COUNT")), 0, 0, {}
local function now() local t = ffi.new("clock_value"); ffi.C.clock_gettime(1, t); return tonumber(t.s) + tonumber(t.ns) / 1e9 end
init = function()
  for n = 1, warm + count + 1 do
    made[n] = wrk.format("PUT", "/mockserver/expectation", { ["content-type"] = "application/json" },
      (string.gsub([[${JSON.stringify(mock('NUMBER'))}]], "NUMBER", n)))
  end
end
request = function()
  sent = sent + 1
  if sent == warm + 1 then began = now() end
  if sent == warm + count + 1 then io.stdout:write(string.format("rate %.1f\\n", count / (now() - began))); io.stdout:flush(); wrk.thread:stop() end
  return made[sent] or made[1]
end
`);

/** So many writers add `count` expectations in all, one per request: requests per second, and microseconds of CPU of the server for each. */
async function add(server, writers, count) {
  const warm = 200;
  const cpu = () => { const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' '); return (Number(fields[11]) + Number(fields[12])) * 1e4; };
  const before = cpu();
  const child = spawn('wrk', ['-t1', `-c${writers}`, '-d60s', '--timeout', '30s', '-s', adding, `http://127.0.0.1:${server.port}`],
    { env: { ...process.env, WARM: String(warm), COUNT: String(count) }, stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.on('data', (part) => {
    told += part;
    if (/^rate /m.test(part)) child.kill('SIGINT'); // it would wait for the end of its 60 seconds
  });
  await once(child, 'close');
  const rate = /^rate ([\d.]+)/m.exec(told);
  if (!rate || /Non-2xx|Socket errors/.test(told)) throw new Error(`adding failed: ${told}`);
  return { rate: Number(rate[1]), cpu: (cpu() - before) / (count + warm) };
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
    return await add(server, writers, count);
  } finally {
    await server.stop();
  }
}

const fresh = (() => { let number = 0; return () => { const place = join(folder, `run-${number++}`); mkdirSync(place); return join(place, 'kept.json'); }; })();
const ratios = { behind: [], behind_many: [], one: [], many: [] };
const shown = [];
const told = (made) => `${Math.round(made.rate)} (${Math.round(made.cpu)} us)`;
for (let round = 0; round < rounds; round += 1) {
  const both = async (writers, count) => {
    const sides = {};
    for (const side of round % 2 === 0 ? ['off', 'behind'] : ['behind', 'off']) sides[side] = await measure(side === 'off' ? [] : keeping(fresh(), side), writers, count);
    return [sides.off, sides.behind];
  };
  const [off, behind] = await both(1, added);
  const [off_many, behind_many] = await both(24, added * 10);
  const raw = append_rate(added);
  const one = await measure(keeping(fresh(), 'acknowledged'), 1, added);
  const raw_between = append_rate(added);
  const many = await measure(keeping(fresh(), 'acknowledged'), 24, added * 10);
  const raw_after = append_rate(added);
  ratios.behind.push(behind.rate / off.rate);
  ratios.behind_many.push(behind_many.rate / off_many.rate);
  ratios.one.push(one.rate / ((raw + raw_between) / 2));
  ratios.many.push(many.rate / ((raw_between + raw_after) / 2));
  shown.push({ 'off/s': told(off), 'behind/s': told(behind), 'off, 24': told(off_many), 'behind, 24': told(behind_many),
    'fdatasync/s': Math.round((raw + raw_between + raw_after) / 3), 'acknowledged/s': told(one), 'acknowledged, 24': told(many) });
}
console.log('requests per second (CPU of the server for each)');
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
console.log(`behind / off: ${median(ratios.behind).toFixed(3)} (at least 0.95); with 24 writers ${median(ratios.behind_many).toFixed(3)}`);
console.log(`acknowledged, one writer / append+fdatasync: ${median(ratios.one).toFixed(2)} (at least 0.8)`);
console.log(`acknowledged, 24 writers / append+fdatasync: ${median(ratios.many).toFixed(2)} (at least 5)`);
console.log(`15,000 expectations restored in ${Math.round(full - empty)} ms (start without: ${Math.round(empty)} ms)`);
rmSync(folder, { recursive: true, force: true });

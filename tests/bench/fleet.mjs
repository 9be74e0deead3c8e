// `make bench-fleet`: three nodes over HTTP and, below them, the replication by itself; a bare engine in the same run for ratios; prints tables, writes
// a JSON.   node fleet.mjs --server BIN --plugin-dir DIR [--state-bench BIN] [--rounds N] [--seconds N] [--foreign CORES] [--only state,visible,...] [--out FILE]
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Line, startFleet } from './fleet_nodes.mjs';
import { median, paired, percentile, readWrk } from './load.mjs';
import { call, provenance, startMockfleet, until } from './servers.mjs';

const { values: options } = parseArgs({ options: {
  server: { type: 'string' }, 'plugin-dir': { type: 'string' }, 'state-bench': { type: 'string' }, rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '4' }, foreign: { type: 'string', default: '0.5' },
  only: { type: 'string', default: 'state,visible,puts,times,bulk,gaps,join,plain' }, out: { type: 'string', default: 'build/bench-fleet.json' } } });
const [rounds, seconds] = [Number(options.rounds), Number(options.seconds)];
const wanted = new Set(options.only.split(','));
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const results = {};
const program = { server: options.server, pluginDir: options['plugin-dir'] };
const many = ['--max-expectations', '20000'];
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
const show = (name, rows) => { results[name] = rows; console.log(`\n${name}`); console.table(Object.fromEntries(rows.map(({ what, ...row }) => [what, row]))); };
const rounded = (value, digits = 2) => Number(value.toFixed(digits));
function spread(list) {
  const sorted = [...list].sort((x, y) => x - y);
  return { p50: rounded(percentile(sorted, 0.5)), p99: rounded(percentile(sorted, 0.99)), most: rounded(sorted[sorted.length - 1]) };
}

const expectation = (id, body, extra = {}) => JSON.stringify({ id, httpRequest: { path: `/${id}` }, httpResponse: { statusCode: 200, body }, ...extra });
const put = (id, body, extra) => Line.request('PUT', '/mockserver/expectation', expectation(id, body, extra));
async function must(port, method, path, body, status) {
  const answer = await call(port, method, path, body);
  if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.slice(0, 300)}`);
  return answer.body;
}
/** `count` expectations e0... in arrays of `size`; resolves to the seconds. */
async function load(fleet, count, size = 1000, prefix = 'e') {
  const arrays = [];
  for (let first = 0; first < count; first += size)
    arrays.push(`[${Array.from({ length: Math.min(size, count - first) }, (_, i) => expectation(`${prefix}${first + i}`, 'x'.repeat(200))).join(',')}]`);
  const began = performance.now();
  for (const array of arrays) await must(fleet.nodes[0].port, 'PUT', '/mockserver/expectation', array, 201);
  return (performance.now() - began) / 1000;
}
// Not measured; on a busy machine the engine may take too long to remove 10,000 keys at once, and a repetition does no harm.
const reset = (fleet) => until('a reset', 60, async () => (await call(fleet.nodes[0].port, 'PUT', '/mockserver/reset', '')).status === 200);
const encoded = (text) => Buffer.from(text).toString('base64');
const enginePut = (key, size) => JSON.stringify({ key: encoded(`/bench/${key}`), value: encoded('v'.repeat(size)) });

async function state() {
  const { stdout } = await promisify(execFile)(resolve(options['state-bench']), [], { maxBuffer: 1 << 24 });
  results.state = stdout.trim().split('\n');
  console.log(`\nstate (the replication by itself)\n${stdout}`);
}

// Put, then get from all nodes at once; a bare put of the same size on the same node's engine goes before each.
async function visible(fleet) {
  const rows = [];
  const writers = fleet.nodes.map((node) => new Line(node.port));
  const readers = fleet.nodes.map((node) => new Line(node.port));
  const engines = fleet.nodes.map((_, n) => new Line(fleet.enginePort(n)));
  for (const present of [1, 10000]) {
    if (present > 1) await load(fleet, present);
    const times = { put: [], seen: [], bare: [] };
    let stale = 0;
    for (let i = -50; i < 400 * rounds; ++i) {
      const n = Math.abs(i) % 3;
      const [write, read, bare] = [put('seen', `text ${i}`), Line.request('GET', '/seen'), Line.request('POST', '/v3/kv/put', enginePut('bare', 300))];
      const first = performance.now();
      if (await engines[n].ask(bare) !== 200) throw new Error('the engine refused a bare put');
      const began = performance.now();
      if (await writers[n].ask(write) !== 201) throw new Error(`put: ${writers[n].body}`);
      const stored = performance.now();
      await Promise.all(readers.map((reader) => reader.ask(read)));
      const ended = performance.now();
      stale += readers.filter((reader) => reader.body !== `text ${i}`).length;
      if (i < 0) continue;
      times.put.push(stored - began);
      times.seen.push(ended - began);
      times.bare.push(began - first);
    }
    const bare = spread(times.bare);
    for (const [what, list] of [['put answered = visible on all nodes', times.put], ['and read from each of them', times.seen], ['bare engine put', times.bare]]) {
      const found = spread(list);
      rows.push({ what: `${what}, ${present} expectations (ms)`, ...found, 'p50/bare': rounded(found.p50 / bare.p50), stale });
    }
  }
  for (const line of [...writers, ...readers, ...engines]) line.end();
  show('visible', rows);
  await reset(fleet);
}

function script(name, lines) {
  const file = join(folder, `${name}.lua`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
/** wrk at each of the ports at the same time; the sum. */
async function hammer(ports, connections, path, lua) {
  const all = await Promise.all(ports.map((port) => promisify(execFile)('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '--latency',
    ...(lua ? ['-s', lua] : []), `http://127.0.0.1:${port}${path}`]).then(({ stdout }) => readWrk(stdout))));
  const sum = (field) => all.reduce((total, one) => total + one[field], 0);
  return { rate: sum('rate'), requests: sum('requests'), refused: sum('refused'), broken: sum('broken'), p50: Math.max(...all.map((one) => one.p50)) / 1000, p99: Math.max(...all.map((one) => one.p99)) / 1000 };
}
const row = (what, slices) => ({ what, 'per second': Math.round(median(slices.map((one) => one.rate))), least: Math.round(Math.min(...slices.map((one) => one.rate))),
  most: Math.round(Math.max(...slices.map((one) => one.rate))), refused: slices.reduce((sum, one) => sum + one.refused + one.broken, 0),
  'p50 ms': rounded(median(slices.map((one) => one.p50))), 'p99 ms': rounded(median(slices.map((one) => one.p99))) });

async function puts(fleet) {
  const ports = fleet.nodes.map((node) => node.port);
  // 3,200 ids of this port in turn, each time with another text: nothing is the same as before, nothing piles up.
  const writing = script('puts', ['local n = 0', 'local now = os.time()', 'function request()', '  n = n + 1', '  local id = "p" .. wrk.port .. "-" .. (n % 3200)',
    '  return wrk.format("PUT", nil, nil, \'{"id":"\' .. id .. \'","httpRequest":{"path":"/\' .. id .. \'"},"httpResponse":{"body":"\' .. now .. "-" .. n .. \'"}}\')', 'end']);
  const bare = script('bare', ['local n = 0', 'function request()', '  n = n + 1', `  return wrk.format("POST", nil, nil, '${enginePut('bare', 300)}')`, 'end']);
  const leader = fleet.enginePort((await fleet.lead()).leader);
  const slices = { one: [], all: [], bare: [] };
  for (let round = 0; round < rounds; ++round) {
    slices.one.push(await hammer(ports.slice(0, 1), 64, '/mockserver/expectation', writing));
    slices.bare.push(await hammer([leader], 64, '/v3/kv/put', bare));
    slices.all.push(await hammer(ports, 22, '/mockserver/expectation', writing));
  }
  const rows = [row('puts from 64 connections at one node', slices.one), row('puts from 3 x 22 connections', slices.all), row('bare engine, 64 connections at its leader', slices.bare)];
  show('puts', rows.map((one) => ({ ...one, '/bare': rounded(one['per second'] / rows[2]['per second']) })));
  await reset(fleet);
}

async function times(fleet) {
  const rows = [];
  const limit = 1000000000;
  for (const connections of [8, 32]) {
    const slices = [];
    let overcounted = 0;
    for (let round = 0; round < rounds; ++round) {
      await must(fleet.nodes[0].port, 'PUT', '/mockserver/expectation', expectation('hot', 'hot', { times: { remainingTimes: limit } }), 201);
      const slice = await hammer(fleet.nodes.map((node) => node.port), connections, '/hot');
      // Requests that wrk gave up at its end, never more than one for each of its connections, and refused ones may have been counted.
      const [left] = JSON.parse(await must(fleet.nodes[1].port, 'PUT', '/mockserver/retrieve?type=ACTIVE_EXPECTATIONS', '', 200));
      const difference = limit - left.times.remainingTimes - (slice.requests - slice.refused);
      if (difference < 0 || difference > 3 * connections + slice.refused) overcounted += Math.abs(difference);
      slices.push(slice);
      await reset(fleet);
    }
    rows.push({ ...row(`one limited expectation, 3 x ${connections} connections`, slices), 'counted wrongly': overcounted });
  }
  show('times', rows);
}

async function bulk(fleet) {
  const rates = [];
  for (let round = 0; round < rounds; ++round) {
    rates.push({ rate: 10000 / await load(fleet, 10000), p50: 0, p99: 0, refused: 0, broken: 0 });
    await reset(fleet);
  }
  const { 'p50 ms': _, 'p99 ms': __, ...shown } = row('expectations, 10,000 in arrays of 1,000', rates);
  show('bulk', [shown]);
}

/** Puts and gets without a break at one node while `hurt` happens after a second; the longest time between two that succeeded. */
async function gap(port, hurt) {
  const found = { write: 0, read: 0, refusedWrites: 0, refusedReads: 0 };
  const end = performance.now() + 1000 + seconds * 1000;
  let hurtAt = 0;
  const go = async (request, right, longest, refused) => {
    const line = new Line(port);
    let last = performance.now();
    for (let i = 0; performance.now() < end; ++i) {
      const status = await line.ask(request(i));
      const now = performance.now();
      if (status !== right) ++found[refused];
      else {
        if (hurtAt) found[longest] = Math.max(found[longest], now - last);
        last = now;
      }
      await pause(1);
    }
    found[longest] = Math.max(found[longest], performance.now() - last);
    line.end();
  };
  const timer = pause(1000).then(() => { hurtAt = performance.now(); hurt(); });
  await Promise.all([timer, go((i) => put('gap', String(i)), 201, 'write', 'refusedWrites'), go(() => Line.request('GET', '/steady'), 200, 'read', 'refusedReads')]);
  return found;
}

const ended = (child) => (child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((done) => { child.once('exit', done); }));

async function gaps(fleet) {
  const rows = [];
  const signal = (name) => (victim) => fleet.nodes[victim].child.kill(name);
  for (const [what, leads, hurt, heal] of [
    ['process killed', false, signal('SIGKILL')], ['process killed, its engine led', true, signal('SIGKILL')],
    ['process paused', false, signal('SIGSTOP'), signal('SIGCONT')],
    ['graceful stop', false, signal('SIGTERM')], ['graceful stop, its engine led', true, signal('SIGTERM')],
  ]) {
    const found = [];
    for (let round = 0; round < rounds; ++round) {
      await must(fleet.nodes[0].port, 'PUT', '/mockserver/expectation', expectation('steady', 'here'), 201);
      const { leader, term } = await fleet.lead();
      const victim = leads ? leader : (leader + 1) % 3;
      const { port } = fleet.nodes[[0, 1, 2].find((n) => n !== victim && (leads || n !== leader))];
      found.push(await gap(port, () => hurt(victim)));
      if (heal) {
        heal(victim);
      } else {
        await ended(fleet.nodes[victim].child);
        await fleet.again(victim);
      }
      await fleet.whole();
      found[round].elections = (await fleet.lead()).term - term;
    }
    const of = (field) => found.map((one) => one[field]);
    const sum = (field) => of(field).reduce((total, one) => total + one, 0);
    rows.push({ what, 'writes stop, ms': rounded(median(of('write')), 0), most: rounded(Math.max(...of('write')), 0), 'writes refused': sum('refusedWrites'),
      'reads stop, ms': rounded(Math.max(...of('read')), 0), 'reads refused': sum('refusedReads'),
      elections: sum('elections') });
  }
  show('gaps (seen by another node)', rows);
  await reset(fleet);
}

async function joining(fleet) {
  const rows = [];
  for (const count of [10000, 15000]) {
    await load(fleet, count);
    const found = { kept: [], lost: [] };
    for (let round = 0; round < rounds; ++round) {
      for (const disk of ['kept', 'lost']) {
        await fleet.nodes[2].stop(20);
        if (disk === 'lost') fleet.forget(2);
        found[disk].push(await fleet.again(2));
        await must(fleet.nodes[2].port, 'GET', `/e${count - 1}`, undefined, 200);
        await fleet.whole();
      }
    }
    for (const [disk, list] of Object.entries(found)) rows.push({ what: `${count} expectations, disk ${disk} (s from the start of the process)`, median: rounded(median(list) / 1000), most: rounded(Math.max(...list) / 1000) });
  }
  show('join', rows);
}

// A single node and a fleet's node on the same core, in turn; all nodes run all the time, so what engines cost when idle is in both.
async function plain() {
  const [serverCore, loadCore] = [0, 1];
  const args = ['--io-threads', '1'];
  const single = await startMockfleet({ ...program, core: serverCore, args });
  const fleet = await startFleet({ ...program, args, cores: [serverCore] });
  const anything = JSON.stringify({ httpResponse: { body: 'hello' } });
  for (const port of [single.port, fleet.nodes[0].port]) await must(port, 'PUT', '/mockserver/expectation', anything, 201);
  const [found] = await paired(single, [{ name: 'node of a fleet', server: fleet.nodes[0], path: '/' }], { core: loadCore, rounds: 5 * rounds, mostForeign: Number(options.foreign) });
  if (found.samples === 0) console.log('plain: other programs used the processors in every slice; measure again on a quiet machine');
  const idle = fleet.nodes.map((node) => node.cpu());
  await pause(5000);
  const used = fleet.nodes.map((node, n) => (node.cpu() - idle[n]) / 5);
  show('plain', [{ what: 'matches of a node of a fleet / of a single node', median: rounded(found.rps.median, 3), least: rounded(found.rps.min, 3), most: rounded(found.rps.max, 3), slices: found.samples },
    { what: 'a node with its engine: CPU when idle, %', median: rounded(100 * median(used)) }, { what: 'memory, MB', median: rounded(median(fleet.nodes.map((node) => node.rss())), 0) }]);
  await fleet.stop();
  await single.stop();
}

const version = (command, args) => { try { return execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0]; } catch { return 'unknown'; } };
try {
  if (wanted.has('state') && options['state-bench']) await state();
  if (['visible', 'puts', 'times', 'bulk', 'gaps', 'join'].some((part) => wanted.has(part))) {
    const fleet = await startFleet({ ...program, args: many });
    try {
      if (wanted.has('visible')) await visible(fleet);
      if (wanted.has('puts')) await puts(fleet);
      if (wanted.has('times')) await times(fleet);
      if (wanted.has('bulk')) await bulk(fleet);
      if (wanted.has('gaps')) await gaps(fleet);
      if (wanted.has('join')) await joining(fleet);
    } finally {
      await fleet.stop();
    }
  }
  if (wanted.has('plain')) await plain();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const made = { ...provenance({ server: options.server, pins: 'none, but for plain', rounds }), engine: version('etcd', ['--version']), seconds };
writeFileSync(options.out, JSON.stringify({ provenance: made, ...results }, null, 2));
console.log(`written to ${options.out}`);

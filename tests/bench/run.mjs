// `make bench`: mockfleet against nginx `return 200` and itself at other sizes, side by side in one run; prints ratios, writes a JSON.
//   node run.mjs --server BIN --plugin-dir DIR [--peer] [--rounds N] [--only plain,forward,curve,open,insert,start,memory,peers] [--out FILE]
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import http from 'node:http';
import { call, provenance, startMockfleet, startNginx, startMockServer, startWireMock, startMountebank, startMockoon } from './servers.mjs';
import { median, openModel, paired, wrkScript } from './load.mjs';

const { values: options } = parseArgs({ options: {
  server: { type: 'string' }, 'plugin-dir': { type: 'string' }, peer: { type: 'boolean', default: false },
  rounds: { type: 'string', default: '7' }, only: { type: 'string', default: 'plain,forward,curve,open,insert,start,memory,peers' }, out: { type: 'string', default: 'build/bench.json' } } });
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const [serverCore, loadCore] = [0, 1];
const rounds = Number(options.rounds);
const wanted = new Set(options.only.split(','));
const own = (extra = {}) => startMockfleet({ server: options.server, pluginDir: options['plugin-dir'], core: serverCore, args: ['--io-threads', '1'], ...extra });
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const results = {};

const body500 = JSON.stringify({ customer: 'acme', items: Array.from({ length: 8 }, (_, i) => ({ sku: `sku-${i}`, count: i, note: 'x'.repeat(20) })) }).padEnd(500, ' ').slice(0, 500);
const manyHeaders = { 'Content-Type': 'application/json', Accept: 'application/json', 'User-Agent': 'bench/1.0', 'X-Request-Id': '0123456789abcdef',
  'X-Tenant': 'acme', 'Accept-Language': 'en', 'Cache-Control': 'no-cache' };
const post = wrkScript(folder, 'post', { method: 'POST', headers: manyHeaders, body: body500 });
const show = (rows) => console.table(Object.fromEntries(rows.map((row) => [row.name, {
  n: row.samples, 'rps/nginx': row.rps.median.toFixed(2), range: `${row.rps.min.toFixed(2)}-${row.rps.max.toFixed(2)}`, 'cpu/nginx': row.cpu.median.toFixed(2),
  'p99/nginx': row.p99.median.toFixed(2), 'req/s': Math.round(row.rate.median), 'cpu us': row.cpuUs.median.toFixed(2), 'p99 us': Math.round(row.p99Us.median), refused: row.refused }])));

const shapes = {
  literal: { pattern: (i) => `/api/v1/tenants/acme-${String(i).padStart(6, '0')}/orders`, path: (i) => `/api/v1/tenants/acme-${String(i).padStart(6, '0')}/orders` },
  regex: { pattern: (i) => `/api/v1/tenants/acme-${String(i).padStart(6, '0')}/orders/[0-9]+/items/[^/]+`, path: (i) => `/api/v1/tenants/acme-${String(i).padStart(6, '0')}/orders/42/items/blue` },
};
const expectation = (pattern, extra = {}) => ({ httpRequest: { path: pattern }, httpResponse: { statusCode: 200, body: 'hello' }, ...extra });

async function load(server, shape, count) {
  for (let first = 0; first < count; first += 10000) {
    const batch = Array.from({ length: Math.min(10000, count - first) }, (_, i) => expectation(shapes[shape].pattern(first + i)));
    const answer = await call(server.port, 'PUT', '/mockserver/expectation', JSON.stringify(batch));
    if (answer.status !== 201) throw new Error(`loading ${count} ${shape}: ${answer.status} ${answer.body.slice(0, 200)}`);
  }
}

async function plain(nginx) {
  const server = await own();
  await call(server.port, 'PUT', '/mockserver/expectation', JSON.stringify(expectation('/hello')));
  const rows = await paired(nginx, [
    { name: 'GET', server, path: '/hello' },
    { name: 'POST 500 B', server, path: '/hello', script: post },
  ], { core: loadCore, rounds });
  await server.stop();
  show(rows);
  results.plain = rows;
}

// Both pass requests on to the same origin, which shares the core of the load.
async function forward() {
  const origin = await startNginx({ core: loadCore });
  const proxy = await startNginx({ core: serverCore, upstream: origin.port });
  const server = await own();
  await call(server.port, 'PUT', '/mockserver/expectation', JSON.stringify({ httpRequest: { path: '/' }, httpForward: { host: '127.0.0.1', port: origin.port } }));
  const unmatched = await own({ args: ['--io-threads', '1', '--proxy-remote-host', '127.0.0.1', '--proxy-remote-port', String(origin.port)] });
  const variants = [
    { name: 'httpForward GET', server, path: '/' },
    { name: 'httpForward POST 500 B', server, path: '/', script: post },
    { name: 'httpForward GET 16 KB', server, path: '/16k', nginxPath: '/16k' },
    { name: 'proxyRemoteHost GET', server: unmatched, path: '/' },
  ];
  await call(server.port, 'PUT', '/mockserver/expectation', JSON.stringify({ httpRequest: { path: '/16k' }, httpForward: { host: '127.0.0.1', port: origin.port } }));
  for (const { server: one, path } of variants) {
    const answer = await call(one.port, 'GET', path);
    if (answer.status !== 200) throw new Error(`forwarding ${path}: ${answer.status}`);
  }
  const rows = await paired(proxy, variants, { core: loadCore, rounds });
  for (const one of [server, unmatched, proxy, origin]) await one.stop();
  console.log('against nginx proxy_pass with kept-alive connections');
  show(rows);
  results.forward = rows;
}

async function curve(nginx) {
  results.curve = [];
  for (const shape of Object.keys(shapes)) {
    const servers = [];
    const variants = [];
    for (const count of [1, 1000, 10000, 100000]) {
      const server = await own({ args: ['--io-threads', '1', '--max-expectations', '200000'] });
      await load(server, shape, count);
      servers.push(server);
      for (const [where, path] of [['first', shapes[shape].path(0)], ['last', shapes[shape].path(count - 1)], ['none', '/nothing/here']]) {
        if (count > 1 || where !== 'last') variants.push({ name: `${shape} ${count} ${where}`, server, path, script: post });
      }
    }
    const rows = await paired(nginx, variants, { core: loadCore, rounds: Math.max(3, Math.ceil(rounds / 2)) });
    for (const server of servers) await server.stop();
    show(rows);
    results.curve.push(...rows);
    for (const where of ['first', 'none']) {
      const at = (count) => rows.find((row) => row.name === `${shape} ${count} ${where}`).cpu.median;
      console.log(`${shape}, ${where}: CPU per request at 100,000 against 1: ${(at(100000) / at(1)).toFixed(3)}`);
    }
  }
}

async function open(nginx) {
  const server = await own();
  await call(server.port, 'PUT', '/mockserver/expectation', JSON.stringify(expectation('/hello')));
  const runs = { mockfleet: [], nginx: [] };
  for (let round = 0; round < 3; ++round) {
    for (const [name, one, path] of [['mockfleet', server, '/hello'], ['nginx', nginx, '/']].sort(() => Math.random() - 0.5)) {
      runs[name].push(await openModel(one, { path, core: loadCore, rate: 19000 }));
    }
  }
  await server.stop();
  results.open = { rate: 19000, ...Object.fromEntries(Object.entries(runs).map(([name, list]) => [name,
    Object.fromEntries(['p50', 'p99', 'p999'].map((field) => [field, median(list.map((one) => one[field]))]))])) };
  console.log('open model at 19,000 requests/s, microseconds');
  console.table({ mockfleet: results.open.mockfleet, nginx: results.open.nginx });
}

// One PUT after another on one connection, at each size; minus the same PUT of an unchanged expectation it is the cost of inserting.
async function insert() {
  results.insert = [];
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const put = (port, document) => new Promise((done, failed) => {
    const request = http.request({ host: '127.0.0.1', port, method: 'PUT', path: '/mockserver/expectation', agent }, (answer) => {
      answer.resume();
      answer.on('end', () => (answer.statusCode === 201 ? done() : failed(new Error(`insert: ${answer.statusCode}`))));
    });
    request.once('error', failed);
    request.end(document);
  });
  for (const shape of Object.keys(shapes)) {
    for (const count of [1, 1000, 10000, 100000]) {
      const server = await own({ args: ['--io-threads', '1', '--max-expectations', '200000'] });
      const began = process.hrtime.bigint();
      await load(server, shape, count);
      const bulkMs = Number(process.hrtime.bigint() - began) / 1e6;
      const timed = async (make) => {
        const cpu = server.cpu();
        for (let i = 0; i < 500; ++i) await put(server.port, JSON.stringify(make(i)));
        return ((server.cpu() - cpu) / 500) * 1e6;
      };
      await timed(() => expectation('/same', { id: 'same' }));
      const same = await timed(() => expectation('/same', { id: 'same' }));
      const fresh = await timed((i) => expectation(shapes[shape].pattern(count + i)));
      results.insert.push({ shape, count, bulkMs: Math.round(bulkMs), unchangedCpuUs: same, insertCpuUs: fresh, rssMb: Math.round(server.rss()) });
      await server.stop();
    }
  }
  agent.destroy();
  console.table(results.insert);
}

async function startUp() {
  const times = [];
  const idle = [];
  for (let i = 0; i < 10; ++i) {
    const began = process.hrtime.bigint();
    const server = await own();
    const answer = await call(server.port, 'PUT', '/mockserver/status');
    if (answer.status !== 200) throw new Error(`status: ${answer.status}`);
    times.push(Number(process.hrtime.bigint() - began) / 1e6);
    idle.push(server.rss());
    await server.stop();
  }
  results.start = { firstAnswerMs: median(times), idleRssMb: median(idle) };
  console.log(`cold start to first 200: ${median(times).toFixed(1)} ms; idle RSS ${median(idle).toFixed(1)} MB`);
}

async function memory() {
  const server = await own({ args: ['--io-threads', '1', '--max-log-entries', '100000'] });
  await call(server.port, 'PUT', '/mockserver/expectation', JSON.stringify(expectation('/hello')));
  execFileSync('h2load', ['--h1', '-c8', '-t1', '-n130000', '-d', (() => { const file = join(folder, 'body'); writeFileSync(file, body500); return file; })(),
    ...Object.entries(manyHeaders).flatMap(([name, value]) => ['-H', `${name}: ${value}`]), `http://127.0.0.1:${server.port}/hello`]);
  results.memory = { fullLogRssMb: server.rss() };
  await server.stop();
  console.log(`RSS with a full log of 100,000 POSTs of 500 B and 9 headers: ${results.memory.fullLogRssMb.toFixed(0)} MB`);
}

async function peers(nginx) {
  const server = await own();
  await call(server.port, 'PUT', '/mockserver/expectation', JSON.stringify(expectation('/hello')));
  const variants = [{ name: 'mockfleet', server, path: '/hello' }];
  const regexes = await own({ args: ['--io-threads', '1'] });
  await load(regexes, 'regex', 5000);
  variants.push({ name: 'mockfleet 5,000 regex, last', server: regexes, path: shapes.regex.path(4999) });
  const starter = resolve(process.env.ORACLE_START ?? join(root, '..', 'shared', 'oracle', 'start'));
  const peer = async (name, begin) => {
    try {
      const started = await begin({ core: serverCore, starter });
      variants.push({ name, server: started, path: '/hello' });
      return started;
    } catch (failure) {
      console.log(`${name} could not be started: ${failure.message}`);
      return null;
    }
  };
  const real = await peer('MockServer', startMockServer);
  if (real) {
    await call(real.port, 'PUT', '/mockserver/expectation', JSON.stringify(expectation('/hello')));
    const many = await startMockServer({ core: serverCore, starter });
    await load(many, 'regex', 5000);
    variants.push({ name: 'MockServer 5,000 regex, last', server: many, path: shapes.regex.path(4999) });
  }
  await peer('WireMock', startWireMock);
  await peer('Mountebank', startMountebank);
  await peer('Mockoon', startMockoon);
  for (let warm = 0; warm < 2; ++warm) await paired(nginx, variants, { core: loadCore, rounds: 1, seconds: 4 });
  const rows = await paired(nginx, variants, { core: loadCore, rounds: 5 });
  for (const variant of variants) await variant.server.stop();
  show(rows);
  results.peers = rows;
  const rate = (name) => rows.find((row) => row.name === name)?.rps.median;
  for (const [name, base] of [['MockServer', 'mockfleet'], ['MockServer 5,000 regex, last', 'mockfleet 5,000 regex, last'], ['WireMock', 'mockfleet'], ['Mountebank', 'mockfleet'], ['Mockoon', 'mockfleet']]) {
    if (rate(name)) console.log(`${base} / ${name}: ${(rate(base) / rate(name)).toFixed(1)}`);
  }
}

const nginxVersion = spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr.trim();
const nginx = await startNginx({ core: serverCore });
try {
  if (wanted.has('start')) await startUp();
  if (wanted.has('memory')) await memory();
  if (wanted.has('plain')) await plain(nginx);
  if (wanted.has('forward')) await forward();
  if (wanted.has('open')) await open(nginx);
  if (wanted.has('insert')) await insert();
  if (wanted.has('curve')) await curve(nginx);
  if (options.peer && wanted.has('peers')) await peers(nginx);
} finally {
  await nginx.stop();
  rmSync(folder, { recursive: true, force: true });
}
const made = { ...provenance({ server: options.server, pins: { server: serverCore, load: loadCore }, rounds }), nginx: nginxVersion };
writeFileSync(options.out, JSON.stringify({ provenance: made, ...results }, null, 2));
console.log(`written to ${options.out}`);

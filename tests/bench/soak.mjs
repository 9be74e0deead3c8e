// `make soak`: hours of mixed traffic in minutes; every answer is checked and memory must settle.
//   node soak.mjs --server BIN --plugin-dir DIR [--seconds N]
import { parseArgs } from 'node:util';
import http from 'node:http';
import { startMockfleet } from './servers.mjs';

const { values: options } = parseArgs({ options: { server: { type: 'string' }, 'plugin-dir': { type: 'string' }, seconds: { type: 'string', default: '600' } } });
const seconds = Number(options.seconds);
const server = await startMockfleet({ server: options.server, pluginDir: options['plugin-dir'], args: ['--max-log-entries', '20000', '--max-expectations', '2000'] });
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
const failures = [];
let exchanges = 0;

function call(method, path, body) {
  return new Promise((done) => {
    const request = http.request({ host: '127.0.0.1', port: server.port, method, path, agent }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => { ++exchanges; done({ status: answer.statusCode, body: Buffer.concat(parts).toString() }); });
    });
    request.once('error', (failure) => done({ status: 0, body: failure.message }));
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function expect(answer, status, what) {
  if (answer.status !== status) failures.push(`${what}: ${answer.status} instead of ${status}: ${answer.body.slice(0, 200)}`);
}

const pick = (count) => Math.floor(Math.random() * count);
const end = Date.now() + seconds * 1000;
const running = () => Date.now() < end && failures.length < 20;

// Each of these owns its paths, so that it knows what must be answered.
async function lifecycle(worker) {
  for (let round = 0; running(); ++round) {
    const path = `/soak/${worker}/${pick(100)}/${round}`;
    const id = `soak-${worker}`;
    expect(await call('PUT', '/mockserver/expectation', { id, httpRequest: { path: `${path}(/[a-z]+)?` }, httpResponse: { body: path }, times: { remainingTimes: 2 } }), 201, 'create');
    const first = await call('GET', `${path}/abc`);
    expect(first, 200, 'first use');
    if (first.body !== path) failures.push(`first use answered ${first.body}`);
    expect(await call('POST', path, { some: 'body', number: round }), 200, 'second use');
    expect(await call('GET', path), 404, 'used up');
    expect(await call('PUT', '/mockserver/verify', { httpRequest: { path: `${path}.*` }, times: { atLeast: 3, atMost: 3 } }), 202, 'verify');
    expect(await call('PUT', '/mockserver/clear', { path: `${path}.*` }), 200, 'clear');
  }
}

async function bulk() {
  while (running()) {
    expect(await call('PUT', '/mockserver/expectation', Array.from({ length: 300 }, (_, i) => ({ id: `bulk-${i}`, priority: pick(3),
      httpRequest: { path: `/bulk/${i}/v[0-9]+`, queryStringParameters: { n: [String(pick(10))] } }, httpResponse: { statusCode: 202 } }))), 201, 'bulk');
    expect(await call('PUT', '/mockserver/retrieve?type=active_expectations'), 200, 'active');
    await call('GET', `/bulk/${pick(300)}/v1?n=${pick(10)}`);
    expect(await call('PUT', '/mockserver/retrieve?type=requests', { path: '/bulk/.*' }), 200, 'requests');
    expect(await call('PUT', '/mockserver/expectation', '{"broken"'), 400, 'broken');
  }
}

const samples = [];
const watch = setInterval(() => samples.push(server.rss()), Math.max(200, seconds * 10));
await Promise.all([...Array.from({ length: 6 }, (_, worker) => lifecycle(worker)), bulk()]);
clearInterval(watch);
agent.destroy();
await server.stop();
const half = samples.slice(0, Math.floor(samples.length / 2));
const [settled, last] = [Math.max(...half), samples.at(-1)];
console.log(`${exchanges} exchanges in ${seconds} s, ${failures.length} failures; RSS at most ${settled.toFixed(0)} MB in the first half, ${last.toFixed(0)} MB at the end`);
for (const failure of failures.slice(0, 20)) console.log(failure);
process.exit(failures.length > 0 || last > settled * 1.2 + 5 ? 1 : 0);

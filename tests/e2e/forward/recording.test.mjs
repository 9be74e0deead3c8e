// What is kept of forwarded exchanges, and that a recording answers like the upstream did.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ask, control, forward_to, header, ok, retrieve, serve, start_upstream, until, wire } from './steps.mjs';

let server;
before(async () => { server = await serve(); });
after(() => server.stop());
beforeEach(() => control(server, 'reset'));

test('a recording, posted again, answers like the upstream', async () => {
  const upstream = await start_upstream((request) => ok(`{"path":"${request.line.split(' ')[1]}"}`, { headers: ['Content-Type: application/json', 'X-A: 1', 'X-A: 2', 'Set-Cookie: a=b'] }));
  await forward_to(server, upstream);
  const real = await ask(server, '/a?q=1');
  await ask(server, '/b', { method: 'POST', body: 'x' });
  const recorded = await retrieve(server, 'RECORDED_EXPECTATIONS');
  assert.equal(recorded.length, 2);
  assert.deepEqual(recorded[0].times, { remainingTimes: 1 });
  assert.notEqual(recorded[0].id, recorded[1].id);
  assert.equal((await retrieve(server, 'RECORDED_EXPECTATIONS', { path: '/b' })).length, 1);
  await upstream.stop();
  await control(server, 'reset');
  assert.equal((await control(server, 'expectation', recorded)).status, 201);
  const replayed = await ask(server, '/a?q=1');
  assert.equal(replayed.status, 200);
  assert.deepEqual(JSON.parse(replayed.body), JSON.parse(real.body));
  for (const name of ['content-type', 'x-a', 'set-cookie']) assert.equal(header(replayed, name), header(real, name), name);
});

test('a compressed answer is relayed as it is and recorded as what it holds', async () => {
  const packed = gzipSync('hello '.repeat(100));
  const upstream = await start_upstream((request, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`);
    return packed;
  });
  await forward_to(server, upstream);
  const answer = await ask(server, '/a', { headers: [['Accept-Encoding', 'gzip, br']] });
  assert.deepEqual(answer.body, packed);
  assert.equal(upstream.seen[0].headers.find(([name]) => name.toLowerCase() === 'accept-encoding')[1], 'gzip');
  const [one] = await retrieve(server, 'RECORDED_EXPECTATIONS');
  assert.match(JSON.stringify(one.httpResponse.body), /hello hello/);
  await upstream.stop();
});

test('a request is recorded when it comes, its answer when that comes', async () => {
  let held;
  const upstream = await start_upstream((request, socket) => { held = socket; });
  await forward_to(server, upstream);
  const client = new wire(server);
  client.send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(() => held, 'the upstream has it');
  assert.equal((await retrieve(server, 'REQUESTS')).length, 1);
  assert.equal((await retrieve(server, 'REQUEST_RESPONSES')).length, 0);
  held.write(ok('now'));
  await client.until((text) => text.endsWith('now'), 'the answer');
  assert.equal((await retrieve(server, 'REQUEST_RESPONSES')).length, 1);
  assert.equal((await retrieve(server, 'RECORDED_EXPECTATIONS')).length, 1);
  client.close();
  await upstream.stop();
});

test('what failed is no recording', async () => {
  await forward_to(server, { port: 1 });
  assert.equal((await ask(server, '/a')).status, 502);
  assert.deepEqual(await retrieve(server, 'RECORDED_EXPECTATIONS'), []);
  const pairs = await retrieve(server, 'REQUEST_RESPONSES');
  assert.equal(pairs[0].httpResponse.statusCode, 502);
  const verified = await control(server, 'verify', { httpRequest: { path: '/a' }, times: { atLeast: 1, atMost: 1 } });
  assert.equal(verified.status, 202);
});

test('large answers push out old entries, not the server', async () => {
  const body = 'x'.repeat(1 << 20);
  const upstream = await start_upstream(() => ok(body));
  const small = await serve('--max-event-log-size-in-bytes', '16777216');
  try {
    await forward_to(small, upstream);
    for (let i = 0; i < 60; ++i) assert.equal((await ask(small, `/${i}`)).body.length, body.length);
    const recorded = await retrieve(small, 'RECORDED_EXPECTATIONS');
    assert.ok(recorded.length >= 4 && recorded.length <= 20, `${recorded.length} are kept`);
    assert.equal(recorded.at(-1).httpRequest.path, '/59');
    const all = await control(small, 'verify', { httpRequest: {}, times: { atLeast: 60, atMost: 60 } });
    assert.equal(all.status, 202, 'evicted requests still count');
  } finally {
    await small.stop();
    await upstream.stop();
  }
});

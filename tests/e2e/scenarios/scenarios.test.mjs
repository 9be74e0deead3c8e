// What the backend decides, seen from the clients: one winner per move, exactly so many uses, answers in order.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { http_connection, request_bytes } from '../../support/http.mjs';
import { control, serve, wire } from '../http/wire.mjs';

const backend = process.env.MOCKFLEET_STATE ?? 'memory';
const flags = ['--state-backend', backend];
let server;
before(async () => { server = await serve(...flags); });
after(() => server.stop());
beforeEach(async () => assert.equal((await control(server, 'reset')).status, 200));

const step = (id, path, from, to, extra = {}) => ({ id, httpRequest: { path }, httpResponse: { body: id }, scenarioName: 't', ...(from ? { scenarioState: from } : {}), ...(to ? { newScenarioState: to } : {}), ...extra });
async function put(...expectations) {
  const answer = await control(server, 'expectation', expectations);
  assert.equal(answer.status, 201, answer.body?.toString());
}
async function state_of(name) {
  const connection = new http_connection('127.0.0.1', server.port);
  const answer = await connection.exchange(request_bytes({ method: 'GET', target: `/mockserver/scenario/${name}` }));
  connection.close();
  return JSON.parse(answer.body.toString()).currentState;
}
async function until(condition) {
  const deadline = Date.now() + 10000;
  while (!(await condition())) assert.ok(Date.now() < deadline, 'in time');
}

/** So many connections send `each` requests one after the other; resolves to how often each body came, '' for 404. */
async function ask_from(connections, each, path) {
  const counts = {};
  await Promise.all(Array.from({ length: connections }, async () => {
    const connection = new http_connection('127.0.0.1', server.port);
    for (let n = 0; n < each; n += 1) {
      const answer = await connection.exchange(request_bytes({ method: 'GET', target: path }), { timeout_ms: 20000 });
      assert.ok([200, 404].includes(answer.status), `${answer.status} ${answer.body}`);
      const body = answer.status === 200 ? answer.body.toString() : '';
      counts[body] = (counts[body] ?? 0) + 1;
    }
    connection.close();
  }));
  return counts;
}

test('of many requests one wins each move', async () => {
  const moves = 16;
  await put(...Array.from({ length: moves }, (_, n) => step(`m${n}`, '/p', n ? `s${n}` : 'Started', `s${n + 1}`)));
  const counts = await ask_from(8, moves / 8, '/p');
  assert.deepEqual(counts, Object.fromEntries(Array.from({ length: moves }, (_, n) => [`m${n}`, 1])));
  assert.equal(await state_of('t'), `s${moves}`);
  assert.deepEqual(await ask_from(1, 1, '/p'), { '': 1 });
});

test('a limit is kept to the last use, and what lies behind answers then', async () => {
  await put({ id: 'some', httpRequest: { path: '/p' }, httpResponse: { body: 'some' }, times: { remainingTimes: 150 } }, { id: 'rest', httpRequest: { path: '/p' }, httpResponse: { body: 'rest' } });
  assert.deepEqual(await ask_from(8, 25, '/p'), { some: 150, rest: 50 });
  await until(async () => JSON.parse((await control(server, 'retrieve?type=ACTIVE_EXPECTATIONS')).body.toString()).length === 1);
  const verified = await control(server, 'verify', { httpRequest: { path: '/p' }, times: { atLeast: 200, atMost: 200 } });
  assert.equal(verified.status, 202, verified.body?.toString());
});

test('the uses that are left are shown', async () => {
  await put({ id: 'some', httpRequest: { path: '/p' }, httpResponse: { body: 'some' }, times: { remainingTimes: 5 } });
  await ask_from(1, 2, '/p');
  const [shown] = JSON.parse((await control(server, 'retrieve?type=ACTIVE_EXPECTATIONS')).body.toString());
  assert.deepEqual(shown.times, { remainingTimes: 3 });
});

test('answers keep the order of pipelined requests, bodies and methods survive the wait', async () => {
  await put(step('one', '/p', 'Started', 'A'), step('two', '/p', 'A', 'B', { httpRequest: { method: 'POST', path: '/p', body: 'hello' } }), { httpRequest: { path: '/plain' }, httpResponse: { body: 'plain' } });
  const line = new wire(server).send('GET /p HTTP/1.1\r\n\r\nGET /plain HTTP/1.1\r\n\r\nPOST /p HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloHEAD /plain HTTP/1.1\r\nConnection: close\r\n\r\n');
  const text = await line.end();
  assert.ok(text.indexOf('one') > 0 && text.indexOf('one') < text.indexOf('plain') && text.indexOf('plain') < text.indexOf('two'), text);
});

test('a HEAD request moves too and carries no body', async () => {
  await put(step('one', '/p', 'Started', 'A'));
  const text = await new wire(server).send('HEAD /p HTTP/1.1\r\nConnection: close\r\n\r\n').end();
  assert.ok(text.startsWith('HTTP/1.1 200') && text.endsWith('\r\n\r\n'), text);
  assert.equal(await state_of('t'), 'A');
});

test('delays and chunks of a decided answer', async () => {
  await put(step('one', '/p', 'Started', 'A', { httpResponse: { body: 'slow', delay: { timeUnit: 'MILLISECONDS', value: 100 }, connectionOptions: { chunkSize: 2 } } }));
  const started = performance.now();
  const text = await new wire(server).send('GET /p HTTP/1.1\r\nConnection: close\r\n\r\n').end();
  assert.ok(performance.now() - started >= 95);
  assert.ok(text.includes('2\r\nsl\r\n2\r\now\r\n0'), text);
});

test('clients that hang up while the backend decides harm nobody', async () => {
  await put(step('any', '/p', '', 'A'), step('flip', '/f', 'A', 'B'), step('flop', '/f', 'B', 'A'));
  for (let n = 0; n < 40; n += 1) {
    const line = new wire(server).send('GET /f HTTP/1.1\r\n\r\nGET /p HTTP/1.1\r\n\r\n');
    line.socket.destroySoon();
  }
  assert.deepEqual(await ask_from(1, 1, '/p'), { any: 1 });
});

test('a scenario moves by itself, and a stop does not wait for it', async () => {
  const planned = await control(server, 'scenario/t', { state: 'A', nextState: 'B', transitionAfterMs: 50 });
  assert.equal(planned.status, 200);
  await until(async () => await state_of('t') === 'B');
  const other = await serve(...flags);
  assert.equal((await control(other, 'scenario/t', { state: 'A', nextState: 'B', transitionAfterMs: 3600000 })).status, 200);
  const started = performance.now();
  await other.stop();
  assert.ok(performance.now() - started < 5000);
});

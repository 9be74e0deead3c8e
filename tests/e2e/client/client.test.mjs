// The official Node client drives the running server: what a user of that client can observe must be what the original shows.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, beforeEach, describe, test } from 'node:test';
import { http_connection, request_bytes } from '../../support/http.mjs';
import { address_of, start_server } from '../../support/server.mjs';

const { mockServerClient } = createRequire(import.meta.url)('mockserver-client');

let server;
let url;
let port;
let client;

before(async () => {
  if (process.env.MOCKFLEET_URL) {
    url = process.env.MOCKFLEET_URL;
  } else {
    assert.ok(process.env.MOCKFLEET_BIN, 'set MOCKFLEET_BIN (and MOCKFLEET_PLUGIN_DIR), or MOCKFLEET_URL for a running server');
    server = await start_server({ binary: process.env.MOCKFLEET_BIN, plugin_dir: process.env.MOCKFLEET_PLUGIN_DIR });
    url = server.url;
  }
  ({ port } = address_of(url));
});

after(async () => {
  if (!server) return;
  const ended = await server.stop();
  assert.equal(ended.code, 0, `the server ended with ${JSON.stringify(ended)}:\n${server.output()}`);
});

beforeEach(async () => {
  client = mockServerClient('localhost', port);
  await client.reset();
});

/** An ordinary request; resolves to {status, headers, text}. */
async function call(method, target, { headers = {}, body } = {}) {
  const answer = await fetch(`${url}${target}`, { method, headers, body });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const get = (target, headers) => call('GET', target, { headers });

/** The value that a call of the client rejects with. */
async function refusal(promise) {
  return new Promise((resolve, reject) => {
    promise.then((value) => reject(new Error(`was not refused: ${JSON.stringify(value)}`)), resolve);
  });
}

const mock = (path, body, more = {}) => client.mockAnyResponse({ httpRequest: { path }, httpResponse: { statusCode: 200, body }, ...more });

describe('creating expectations', () => {
  test('mockAnyResponse stores one and resolves with 201 and the stored array', async () => {
    const answer = await client.mockAnyResponse({ httpRequest: { method: 'GET', path: '/hello' }, httpResponse: { statusCode: 202, body: 'hi' } });
    assert.equal(answer.statusCode, 201);
    const [stored] = JSON.parse(answer.body);
    assert.match(stored.id, /^[0-9a-f-]{36}$/);
    assert.deepEqual({ ...stored, id: undefined }, { id: undefined, httpRequest: { method: 'GET', path: '/hello' }, httpResponse: { statusCode: 202, body: 'hi' }, priority: 0, times: { unlimited: true }, timeToLive: { unlimited: true } });
    const served = await get('/hello');
    assert.deepEqual([served.status, served.text], [202, 'hi']);
    assert.equal((await call('POST', '/hello')).status, 404);
  });

  test('mockAnyResponse takes an array and keeps its order', async () => {
    const answer = await client.mockAnyResponse(['/one', '/two', '/three'].map((path) => ({ httpRequest: { path }, httpResponse: { body: path } })));
    assert.deepEqual(JSON.parse(answer.body).map((one) => one.httpRequest.path), ['/one', '/two', '/three']);
    for (const path of ['/three', '/one', '/two']) assert.equal((await get(path)).text, path);
  });

  test('mockSimpleResponse answers once with the JSON text', async () => {
    await client.mockSimpleResponse('/simple', { name: 'value' }, 203);
    const first = await call('POST', '/simple?x=1', { body: 'anything' });
    assert.deepEqual([first.status, JSON.parse(first.text)], [203, { name: 'value' }]);
    assert.equal((await get('/simple')).status, 404);
  });

  test('when().withTimes().withPriority().withId().respond() builds an expectation', async () => {
    await client.when({ path: '/when' }).withTimes(1).withPriority(5).withId('fluent').respond({ statusCode: 200, body: 'fluent' });
    await mock('/when', 'behind');
    const [first] = await client.retrieveActiveExpectations({ path: '/when' });
    assert.equal(first.id, 'fluent');
    assert.equal((await get('/when')).text, 'fluent');
    assert.equal((await get('/when')).text, 'behind');
  });

  test('an id that exists is replaced and keeps its place', async () => {
    await mock('/p', 'a', { id: 'x' });
    await mock('/p', 'b', { id: 'y' });
    await mock('/p', 'c', { id: 'x' });
    assert.equal((await get('/p')).text, 'c');
    assert.deepEqual((await client.retrieveActiveExpectations()).map((one) => one.id), ['x', 'y']);
  });

  test('priorities decide', async () => {
    await mock('/p', 'low');
    await mock('/p', 'high', { priority: 10 });
    assert.equal((await get('/p')).text, 'high');
  });

  test('a refused expectation rejects with the error text and stores nothing', async () => {
    const text = await refusal(client.mockAnyResponse([{ httpRequest: { path: '/ok' }, httpResponse: {} }, { httpRequest: { path: '/bad' }, httpResponse: {}, incorrect: 1 }]));
    assert.match(text, /^incorrect expectation json format for:/);
    assert.match(text, /1 error:\n {3}- \$\.incorrect: is not defined in the schema and the schema does not allow additional properties/);
    assert.deepEqual(await client.retrieveActiveExpectations(), []);
  });

  test('headers and cookies may be given in both forms', async () => {
    await client.mockAnyResponse({ id: 'array', httpRequest: { path: '/array', headers: [{ name: 'X-Id', values: ['[0-9]+'] }], cookies: [{ name: 's', value: '1' }], queryStringParameters: [{ name: 'q', values: ['a b'] }] }, httpResponse: { headers: [{ name: 'X-Answer', values: ['1', '2'] }], cookies: [{ name: 'session', value: 'abc' }], body: 'array' } });
    await client.mockAnyResponse({ id: 'object', httpRequest: { path: '/object', headers: { 'X-Id': ['[0-9]+'] }, cookies: { s: '1' }, queryStringParameters: { q: ['a b'] } }, httpResponse: { headers: { 'X-Answer': ['1', '2'] }, cookies: { session: 'abc' }, body: 'object' } });
    for (const form of ['array', 'object']) {
      const answer = await get(`/${form}?q=a+b&z=1`, { 'x-id': '12', cookie: 't=2; s=1' });
      assert.equal(answer.text, form);
      assert.equal(answer.headers.get('x-answer'), '1, 2');
      assert.equal(answer.headers.get('set-cookie'), 'session=abc');
      assert.equal((await get(`/${form}?q=a+b`, { 'x-id': 'ab', cookie: 's=1' })).status, 404);
      assert.equal((await get(`/${form}?q=a+b`, { 'x-id': '12' })).status, 404);
      assert.equal((await get(`/${form}?q=ab`, { 'x-id': '12', cookie: 's=1' })).status, 404);
    }
    const stored = await client.retrieveActiveExpectations();
    assert.deepEqual(stored.map((one) => one.httpRequest.headers), [{ 'X-Id': ['[0-9]+'] }, { 'X-Id': ['[0-9]+'] }]);
    assert.deepEqual(stored.map((one) => one.httpResponse.cookies), [{ session: 'abc' }, { session: 'abc' }]);
  });

  test('default headers are merged in', async () => {
    client.setDefaultHeaders([{ name: 'X-Default', values: ['yes'] }], [{ name: 'X-Tenant', values: ['t1'] }]);
    await client.mockSimpleResponse('/defaults', 'x');
    assert.equal((await get('/defaults')).status, 404);
    const answer = await get('/defaults', { 'x-tenant': 't1' });
    assert.deepEqual([answer.status, answer.headers.get('x-default')], [200, 'yes']);
  });
});

describe('bodies', () => {
  test('a JSON body matches the fields it names', async () => {
    await client.mockAnyResponse({ httpRequest: { method: 'POST', path: '/json', body: { type: 'JSON', json: JSON.stringify({ a: 1, list: [2, 1] }) } }, httpResponse: { body: { matched: true } } });
    const answer = await call('POST', '/json', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ b: 2, list: [1, 2], a: 1 }) });
    assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.deepEqual(JSON.parse(answer.text), { matched: true });
    assert.equal((await call('POST', '/json', { body: JSON.stringify({ a: 2, list: [1, 2] }) })).status, 404);
  });

  test('strict, substring, regex and negated bodies', async () => {
    await client.mockAnyResponse([
      { httpRequest: { path: '/strict', body: { type: 'JSON', json: '{"a":1}', matchType: 'STRICT' } }, httpResponse: {} },
      { httpRequest: { path: '/substring', body: { type: 'STRING', string: 'needle', subString: true } }, httpResponse: {} },
      { httpRequest: { path: '/regex', body: { type: 'REGEX', regex: 'a[0-9]+' } }, httpResponse: {} },
      { httpRequest: { path: '/not', body: { not: true, type: 'STRING', string: 'x' } }, httpResponse: {} },
    ]);
    const status = async (path, body) => (await call('POST', path, { body })).status;
    assert.deepEqual([await status('/strict', '{"a":1}'), await status('/strict', '{"a":1,"b":2}')], [200, 404]);
    assert.deepEqual([await status('/substring', 'a needle here'), await status('/substring', 'hay')], [200, 404]);
    assert.deepEqual([await status('/regex', 'a12'), await status('/regex', 'b12')], [200, 404]);
    assert.deepEqual([await status('/not', 'y'), await status('/not', 'x')], [200, 404]);
  });

  test('binary bodies arrive unchanged', async () => {
    const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
    await client.mockAnyResponse({ httpRequest: { path: '/bytes' }, httpResponse: { body: { type: 'BINARY', base64Bytes: bytes.toString('base64') } } });
    const answer = await fetch(`${url}/bytes`);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
  });
});

describe('Times, timeToLive, delay and errors', () => {
  test('remainingTimes runs out', async () => {
    await mock('/times', 'x', { times: { remainingTimes: 2, unlimited: false } });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await get('/times')).status);
    assert.deepEqual(statuses, [200, 200, 404]);
    assert.deepEqual(await client.retrieveActiveExpectations(), []);
  });

  test('concurrent requests never use more than remainingTimes', async () => {
    await mock('/many', 'x', { times: { remainingTimes: 25, unlimited: false } });
    const statuses = await Promise.all(Array.from({ length: 60 }, () => get('/many').then((answer) => answer.status)));
    assert.equal(statuses.filter((status) => status === 200).length, 25);
    assert.equal(statuses.filter((status) => status === 404).length, 35);
  });

  test('timeToLive runs out', async () => {
    await mock('/short', 'x', { timeToLive: { timeUnit: 'MILLISECONDS', timeToLive: 400, unlimited: false } });
    assert.equal((await get('/short')).status, 200);
    const deadline = Date.now() + 5000;
    let status = 200;
    while (status === 200 && Date.now() < deadline) ({ status } = await get('/short'));
    assert.equal(status, 404);
  });

  test('a delay is kept', async () => {
    await client.mockAnyResponse({ httpRequest: { path: '/late' }, httpResponse: { body: 'late', delay: { timeUnit: 'MILLISECONDS', value: 150 } } });
    const began = performance.now();
    assert.equal((await get('/late')).text, 'late');
    assert.ok(performance.now() - began >= 145);
  });

  test('httpError drops the connection', async () => {
    await client.mockAnyResponse({ httpRequest: { path: '/drop' }, httpError: { dropConnection: true } });
    const connection = new http_connection('127.0.0.1', port);
    const answer = await connection.exchange(request_bytes({ method: 'GET', target: '/drop', headers: [['Host', `localhost:${port}`]] }));
    connection.close();
    assert.equal(answer.dropped, true);
  });
});

describe('verification', () => {
  test('verify passes and fails with the text of the original', async () => {
    await mock('/v', 'x');
    await get('/v');
    await client.verify({ path: '/v' });
    await client.verify({ path: '/v' }, 1, 1);
    assert.equal(await refusal(client.verify({ path: '/v' }, 2)), 'Request not found at least 2 times');
    assert.equal(await refusal(client.verify({ path: '/v' }, 2, 2)), 'Request not found exactly 2 times');
    assert.equal(await refusal(client.verify({ path: '/v' }, 3, 4)), 'Request not found between 3 and 4 times');
    assert.equal(await refusal(client.verify({ path: '/never' }, 1)), 'Request not found at least once');
    await client.verify({ path: '/never' }, 0, 0);
  });

  test('requests that nothing matched count too', async () => {
    await get('/unmocked');
    await client.verify({ method: 'GET', path: '/unmocked' }, 1, 1);
  });

  test('verifyZeroInteractions', async () => {
    await client.verifyZeroInteractions();
    await get('/x');
    assert.match(await refusal(client.verifyZeroInteractions()), /^Request (not found exactly 0 times|found 1 time but should have been found exactly 0 times)/);
  });

  test('verifyById counts what the expectation served', async () => {
    await mock('/a', 'x', { id: 'ida' });
    await mock('/.*', 'x', { id: 'all' });
    await get('/a');
    await get('/b');
    await client.verifyById({ id: 'ida' }, 1, 1);
    await client.verifyById({ id: 'all' }, 1, 1);
    assert.equal(await refusal(client.verifyById({ id: 'ida' }, 2)), 'Request not found at least 2 times');
    assert.equal(await refusal(client.verifyById({ id: 'unknown' }, 1)), 'No expectation found with id unknown');
  });

  test('verifySequence and verifySequenceById', async () => {
    await mock('/1', 'x', { id: 'one' });
    await mock('/3', 'x', { id: 'three' });
    for (const path of ['/1', '/2', '/3']) await get(path);
    await client.verifySequence({ path: '/1' }, { path: '/3' });
    await client.verifySequence({ path: '/1' }, { path: '/2' }, { path: '/3' });
    assert.equal(await refusal(client.verifySequence({ path: '/3' }, { path: '/1' })), 'Request sequence not found');
    await client.verifySequenceById({ id: 'one' }, { id: 'three' });
    assert.equal(await refusal(client.verifySequenceById({ id: 'three' }, { id: 'one' })), 'Request sequence not found');
  });

  test('a request counts as soon as its answer has arrived', async () => {
    await mock('/now', 'x');
    for (let n = 1; n <= 20; n += 1) {
      await get('/now');
      await client.verify({ path: '/now' }, n, n);
    }
  });
});

describe('clear and reset', () => {
  beforeEach(async () => {
    await mock('/a', 'a', { id: 'a' });
    await mock('/b', 'b', { id: 'b' });
    await get('/a');
    await get('/b');
  });

  const ids = async () => (await client.retrieveActiveExpectations()).map((one) => one.id);
  const paths = async () => (await client.retrieveRecordedRequests()).map((one) => one.path);

  test('by path', async () => {
    await client.clear('/a');
    assert.deepEqual([await ids(), await paths()], [['b'], ['/b']]);
  });

  test('by matcher and type', async () => {
    await client.clear({ path: '/a' }, 'EXPECTATIONS');
    assert.deepEqual([await ids(), await paths()], [['b'], ['/a', '/b']]);
    await client.clear({ path: '/b' }, 'LOG');
    assert.deepEqual([await ids(), await paths()], [['b'], ['/a']]);
    await client.clear({}, 'ALL');
    assert.deepEqual([await ids(), await paths()], [[], []]);
  });

  test('by id', async () => {
    await client.clearById('a', 'EXPECTATIONS');
    assert.deepEqual([await ids(), await paths()], [['b'], ['/a', '/b']]);
    assert.equal((await get('/a')).status, 404);
    assert.equal(await refusal(client.clearById('unknown', 'ALL')), 'No expectation found with id unknown');
  });

  test('reset forgets everything', async () => {
    await client.reset();
    assert.deepEqual([await ids(), await paths(), await client.retrieveRecordedRequestsAndResponses()], [[], [], []]);
    assert.equal((await get('/a')).status, 404);
  });
});

describe('retrieve', () => {
  test('recorded requests', async () => {
    await call('POST', '/r?q=1&q=2&z=a%20b', { headers: { 'X-Test': 'v', cookie: 'c=d', 'content-type': 'text/plain; charset=utf-8' }, body: 'text' });
    await get('/other');
    const [request, ...more] = await client.retrieveRecordedRequests({ path: '/r' });
    assert.equal(more.length, 0);
    assert.equal(request.method, 'POST');
    assert.equal(request.path, '/r');
    assert.deepEqual(request.queryStringParameters, { q: ['1', '2'], z: ['a b'] });
    assert.deepEqual(request.cookies, { c: 'd' });
    assert.equal(request.keepAlive, true);
    assert.equal(request.secure, false);
    assert.equal(request.body.string ?? request.body, 'text');
    const name = Object.keys(request.headers).find((one) => one.toLowerCase() === 'x-test');
    assert.deepEqual(request.headers[name], ['v']);
    assert.equal((await client.retrieveRecordedRequests()).length, 2);
    assert.equal((await client.retrieveRecordedRequests('/other')).length, 1);
    assert.deepEqual(await client.retrieveRecordedRequests('/none'), []);
  });

  test('recorded requests with their responses', async () => {
    await mock('/rr', 'answer');
    await get('/rr');
    await get('/missing');
    const pairs = await client.retrieveRecordedRequestsAndResponses();
    assert.deepEqual(pairs.map((pair) => [pair.httpRequest.path, pair.httpResponse.statusCode, pair.httpResponse.body]), [['/rr', 200, 'answer'], ['/missing', 404, undefined]]);
    for (const pair of pairs) assert.match(pair.timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
    assert.equal((await client.retrieveRecordedRequestsAndResponses('/rr')).length, 1);
  });

  test('active expectations can be posted again', async () => {
    await mock('/low', 'l');
    await mock('/high', 'h', { priority: 10, times: { remainingTimes: 5, unlimited: false } });
    const active = await client.retrieveActiveExpectations();
    assert.deepEqual(active.map((one) => one.httpRequest.path), ['/high', '/low']);
    await client.reset();
    await client.mockAnyResponse(active);
    assert.deepEqual(await client.retrieveActiveExpectations(), active);
    assert.deepEqual((await client.retrieveActiveExpectations('/low')).map((one) => one.httpRequest.path), ['/low']);
  });

  test('by expectation id', async () => {
    await mock('/x', 'x', { id: 'idx' });
    await mock('/y', 'y', { id: 'idy' });
    await get('/x');
    await get('/y');
    assert.deepEqual((await client.retrieveRecordedRequestsById('idx')).map((one) => one.path), ['/x']);
    assert.deepEqual((await client.retrieveRecordedRequestsAndResponsesById('idy')).map((one) => one.httpRequest.path), ['/y']);
    assert.deepEqual((await client.retrieveActiveExpectationsById('idy')).map((one) => one.id), ['idy']);
    assert.equal(await refusal(client.retrieveRecordedRequestsById('unknown')), 'No expectation found with id unknown');
  });

  test('recorded expectations are empty without forwarding', async () => {
    await get('/x');
    assert.deepEqual(await client.retrieveRecordedExpectations(), []);
  });

  test('log messages', async () => {
    await mock('/log', 'x', { id: 'logged' });
    await get('/log');
    const messages = await client.retrieveLogMessages();
    for (const message of messages.filter((one) => one.trim())) assert.match(message.trim(), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} - /);
    const texts = messages.map((message) => message.trim().replace(/^[-0-9:. ]+ - /, '').split('\n')[0]);
    assert.deepEqual(texts.slice(0, 5), ['resetting all expectations and request logs', 'creating expectation:', 'received request:', 'request:', 'returning response:']);
    assert.ok(messages.some((message) => message.includes('"path" : "/log"')));
  });
});

describe('several clients', () => {
  test('clients at the same time see one server', async () => {
    const clients = Array.from({ length: 8 }, () => mockServerClient('localhost', port));
    await Promise.all(clients.map((one, n) => one.mockAnyResponse({ id: `c${n}`, httpRequest: { path: `/c/${n}` }, httpResponse: { body: `${n}` } })));
    const answers = await Promise.all(clients.flatMap((one, n) => Array.from({ length: 5 }, () => get(`/c/${n}`).then((answer) => [n, answer.text]))));
    for (const [n, text] of answers) assert.equal(text, String(n));
    await Promise.all(clients.map((one, n) => one.verify({ path: `/c/${n}` }, 5, 5)));
    assert.equal((await client.retrieveRecordedRequests({ path: '/c/.*' })).length, 40);
    await Promise.all(clients.map((one, n) => one.clear(`/c/${n}`)));
    assert.deepEqual(await client.retrieveActiveExpectations(), []);
  });
});

describe('ports', () => {
  test('bind opens another port that serves the same expectations', async () => {
    await mock('/bound', 'same');
    const answer = await client.bind([0]);
    assert.equal(answer.statusCode, 200);
    const { ports } = JSON.parse(answer.body);
    assert.equal(ports.length, 1);
    assert.notEqual(ports[0], port);
    const served = await fetch(`http://127.0.0.1:${ports[0]}/bound`);
    assert.deepEqual([served.status, await served.text()], [200, 'same']);
    const second = mockServerClient('localhost', ports[0]);
    assert.equal((await second.retrieveRecordedRequests('/bound')).length, 1);
  });

  test('a port in use is refused', async () => {
    assert.match(await refusal(client.bind([port])), /port already in use/);
  });
});

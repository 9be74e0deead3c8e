// Two real servers: one forwards, the other is what it forwards to; the clients are curl and raw connections.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { http_connection, request_bytes } from '../../support/http.mjs';
import { free_port } from '../../support/server.mjs';
import { ask, configure, control, forward_to, header, retrieve, serve, wire } from './steps.mjs';

let front;
let origin;
before(async () => { [front, origin] = await Promise.all([serve('--io-threads', '1'), serve('--attempt-to-proxy-if-no-matching-expectation', 'false')]); });
after(() => Promise.all([front?.stop(), origin?.stop()]));
beforeEach(() => Promise.all([control(front, 'reset'), control(origin, 'reset')]));

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
const mock = async (server, ...expectations) => {
  const answer = await control(server, 'expectation', expectations);
  assert.equal(answer.status, 201, answer.body.toString());
};
const verified = async (server, what) => (await control(server, 'verify', what)).status === 202;
const once = { atLeast: 1, atMost: 1 };

function has_curl() {
  try { execFileSync('curl', ['--version'], { stdio: 'ignore' }); return true; } catch { return false; }
}
const with_curl = { skip: has_curl() ? false : 'curl is not installed' };

/** Runs curl, which uses no proxy but the one among `args`; resolves to its standard output as bytes. `input` goes to its standard input. */
const curl = (args, input) => new Promise((resolve, reject) => {
  const child = execFile('curl', ['--silent', '--show-error', '--noproxy', args.includes('--proxy') ? '' : '*', '--max-time', '30', ...args], { encoding: 'buffer', maxBuffer: 1 << 27 }, (error, out, problems) => {
    if (error) reject(new Error(`curl ${args.join(' ')}: ${problems}`));
    else resolve(out);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
});
const url = (server, path) => `http://127.0.0.1:${server.port}${path}`;

async function with_settings(settings, defaults, work) {
  await configure(front, settings);
  try { await work(); } finally { await configure(front, defaults); }
}

test('what the origin answers arrives, and both logs tell who answered', async () => {
  await mock(origin, { id: 'made', httpRequest: { method: 'POST', path: '/orders', body: { type: 'JSON', json: { sku: 1 } } },
    httpResponse: { statusCode: 201, reasonPhrase: 'Made', headers: { Location: ['/orders/1'], 'X-A': ['1', '2'] }, cookies: { s: 'v' }, body: { id: 1 } } });
  await forward_to(front, origin);
  const answer = await ask(front, '/orders?q=%20', { method: 'POST', body: '{"sku":1}', headers: [['Content-Type', 'application/json']] });
  assert.equal(answer.status, 201);
  assert.equal(answer.reason, 'Made');
  assert.equal(header(answer, 'location'), '/orders/1');
  assert.deepEqual(answer.headers.filter(([name]) => name.toLowerCase() === 'x-a').map(([, value]) => value), ['1', '2']);
  assert.deepEqual(JSON.parse(answer.body), { id: 1 });

  const [seen] = await retrieve(origin, 'REQUESTS');
  assert.equal(seen.headers.host?.[0] ?? seen.headers.Host?.[0], `127.0.0.1:${origin.port}`);
  assert.deepEqual(seen.queryStringParameters, { q: [' '] });
  assert.ok(await verified(origin, { expectationId: { id: 'made' }, disposition: 'MOCKED', times: once }));

  const of_order = { httpRequest: { path: '/orders' } };
  assert.ok(await verified(front, { ...of_order, disposition: 'FORWARDED', times: once }));
  assert.ok(await verified(front, { ...of_order, disposition: 'MOCKED', times: { atMost: 0 } }));
  assert.ok(await verified(front, { expectationId: { id: 'forward' }, times: once }));
  assert.ok(await verified(front, { ...of_order, httpResponse: { statusCode: 201, reasonPhrase: 'Made', headers: { 'X-A': ['1'] }, cookies: { s: 'v' }, body: { type: 'JSON', json: { id: 1 } } }, times: once }));
  assert.ok(!await verified(front, { ...of_order, httpResponse: { statusCode: 200 }, times: once }));
  assert.equal((await control(front, 'verifySequence', { httpRequests: [{ path: '/orders' }], httpResponses: [{ statusCodeRange: '2XX' }] })).status, 202);
});

test('chunks, delays between them, HEAD and HTTP/1.0', with_curl, async () => {
  const text = 'abcdefghij'.repeat(100);
  await mock(origin, { httpRequest: { path: '/chunks' }, httpResponse: { body: text, connectionOptions: { chunkSize: 100, chunkDelay: { timeUnit: 'MILLISECONDS', value: 10 } } } },
    { httpRequest: { path: '/plain' }, httpResponse: { body: text } });
  await forward_to(front, origin);
  const answer = await ask(front, '/chunks');
  assert.equal(answer.framing, 'chunked');
  assert.equal(answer.body.toString(), text);
  assert.equal((await curl([url(front, '/chunks')])).toString(), text);
  assert.equal((await curl(['--http1.0', url(front, '/chunks')])).toString(), text);
  assert.equal((await curl(['--http1.0', url(front, '/plain')])).toString(), text);
  assert.match((await curl(['--head', url(front, '/plain')])).toString(), /^HTTP\/1\.1 200 OK\r\n(.*\r\n)*content-length: 1000\r\n/i);
  assert.equal((await retrieve(front, 'RECORDED_EXPECTATIONS', { path: '/chunks' })).length, 3);
});

test('large bodies in both directions', with_curl, async () => {
  const large = Buffer.alloc(6 << 20, 'The quick brown fox jumps over the lazy dog. ');
  const upload = large.subarray(0, 1 << 20);
  await mock(origin, { httpRequest: { path: '/large' }, httpResponse: { body: { type: 'BINARY', base64Bytes: large.toString('base64') } } }, { httpRequest: { path: '/take' }, httpResponse: { statusCode: 204 } });
  await forward_to(front, origin);
  assert.equal(digest(await curl([url(front, '/large')])), digest(large));
  assert.equal(digest(await curl(['--limit-rate', '8M', url(front, '/large')])), digest(large), 'to a slow client');
  for (const framing of [['Expect: 100-continue'], ['Transfer-Encoding: chunked'], ['Expect:']]) {
    await curl(['--fail', '--request', 'POST', '--header', 'Content-Type: application/octet-stream', ...framing.flatMap((one) => ['--header', one]), '--data-binary', '@-', url(front, '/take')], upload);
  }
  const taken = await retrieve(origin, 'REQUESTS', { path: '/take' });
  assert.equal(taken.length, 3);
  for (const one of taken) assert.equal(digest(Buffer.from(one.body.base64Bytes, 'base64')), digest(upload));
});

test('one connection to the origin carries request after request, whatever client they came from', async () => {
  await mock(origin, { httpRequest: {}, httpResponse: { body: 'x' } });
  await forward_to(front, origin);
  const kept = new http_connection('127.0.0.1', front.port);
  for (let i = 0; i < 10; ++i) assert.equal((await kept.exchange(request_bytes({ method: 'GET', target: `/${i}`, headers: [['Host', 'x']] }))).status, 200);
  kept.close();
  for (let i = 0; i < 5; ++i) assert.equal((await ask(front, `/once/${i}`)).status, 200);
  const pairs = await retrieve(origin, 'REQUEST_RESPONSES');
  assert.equal(pairs.length, 15);
  assert.equal(new Set(pairs.map((one) => one.httpRequest.remoteAddress)).size, 1);
});

test('the front as the proxy of a client', with_curl, async () => {
  await mock(origin, { httpRequest: { path: '/real' }, httpResponse: { body: 'real' } });
  await mock(front, { httpRequest: { path: '/mocked' }, httpResponse: { body: 'mocked' } });
  const through = (...args) => curl(['--proxy', url(front, ''), ...args]);
  assert.equal((await through(url(origin, '/real'))).toString(), 'real');
  assert.equal((await through(url(origin, '/mocked'))).toString(), 'mocked');
  await with_settings({ proxyAuthenticationUsername: 'user', proxyAuthenticationPassword: 'secret' }, { proxyAuthenticationUsername: '', proxyAuthenticationPassword: '' }, async () => {
    assert.equal((await through('--output', '/dev/null', '--write-out', '%{http_code}', url(origin, '/real'))).toString(), '407');
    assert.equal((await through('--proxy-user', 'user:secret', url(origin, '/real'))).toString(), 'real');
  });
  const [seen] = await retrieve(origin, 'REQUESTS', { path: '/real' });
  assert.ok(!Object.keys(seen.headers).some((name) => /^proxy-/i.test(name)), JSON.stringify(seen.headers));
});

test('servers that lead to each other come to an end', async () => {
  await forward_to(front, origin);
  await forward_to(origin, front);
  const answer = await ask(front, '/circle', { timeout_ms: 20000 });
  assert.equal(answer.status, 508);
  assert.match(answer.body.toString(), /forwardLoopMaxHops/);
  await Promise.all([control(front, 'reset'), control(origin, 'reset')]);
  await configure(origin, { proxyRemoteHost: '127.0.0.1', proxyRemotePort: front.port });
  try {
    await with_settings({ proxyRemoteHost: '127.0.0.1', proxyRemotePort: origin.port }, { proxyRemoteHost: '' }, async () => {
      assert.equal((await ask(front, '/circle')).status, 404);
    });
    assert.equal((await retrieve(origin, 'REQUESTS')).length, 1);
  } finally {
    await configure(origin, { proxyRemoteHost: '' });
  }
});

test('the guard keeps private networks out of reach', async () => {
  await mock(origin, { httpRequest: {}, httpResponse: { body: 'inside' } });
  await forward_to(front, origin);
  await with_settings({ forwardProxyBlockPrivateNetworks: true }, { forwardProxyBlockPrivateNetworks: false }, async () => {
    const answer = await ask(front, '/a');
    assert.equal(answer.status, 502);
    assert.match(answer.body.toString(), /forwardProxyBlockPrivateNetworks/);
    assert.equal((await ask(front, url(origin, '/a'))).status, 502);
  });
  assert.equal((await retrieve(origin, 'REQUESTS')).length, 0);
  assert.equal((await ask(front, '/a')).status, 200);
});

test('an origin that is not there, one that is silent, and one that dies', async () => {
  await forward_to(front, { port: await free_port() });
  assert.equal((await ask(front, '/a')).status, 502);
  await mock(origin, { httpRequest: {}, httpResponse: { body: 'late', delay: { timeUnit: 'SECONDS', value: 30 } } });
  await forward_to(front, origin);
  await with_settings({ maxSocketTimeoutInMillis: 300 }, { maxSocketTimeoutInMillis: 20000 }, async () => {
    const began = Date.now();
    const answer = await ask(front, '/a');
    assert.equal(answer.status, 502);
    assert.equal(answer.body.length, 0);
    assert.equal(header(answer, 'connection'), 'keep-alive');
    assert.ok(Date.now() - began >= 250);
  });
  const dying = await serve();
  await mock(dying, { httpRequest: {}, httpResponse: { body: 'x'.repeat(1000), connectionOptions: { chunkSize: 10, chunkDelay: { timeUnit: 'MILLISECONDS', value: 100 } } } });
  await forward_to(front, dying);
  const client = new wire(front);
  client.send('GET /a HTTP/1.1\r\nHost: x\r\n\r\n');
  await client.until((text) => text.includes('xxxxxxxxxx'), 'the first chunk');
  await assert.rejects(dying.stop('SIGKILL'), /"signal":"SIGKILL"/);
  assert.ok(!(await client.end()).endsWith('0\r\n\r\n'), 'the client sees that the answer is not complete');
  // None of these is an answer of the origin.
  assert.deepEqual(await retrieve(front, 'RECORDED_EXPECTATIONS'), []);
  assert.ok(await verified(front, { expectationId: { id: 'forward' }, times: { atMost: 0 } }));
  assert.ok(await verified(front, { httpRequest: {}, disposition: 'FORWARDED', times: { atMost: 0 } }));
  assert.ok(await verified(front, { httpRequest: {}, times: { atLeast: 3, atMost: 3 } }));
});

test('a recording takes the place of the origin', async () => {
  const bytes = Buffer.from([0, 1, 2, 254, 255]);
  await mock(origin, { httpRequest: { path: '/json' }, httpResponse: { headers: { 'Content-Type': ['application/json'] }, body: '{"a": [1, 2]}' } },
    { httpRequest: { path: '/bytes' }, httpResponse: { statusCode: 203, headers: { 'Content-Type': ['application/octet-stream'] }, body: { type: 'BINARY', base64Bytes: bytes.toString('base64') } } },
    { httpRequest: { path: '/login', method: 'POST', body: 'who' }, httpResponse: { statusCode: 302, headers: { Location: ['/home'] }, cookies: { s: 'v' } } },
    { httpRequest: { path: '/text' }, httpResponse: { headers: { 'Content-Type': ['text/plain; charset=iso-8859-1'] }, body: 'gr\u00fc\u00df' } });
  await forward_to(front, origin);
  const visits = [['/json', {}], ['/bytes', {}], ['/login', { method: 'POST', body: 'who' }], ['/text', {}]];
  // The name that clients call the server by is part of what is recorded.
  const visit = async (server) => { const answers = []; for (const [target, how] of visits) answers.push(await ask(server, target, { ...how, host: 'backend.example' })); return answers; };
  const real = await visit(front);
  const recording = await retrieve(front, 'RECORDED_EXPECTATIONS');
  assert.equal(recording.length, visits.length);
  const other = await serve('--attempt-to-proxy-if-no-matching-expectation', 'false');
  try {
    await mock(other, ...recording);
    const replayed = await visit(other);
    for (const [i, answer] of replayed.entries()) {
      assert.equal(answer.status, real[i].status, visits[i][0]);
      if (visits[i][0] === '/json') assert.deepEqual(JSON.parse(answer.body), JSON.parse(real[i].body));
      else assert.deepEqual(answer.body, real[i].body, visits[i][0]);
      for (const name of ['content-type', 'location', 'set-cookie']) assert.equal(header(answer, name), header(real[i], name), `${name} of ${visits[i][0]}`);
    }
    // Each exchange was recorded once and answers once.
    assert.deepEqual((await visit(other)).map((one) => one.status), [404, 404, 404, 404]);
  } finally {
    await other.stop();
  }
});

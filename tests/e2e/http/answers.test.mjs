// Answers that are more than bytes: delays, chunks, connection options, errors, files, cross-origin headers.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { control, count, expect, serve, wire } from './wire.mjs';

let server;
before(async () => { server = await serve(); });
after(() => server.stop());

let next = 0;
/** Makes an expectation and sends a request for it; resolves to the open connection. */
async function ask(action, { method = 'GET', headers = '' } = {}) {
  next += 1;
  await expect(server, `/answer/${next}`, action);
  return new wire(server).send(`${method} /answer/${next} HTTP/1.1\r\n${headers}\r\n`);
}

const milliseconds = (value) => ({ timeUnit: 'MILLISECONDS', value });
const closing = { headers: 'Connection: close\r\n' };

test('a delay holds the answer back, and nothing else', async () => {
  const started = performance.now();
  const delayed = await ask({ httpResponse: { body: 'late', delay: milliseconds(400) } }, closing);
  const quick = await ask({ httpResponse: { body: 'quick' } }, closing);
  await quick.end();
  assert.equal(delayed.text(), '');
  assert.ok((await delayed.end()).endsWith('late'));
  assert.ok(performance.now() - started >= 395);
});

test('requests behind a delayed one wait for it', async () => {
  await expect(server, '/first', { httpResponse: { body: 'first', delay: milliseconds(200) } });
  await expect(server, '/second', { httpResponse: { body: 'second' } });
  const line = new wire(server).send('GET /first HTTP/1.1\r\n\r\nGET /second HTTP/1.1\r\nConnection: close\r\n\r\n');
  const text = await line.end();
  assert.ok(text.indexOf('first') > 0 && text.indexOf('first') < text.indexOf('second'));
});

test('a drawn delay stays in its bounds', async () => {
  const started = performance.now();
  const line = await ask({ httpResponse: { body: 'x', delay: { timeUnit: 'MILLISECONDS', distribution: { type: 'UNIFORM', min: 100, max: 150 } } } }, closing);
  await line.end();
  assert.ok(performance.now() - started >= 95);
});

test('chunks, at once and with pauses', async () => {
  const head = 'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n';
  const chunks = '2\r\nhe\r\n2\r\nll\r\n1\r\no\r\n0\r\n\r\n';
  const at_once = await ask({ httpResponse: { body: 'hello', connectionOptions: { chunkSize: 2 } } }, closing);
  assert.equal(await at_once.end(), head + chunks);
  const started = performance.now();
  const paused = await ask({ httpResponse: { body: 'hello', connectionOptions: { chunkSize: 2, chunkDelay: milliseconds(150) } } }, closing);
  await paused.until((text) => text.endsWith('2\r\nhe\r\n'), 'the first chunk alone');
  assert.equal(await paused.end(), head + chunks);
  assert.ok(performance.now() - started >= 295);
});

test('httpError: bytes, then the connection stays open or is dropped', async () => {
  const bytes = Buffer.from('not HTTP at all').toString('base64');
  const dropped = await ask({ httpError: { dropConnection: true } });
  assert.equal(await dropped.end(), '');
  const both = await ask({ httpError: { dropConnection: true, responseBytes: bytes } });
  assert.equal(await both.end(), 'not HTTP at all');
  const open = await ask({ httpError: { responseBytes: bytes } });
  await open.until((text) => text === 'not HTTP at all', 'the bytes');
  open.send('GET /none HTTP/1.1\r\nConnection: close\r\n\r\n');
  assert.match(await open.end(), /not HTTP at allHTTP\/1\.1 404 /);
  const started = performance.now();
  const late = await ask({ httpError: { dropConnection: true, delay: milliseconds(200) } });
  assert.equal(await late.end(), '');
  assert.ok(performance.now() - started >= 195);
});

test('closeSocket and its delay', async () => {
  const now = await ask({ httpResponse: { body: 'x', connectionOptions: { closeSocket: true } } });
  assert.ok((await now.end()).includes('connection: close'));
  const started = performance.now();
  const later = await ask({ httpResponse: { body: 'x', connectionOptions: { closeSocket: true, closeSocketDelay: milliseconds(300) } } });
  await later.until((text) => text.endsWith('x'), 'the answer');
  await later.end();
  assert.ok(performance.now() - started >= 295);
  const kept = await ask({ httpResponse: { body: 'x', connectionOptions: { closeSocket: false } } }, closing);
  await kept.until((text) => text.endsWith('x'), 'the answer');
  kept.send('GET /none HTTP/1.1\r\nConnection: close\r\n\r\n');
  assert.match(await kept.end(), /404 Not Found/);
});

test('a file is read for every request', async () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'mockfleet-file-'));
  try {
    const file = path.join(directory, 'body.txt');
    await expect(server, '/file', { httpResponse: { body: { type: 'FILE', filePath: file } } });
    const get = () => new wire(server).send('GET /file HTTP/1.1\r\nConnection: close\r\n\r\n').end();
    assert.match(await get(), /^HTTP\/1\.1 500 [^]*Error reading file for response body$/);
    writeFileSync(file, 'one');
    assert.ok((await get()).endsWith('content-length: 3\r\n\r\none'));
    writeFileSync(file, 'x'.repeat(1 << 20));
    assert.ok((await get()).endsWith('x'.repeat(1 << 20)));
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('headers that cannot be sent are refused when they are set', async () => {
  const refused = async (headers, names) => {
    const answer = await control(server, 'expectation', { httpRequest: { path: '/refused' }, httpResponse: { headers } });
    assert.equal(answer.status, 400, JSON.stringify(headers));
    assert.ok(answer.body.toString().includes(names), answer.body.toString());
  };
  await refused({ A: ['x\0y'] }, 'httpResponse.headers: the value of "A" has a control character');
  await refused({ A: ['x\x7fy'] }, 'control character');
  for (const name of ['A:', 'A\0', 'A(b)', '\u00e9']) await refused({ [name]: ['v'] }, 'cannot be the name of a header');
  const sent = await ask({ httpResponse: { headers: { 'X-Odd!#$': ['caf\u00e9\t1'], B: ['a\r\nb'] }, cookies: { c: 'a\u0001b' } } }, closing);
  const text = Buffer.from(await sent.end(), 'latin1').toString();
  assert.match(text, /\r\nX-Odd!#\$: caf\u00e9\t1\r\nB: ab\r\n/);
  assert.match(text, /\r\nset-cookie: c=ab\r\n/);
});

test('a preflight that no expectation answers is granted', async () => {
  const line = new wire(server).send('OPTIONS /x HTTP/1.1\r\nOrigin: http://a.b\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: X-A\r\nConnection: close\r\n\r\n');
  const text = await line.end();
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(text, /\r\naccess-control-allow-origin: http:\/\/a\.b\r\n/);
  assert.match(text, /\r\naccess-control-allow-headers: X-A\r\n/);
  assert.match(text, /content-length: 0\r\n\r\n$/);
});

test('run-time settings: cross-origin headers and a delay for all answers', async () => {
  const plain = await ask({ httpResponse: { headers: { 'Access-Control-Allow-Origin': ['me'] }, body: 'x' } }, closing);
  assert.equal(count(await plain.end(), 'access-control-'), 0);
  const target = `/answer/${next}`;
  assert.equal((await control(server, 'configuration', { enableCORSForAllResponses: true, globalResponseDelayMillis: 200 })).status, 200);
  try {
    const started = performance.now();
    const text = await new wire(server).send(`GET ${target} HTTP/1.1\r\nConnection: close\r\n\r\n`).end();
    assert.ok(performance.now() - started >= 195);
    assert.match(text, /\r\nAccess-Control-Allow-Origin: me\r\n/);
    assert.equal(count(text.toLowerCase(), 'access-control-allow-origin'), 1);
    assert.match(text, /\r\naccess-control-max-age: 0\r\n/);
  } finally {
    await control(server, 'configuration', { enableCORSForAllResponses: false, globalResponseDelayMillis: 0 });
  }
});

test('the configuration document has the members of the original only', async () => {
  const shown = await (await fetch(`http://127.0.0.1:${server.port}/mockserver/configuration`)).json();
  assert.equal(shown.maxExpectations, 15000);
  assert.equal(shown.initializationJsonPath, '');
  for (const absent of ['pluginDir', 'controlThreads', 'connectionDelay', 'propertyFile', 'clusterToken']) assert.ok(!(absent in shown), absent);
});

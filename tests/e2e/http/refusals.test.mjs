// Malformed, ambiguous and oversized requests: each gets its status, the connection ends, the server stays up.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { control, count, expect, recorded_paths, serve, wire } from './wire.mjs';

let server;
before(async () => {
  server = await serve('--max-initial-line-length', '8192', '--max-header-size', '65536', '--max-request-body-size', '100000', '--max-inbound-connections', '20');
  await expect(server, '/ok', { httpResponse: { body: 'fine' } });
});
after(() => server.stop());

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n';

/** Sends and expects one answer with that status and the end of the connection. */
async function refused(bytes, status) {
  const line = new wire(server).send(bytes);
  const text = await line.end();
  assert.ok(text.startsWith(`HTTP/1.1 ${status} `), JSON.stringify(text));
  assert.equal(count(text, 'HTTP/1.1 '), 1, text);
  assert.match(text, /\r\nconnection: close\r\n/);
  const [head, body] = text.split('\r\n\r\n');
  assert.equal(Number(/content-length: (\d+)/.exec(head)[1]), body.length);
  assert.ok(body.length > 0, 'says why');
}

describe('nothing behind an ambiguous request is read as a request', () => {
  const chunk_end = '0\r\n\r\n';
  const cases = {
    'length and chunked': `POST /x HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${chunk_end}`,
    'chunked and length': `POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n${chunk_end}`,
    'two lengths': 'POST /x HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 36\r\n\r\n',
    'a list of lengths': 'POST /x HTTP/1.1\r\nContent-Length: 0, 36\r\n\r\n',
    'negative length': 'POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n',
    'plus length': 'POST /x HTTP/1.1\r\nContent-Length: +0\r\n\r\n',
    'hexadecimal length': 'POST /x HTTP/1.1\r\nContent-Length: 0x0\r\n\r\n',
    'length beyond 64 bits': 'POST /x HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n',
    'folded header': `POST /x HTTP/1.1\r\nTransfer-Encoding:\r\n chunked\r\n\r\n${chunk_end}`,
    'folded value': 'POST /x HTTP/1.1\r\nX: a\r\n\tContent-Length: 36\r\n\r\n',
    'blank before the colon': 'POST /x HTTP/1.1\r\nContent-Length : 0\r\n\r\n',
    'tab before the colon': `POST /x HTTP/1.1\r\nTransfer-Encoding\t: chunked\r\n\r\n${chunk_end}`,
    'bare LF between headers': 'POST /x HTTP/1.1\r\nX: a\nContent-Length: 0\r\n\r\n',
    'bare CR in a value': 'POST /x HTTP/1.1\r\nX: a\rContent-Length: 0\r\n\r\n',
    'bare LF lines': 'POST /x HTTP/1.1\nContent-Length: 0\n\n',
    'NUL in a value': 'POST /x HTTP/1.1\r\nX: a\0b\r\n\r\n',
    'encoding gzip': 'POST /x HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n',
    'encoding identity': 'POST /x HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n',
    'chunked not last': `POST /x HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n${chunk_end}`,
    'chunked twice': `POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n${chunk_end}`,
    'encoding with a vertical tab': `POST /x HTTP/1.1\r\nTransfer-Encoding: \x0bchunked\r\n\r\n${chunk_end}`,
    'chunked in HTTP/1.0': `POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n${chunk_end}`,
    'chunk size beyond 64 bits': 'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n0\r\n\r\n',
    'negative chunk size': 'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n0\r\n\r\n',
    'chunk size with 0x': 'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n',
    'chunk longer than its size': 'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n',
    'chunk ended by bare LF': 'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n',
    'chunk line ended by bare LF': 'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n',
    'chunk extension with LF': 'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;a="\n"\r\na\r\n0\r\n\r\n',
    'chunk extension with CRLF': 'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;a="\r\n"\r\na\r\n0\r\n\r\n',
    'chunk lines ended by bare LF and nothing more': 'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n',
    'trailer with a length': 'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 36\r\n\r\n',
    'two blanks in the request line': 'POST  /x HTTP/1.1\r\n\r\n',
    'blank in the target': 'POST /x y HTTP/1.1\r\n\r\n',
    'no version': 'POST /x\r\n\r\n',
    'version 2.0': 'POST /x HTTP/2.0\r\n\r\n',
    'a header without a colon': 'POST /x HTTP/1.1\r\nX\r\n\r\n',
    'a header without a name': 'POST /x HTTP/1.1\r\n: x\r\n\r\n',
    'a target that is none': 'POST x HTTP/1.1\r\n\r\n',
    'TLS on a plain port': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
  };
  for (const [name, request] of Object.entries(cases)) {
    test(name, () => refused(request + (request.endsWith('0\n\n') ? '' : smuggled), 400));
  }
  test('none of them was recorded', async () => {
    const paths = await recorded_paths(server);
    assert.deepEqual(paths.filter((path) => path !== '/ok'), []);
  });
});

test('a request hidden in a body stays a body', async () => {
  const line = new wire(server).send(`POST /ok HTTP/1.1\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}GET /ok HTTP/1.1\r\nConnection: close\r\n\r\n`);
  assert.equal(count(await line.end(), '200 OK'), 2);
  assert.ok(!(await recorded_paths(server)).includes('/smuggled'));
});

test('417: an expectation that is not known', () => refused('POST /x HTTP/1.1\r\nContent-Length: 1\r\nExpect: 200-maybe\r\n\r\nx', 417));
test('414: request line', () => refused(`GET /${'a'.repeat(9000)} HTTP/1.1\r\n\r\n`, 414));
test('414: request line that never ends', () => refused('GET /'.padEnd(100000, 'a'), 414));
test('431: one large header', () => refused(`GET / HTTP/1.1\r\nX: ${'a'.repeat(70000)}\r\n\r\n`, 431));
test('431: headers that are too large together', () => refused(`GET / HTTP/1.1\r\n${Array.from({ length: 10000 }, (_, i) => `X${i}: y\r\n`).join('')}\r\n`, 431));
test('413: announced body', () => refused('PUT / HTTP/1.1\r\nContent-Length: 100001\r\n\r\n', 413));
test('413: announced body of a client that waits', () => refused('PUT / HTTP/1.1\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n', 413));
test('413: a body that is larger once decompressed', () => {
  const bomb = gzipSync(Buffer.alloc(50 << 20));
  return refused(Buffer.concat([Buffer.from(`PUT / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`), bomb]), 413);
});
test('400: a body that is not in its content-encoding', () => refused('PUT / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello', 400));
test('413: chunked body', () => refused(`PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${`3e8\r\n${'x'.repeat(1000)}\r\n`.repeat(101)}0\r\n\r\n`, 413));

test('413 reaches a client that goes on sending', async () => {
  const line = new wire(server).send('PUT /x HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n').send(Buffer.alloc(8000000, 'x'));
  assert.match(await line.end(), /^HTTP\/1\.1 413 /);
  assert.equal(line.error, undefined);
});

test('a body of exactly the limit and 6,000 headers are fine', async () => {
  const line = new wire(server).send(`POST /ok HTTP/1.1\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n${'x'.repeat(100000)}`);
  assert.match(await line.end(), /^HTTP\/1\.1 200 /);
  const headers = Array.from({ length: 6000 }, (_, i) => `X${i}: y\r\n`).join('');
  assert.match(await new wire(server).send(`GET /ok HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`).end(), /^HTTP\/1\.1 200 /);
});

test('503: more connections than allowed; room again once one has gone', async () => {
  const held = [];
  for (let i = 0; i < 20; i += 1) {
    const line = new wire(server).send('GET /ok HTTP/1.1\r\n\r\n');
    held.push(line);
    await line.until((text) => text.endsWith('fine'), 'an answer');
  }
  await refused('GET /ok HTTP/1.1\r\n\r\n', 503);
  held.pop().close();
  const deadline = Date.now() + 5000;
  for (;;) {
    const text = await new wire(server).send('GET /ok HTTP/1.1\r\nConnection: close\r\n\r\n').end();
    if (text.startsWith('HTTP/1.1 200')) break;
    assert.ok(Date.now() < deadline, text);
  }
  held.forEach((line) => line.close());
});

test('bytes that are no UTF-8 in path, query, headers and body are served and recorded', async () => {
  await control(server, 'clear?type=log');
  const line = new wire(server).send('POST /caf\xe9/\xff\xfe?q=\xc3\x28 HTTP/1.1\r\nX-Bad: \xf0\x28\x8c\r\nContent-Length: 4\r\nConnection: close\r\n\r\n\xff\x00\xfe\x80');
  assert.match(await line.end(), /^HTTP\/1\.1 404 /);
  const found = await control(server, 'retrieve?type=REQUESTS');
  assert.equal(found.status, 200);
  const requests = JSON.parse(found.body.toString());
  assert.equal(requests.length, 1);
  assert.equal(requests[0].method, 'POST');
});

test('an encoded NUL, dots and slashes in a path are just a path', async () => {
  const line = new wire(server).send('GET /%00/../%2e%2e/%zz HTTP/1.1\r\nConnection: close\r\n\r\n');
  assert.match(await line.end(), /^HTTP\/1\.1 404 /);
});

// Compressed request bodies: matched and recorded as what they were made from, with the bytes received kept.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { control, count, expect, serve, wire } from './wire.mjs';

let server;
before(async () => {
  server = await serve();
  await expect(server, '/text', { httpRequest: { path: '/text', body: 'hello world' }, httpResponse: { body: 'matched' } });
  await expect(server, '/json', { httpRequest: { path: '/json', body: { type: 'JSON', json: { a: 1 } } }, httpResponse: { body: 'matched' } });
});
after(() => server.stop());

function request(method, target, encoding, body, headers = '') {
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\nContent-Encoding: ${encoding}\r\n${headers}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`), body]);
}

async function recorded(type) {
  const answer = await control(server, `retrieve?type=${type}`);
  return JSON.parse(answer.body.toString());
}

const encodings = { gzip: gzipSync, 'x-gzip': gzipSync, deflate: deflateSync, Deflate: deflateRawSync };

for (const [name, pack] of Object.entries(encodings)) {
  test(`${name}: matched and recorded decompressed`, async () => {
    await control(server, 'clear?type=log');
    const body = pack('hello world');
    assert.match(await new wire(server).send(request('POST', '/text', name, body)).end(), /matched$/);
    const [reduced] = await recorded('REQUESTS');
    assert.equal(reduced.body, 'hello world');
    assert.equal(reduced.originalBody, body.toString('base64'));
    assert.deepEqual(reduced.headers['Content-Encoding'], [name]);
    const [{ httpRequest: full }] = await recorded('REQUEST_RESPONSES');
    assert.equal(full.body, 'hello world');
    assert.equal(full.originalBody, body.toString('base64'));
  });
}

test('a JSON body is matched as JSON', async () => {
  const line = new wire(server).send(request('POST', '/json', 'gzip', gzipSync('{"b": 2, "a": 1}'), 'Content-Type: application/json\r\n'));
  assert.match(await line.end(), /matched$/);
});

test('a binary body matches decompressed or as received', async () => {
  const packed = gzipSync('hello world');
  for (const [path, bytes] of [['/packed', packed], ['/plain', Buffer.from('hello world')]]) {
    await expect(server, path, { httpRequest: { path, body: { type: 'BINARY', base64Bytes: bytes.toString('base64') } }, httpResponse: { body: 'matched' } });
    assert.match(await new wire(server).send(request('POST', path, 'gzip', packed)).end(), /matched$/);
  }
});

test('a coding that is not known leaves the body as it is', async () => {
  await control(server, 'clear?type=log');
  assert.match(await new wire(server).send(request('POST', '/text', 'br', Buffer.from('hello world'))).end(), /matched$/);
  const [reduced] = await recorded('REQUESTS');
  assert.equal(reduced.body, 'hello world');
  assert.ok(!('originalBody' in reduced));
});

test('control calls may be compressed', async () => {
  const document = '{"httpRequest":{"path":"/made"},"httpResponse":{"body":"made"}}';
  for (const [name, pack] of Object.entries(encodings)) {
    const text = await new wire(server).send(request('PUT', '/mockserver/expectation', name, pack(document))).end();
    assert.match(text, /^HTTP\/1\.1 201 /);
  }
  assert.match(await new wire(server).send('GET /made HTTP/1.1\r\nConnection: close\r\n\r\n').end(), /made$/);
});

test('a large body that compresses well, and a stream that was cut off', async () => {
  const large = 'x'.repeat(5 << 20);
  await expect(server, '/large', { httpRequest: { path: '/large', body: { type: 'REGEX', regex: '^x{10}.*' } }, httpResponse: { body: 'matched' } });
  assert.match(await new wire(server).send(request('POST', '/large', 'gzip', gzipSync(large))).end(), /^HTTP\/1\.1 (200|404) /);
  await control(server, 'clear?type=log');
  const whole = gzipSync('hello world');
  assert.match(await new wire(server).send(request('POST', '/text', 'gzip', whole.subarray(0, whole.length - 3))).end(), /matched$/);
  assert.match(await new wire(server).send(request('POST', '/text', 'gzip', whole.subarray(0, whole.length - 10))).end(), / 404 /);
  const bodies = (await recorded('REQUESTS')).map((one) => one.body);
  assert.equal(bodies[0], 'hello world');
  assert.ok('hello world'.startsWith(bodies[1]) && bodies[1].length > 5, bodies[1]);
});

test('damaged bodies are refused and not recorded, by the control plane too', async () => {
  await control(server, 'clear?type=log');
  for (const target of ['/text', '/mockserver/expectation']) {
    const text = await new wire(server).send(request('PUT', target, 'gzip', Buffer.from('{"not": "gzip"}'))).end();
    assert.match(text, /^HTTP\/1\.1 400 [^]*content-encoding/);
    assert.equal(count(text, 'HTTP/1.1 '), 1);
  }
  assert.deepEqual(await recorded('REQUESTS'), []);
});

// Keep-alive, pipelining, framing of requests and answers on one connection.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { control, count, expect, recorded_paths, serve, wire } from './wire.mjs';

let server;
before(async () => {
  server = await serve();
  await expect(server, '/ok', { httpResponse: { body: 'fine' } });
  await expect(server, '/echo', { httpRequest: { path: '/echo', body: { type: 'STRING', string: 'hello world' } }, httpResponse: { body: 'matched' } });
});
after(() => server.stop());

const ok = 'HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 4\r\n\r\nfine';
const not_found = 'HTTP/1.1 404 Not Found\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n';

async function exact(request, answer, options) {
  const line = new wire(server, options);
  line.send(request);
  await line.until((text) => text.length >= answer.length, 'the answer');
  assert.equal(line.text(), answer);
  return line;
}

test('one connection serves request after request', async () => {
  const line = await exact('GET /ok HTTP/1.1\r\n\r\n', ok);
  for (let i = 2; i < 20; i += 1) {
    line.send('GET /ok HTTP/1.1\r\n\r\n');
    await line.until((text) => text.length >= i * ok.length, `answer ${i}`);
  }
  assert.equal(line.text(), ok.repeat(19));
  line.close();
});

test('connection: close is answered and obeyed, HTTP/1.0 closes unless asked otherwise', async () => {
  const closing = new wire(server).send('GET /ok HTTP/1.1\r\nConnection: close\r\n\r\n');
  assert.equal(await closing.end(), ok.replace('keep-alive', 'close'));
  const old = new wire(server).send('GET /ok HTTP/1.0\r\n\r\n');
  assert.equal(await old.end(), ok.replace('keep-alive', 'close'));
  (await exact('GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', ok)).close();
});

test('a thousand pipelined requests get a thousand answers in order', async () => {
  const requests = Array.from({ length: 1000 }, (_, i) => `GET ${i % 2 ? '/ok' : '/none'} HTTP/1.1\r\nHost: h\r\n\r\n`).join('');
  const line = new wire(server).send(requests);
  const expected = (not_found + ok).repeat(500);
  await line.until((text) => text.length >= expected.length, 'all answers');
  assert.equal(line.text(), expected);
  line.close();
});

test('a control call between mocked requests keeps the order', async () => {
  const body = '{"httpRequest":{"path":"/made"},"httpResponse":{"body":"made"}}';
  const line = new wire(server).send(
    `GET /made HTTP/1.1\r\n\r\nPUT /mockserver/expectation HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}GET /made HTTP/1.1\r\nConnection: close\r\n\r\n`);
  const text = await line.end();
  const order = ['404 Not Found', '201 Created', '200 OK'].map((status) => text.indexOf(status));
  assert.ok(order[0] >= 0 && order[0] < order[1] && order[1] < order[2], text);
  assert.ok(text.endsWith('made'));
});

test('HEAD gets the head only', async () => {
  const head = ok.slice(0, -4);
  const line = await exact('HEAD /ok HTTP/1.1\r\n\r\n', head);
  line.send('GET /ok HTTP/1.1\r\n\r\n');
  await line.until((text) => text.length >= head.length + ok.length, 'the second answer');
  assert.equal(line.text(), head + ok);
  line.close();
});

test('bodies with a length, in chunks, and cut anywhere are the same body', async () => {
  const by_length = 'POST /echo HTTP/1.1\r\nContent-Length: 11\r\n\r\nhello world';
  const chunked = 'POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: 1\r\n\r\n';
  for (const request of [by_length, chunked]) {
    const line = new wire(server);
    line.send(request);
    await line.until((text) => text.endsWith('matched'), 'the answer to the whole request');
    for (const byte of request) {
      line.send(byte);
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    await line.until((text) => count(text, 'matched') === 2, 'the answer to single bytes');
    line.close();
  }
});

test('a body of some megabytes', async () => {
  const body = Buffer.alloc(3 << 20, 'x');
  await expect(server, '/big', { httpRequest: { path: '/big', body: { type: 'REGEX', regex: 'x{10}.*' } }, httpResponse: { body: 'big' } });
  const line = new wire(server).send(`POST /big HTTP/1.1\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`).send(body);
  assert.ok((await line.end()).startsWith('HTTP/1.1 '), 'answered');
});

test('100-continue comes only when the body is still missing', async () => {
  const head = 'POST /echo HTTP/1.1\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n';
  const line = new wire(server).send(head);
  await line.until((text) => text === 'HTTP/1.1 100 Continue\r\n\r\n', '100');
  line.send('hello world');
  await line.until((text) => text.endsWith('matched'), 'the answer');
  line.close();
  const whole = new wire(server).send(`${head}hello world`);
  await whole.until((text) => text.endsWith('matched'), 'the answer');
  assert.equal(count(whole.text(), '100 Continue'), 0);
  whole.close();
});

test('absolute targets and empty lines before a request', async () => {
  (await exact('GET http://elsewhere:99/ok HTTP/1.1\r\n\r\n', ok)).close();
  (await exact('\r\n\r\nGET /ok?a=b HTTP/1.1\r\n\r\n', ok)).close();
  (await exact('OPTIONS * HTTP/1.1\r\n\r\n', not_found)).close();
});

test('a client that closes its half first still gets its answers', async () => {
  const line = new wire(server, { half_open: true });
  line.socket.end('GET /ok HTTP/1.1\r\n\r\nGET /ok HTTP/1.1\r\n\r\n');
  await line.until((text) => text.length >= 2 * ok.length, 'both answers');
  assert.equal(line.text(), ok + ok);
  line.close();
});

test('a request is recorded before its answer is sent', async () => {
  await control(server, 'clear?type=log');
  for (let i = 0; i < 20; i += 1) {
    (await exact(`GET /none/${i} HTTP/1.1\r\n\r\n`, not_found)).close();
    assert.ok((await recorded_paths(server)).includes(`/none/${i}`));
  }
});

test('both families of addresses reach the server', async () => {
  const line = new wire({ port: server.port });
  line.close();
  const net = await import('node:net');
  const connected = await new Promise((resolve) => {
    const six = net.connect({ host: '::1', port: server.port }, () => { six.destroy(); resolve('connected'); });
    six.on('error', (error) => resolve(error.code));
  });
  assert.ok(connected === 'connected' || connected === 'EADDRNOTAVAIL' || connected === 'EAFNOSUPPORT', connected);
});

test('ports can be bound while the server runs', async () => {
  const answer = await control(server, 'bind', { ports: [0, 0] });
  assert.equal(answer.status, 200);
  const { ports } = JSON.parse(answer.body.toString());
  assert.equal(ports.length, 2);
  for (const port of ports) {
    const line = new wire({ port }).send('GET /ok HTTP/1.1\r\nConnection: close\r\n\r\n');
    assert.ok((await line.end()).endsWith('fine'));
  }
  const taken = await control(server, 'bind', { ports: [0, ports[0]] });
  assert.equal(taken.status, 400);
  assert.match(taken.body.toString(), /port already in use/);
});

// How answers get through: pooled connections, framing, back-pressure, streams, ends that come too early.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { http_connection, request_bytes } from '../../support/http.mjs';
import { free_port } from '../../support/server.mjs';
import { ask, configure, control, forward_to, header, ok, retrieve, serve, start_upstream, until, wire } from './steps.mjs';

let server;
before(async () => { server = await serve('--io-threads', '1', '--max-socket-timeout', '700', '--socket-connection-timeout', '700'); });
after(() => server.stop());

async function with_upstream(answer, work, options) {
  const upstream = await start_upstream(answer, options);
  try {
    await control(server, 'reset');
    await forward_to(server, upstream);
    await work(upstream);
  } finally {
    await upstream.stop();
  }
}

test('requests one after another share an upstream connection', () => with_upstream(() => ok('x'), async (upstream) => {
  const connection = new http_connection('127.0.0.1', server.port);
  for (let i = 0; i < 20; ++i) assert.equal((await connection.exchange(request_bytes({ method: i % 2 ? 'POST' : 'GET', target: '/a', headers: [['Host', 'x']], body: Buffer.from(i % 2 ? 'body' : '') }))).status, 200);
  connection.close();
  assert.equal(upstream.connections, 1);
  assert.equal(upstream.seen.length, 20);
}));

test('requests at the same time do not wait for each other', async () => {
  const held = [];
  await with_upstream((request, socket) => { held.push(socket); if (held.length === 8) for (const one of held) one.write(ok('x')); }, async (upstream) => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(server, '/a')));
    assert.deepEqual(answers.map((one) => one.status), Array(8).fill(200));
    assert.equal(upstream.connections, 8);
  });
});

test('pipelined requests are answered in their order', () => with_upstream((request) => ok(request.line.split(' ')[1]), async () => {
  const client = new wire(server);
  client.send(['/1', '/2', '/3'].map((target) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  const text = await client.until((got) => got.includes('/3'), 'the third answer');
  assert.deepEqual(text.match(/(?<=\r\n\r\n)\/\d/g), ['/1', '/2', '/3']);
  client.close();
}));

test('a pooled connection that the upstream closed meanwhile is not used again', () => with_upstream((request, socket) => { socket.end(ok('x')); }, async (upstream) => {
  assert.equal((await ask(server, '/1')).status, 200);
  await until(() => upstream.open() === 0, 'the upstream has closed');
  assert.equal((await ask(server, '/2', { method: 'POST', body: 'x' })).status, 200);
  assert.equal(upstream.seen.length, 2);
}));

test('a request that may be repeated is, when the pooled connection ends under it; no other one is', async () => {
  let ends = false;
  await with_upstream((request, socket) => { if (ends && socket.used) { socket.destroy(); return undefined; } socket.used = true; return ok('x'); }, async (upstream) => {
    assert.equal((await ask(server, '/1')).status, 200);
    ends = true;
    assert.equal((await ask(server, '/2')).status, 200);
    assert.equal(upstream.seen.length, 3);
    assert.equal((await ask(server, '/3', { method: 'POST', body: 'x' })).status, 502);
    assert.equal(upstream.seen.length, 4);
  });
});

test('a chunked answer that has come as a whole gets a length', () => with_upstream(() => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n', async () => {
  const answer = await ask(server, '/a');
  assert.equal(answer.framing, 'length');
  assert.equal(answer.body.toString(), 'abc');
}));

test('one that has not stays chunked, or ends with the connection for HTTP/1.0', () => with_upstream((request, socket) => {
  setTimeout(() => socket.write('2\r\nde\r\n0\r\n\r\n'), 100);
  return 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n';
}, async () => {
  const answer = await ask(server, '/a');
  assert.equal(answer.framing, 'chunked');
  assert.equal(answer.body.toString(), 'abcde');
  assert.equal(header(answer, 'connection'), 'keep-alive');
  const client = new wire(server);
  client.send('GET /a HTTP/1.0\r\n\r\n');
  const text = await client.end();
  assert.match(text, /connection: close\r\n/);
  assert.doesNotMatch(text, /transfer-encoding/i);
  assert.ok(text.endsWith('\r\n\r\nabcde'));
}));

test('HEAD, 204 and 304 leave the connection in order', () => with_upstream((request) => {
  if (request.line.startsWith('HEAD')) return 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
  return request.line.includes('/204') ? 'HTTP/1.1 204 No Content\r\n\r\n' : 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "x"\r\n\r\n';
}, async (upstream) => {
  const connection = new http_connection('127.0.0.1', server.port);
  for (const [method, target, status] of [['HEAD', '/h', 200], ['GET', '/204', 204], ['GET', '/304', 304], ['HEAD', '/h', 200]]) {
    const answer = await connection.exchange(request_bytes({ method, target, headers: [['Host', 'x']] }), { head_only: method === 'HEAD' });
    assert.equal(answer.status, status);
    assert.equal(connection.data.length, 0);
  }
  connection.close();
  assert.equal(upstream.connections, 1);
}));

test('a client that waits for 100 Continue gets it before the upstream sees the request', () => with_upstream((request) => ok(request.body), async (upstream) => {
  const client = new wire(server);
  client.send('POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
  await client.until((text) => text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'), '100 Continue');
  assert.equal(upstream.seen.length, 0);
  client.send('abc');
  await client.until((text) => text.endsWith('abc'), 'the answer');
  assert.ok(!upstream.seen[0].headers.some(([name]) => name.toLowerCase() === 'expect'));
  client.close();
}));

test('a large answer is held for a slow client by the upstream, not by this server', async () => {
  const size = 40 * 1024 * 1024;
  const piece = Buffer.alloc(256 * 1024, 'x');
  let written = 0;
  await with_upstream((request, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    const more = () => {
      while (written < size) {
        written += piece.length;
        if (!socket.write(piece)) { socket.once('drain', more); return; }
      }
    };
    more();
    return undefined;
  }, async () => {
    let got = 0;
    const client = net.connect(server.port, '127.0.0.1');
    client.pause();
    client.write('GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    // It stops growing long before the end: every buffer on the way is full.
    let before = -1;
    await until(async () => { const same = written > 0 && written === before; before = written; await new Promise((resolve) => { setTimeout(resolve, 300); }); return same; }, 'the upstream has to wait');
    assert.ok(written < size / 2, `${written} of ${size} bytes have left the upstream`);
    const ended = new Promise((resolve) => { client.once('close', resolve); });
    client.on('data', (data) => { got += data.length; });
    client.resume();
    await ended;
    assert.ok(got > size && got < size + 500, `${got} bytes came`);
  });
});

test('an event stream comes through event by event, longer than the limit for answers', async () => {
  let stream;
  await with_upstream((request, socket) => { stream = socket; return 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'; }, async () => {
    const client = new wire(server);
    client.send('GET /a HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.until((text) => text.includes('\r\n\r\n'), 'the head');
    for (const event of ['one', 'two']) {
      await new Promise((resolve) => { setTimeout(resolve, 900); });
      const text = `data: ${event}\n\n`;
      stream.write(`${text.length.toString(16)}\r\n${text}\r\n`);
      await client.until((got) => got.includes(event), `event ${event}`);
    }
    stream.write('0\r\n\r\n');
    await client.until((got) => got.endsWith('0\r\n\r\n'), 'the end');
    client.close();
    const [pair] = await retrieve(server, 'RECORDED_EXPECTATIONS');
    assert.match(JSON.stringify(pair.httpResponse.body), /data: one.*data: two/);
  });
});

test('a client that leaves ends the request to the upstream', () => with_upstream(() => undefined, async (upstream) => {
  await configure(server, { maxSocketTimeoutInMillis: 20000 });
  try {
    const client = new wire(server);
    client.send('GET /a HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => upstream.seen.length === 1, 'the upstream has the request');
    client.close();
    await until(() => upstream.open() === 0, 'its connection is closed');
  } finally {
    await configure(server, { maxSocketTimeoutInMillis: 700 });
  }
}));

test('an upstream that is silent is given up', () => with_upstream(() => undefined, async () => {
  const started = Date.now();
  assert.equal((await ask(server, '/a')).status, 502);
  assert.ok(Date.now() - started >= 600 && Date.now() - started < 5000);
}));

test('an answer that breaks off is cut off for the client too', () => with_upstream((request, socket) => {
  socket.end(request.line.includes('chunked') ? 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n' : 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc');
  return undefined;
}, async () => {
  for (const target of ['/length', '/chunked']) {
    const answer = await ask(server, target);
    assert.ok(answer.status === 502 || answer.framing === 'truncated', JSON.stringify(answer));
  }
}));

test('answers that are too large are refused', () => with_upstream(() => `HTTP/1.1 200 OK\r\nContent-Length: ${60 * 1024 * 1024}\r\n\r\n`, async () => {
  assert.equal((await ask(server, '/a')).status, 502);
}));

test('a stop waits for a forwarded request', async () => {
  const other = await serve();
  let held;
  const upstream = await start_upstream((request, socket) => { held = socket; });
  try {
    await forward_to(other, upstream);
    const answer = ask(other, '/a');
    await until(() => held, 'the upstream has the request');
    const stopped = other.stop();
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    held.write(ok('late'));
    const got = await answer;
    assert.equal(got.body.toString(), 'late');
    assert.equal(header(got, 'connection'), 'close');
    await stopped;
  } finally {
    await upstream.stop();
  }
});

test('a stop that waits no longer ends forwarded requests and idle connections', async () => {
  const other = await serve('--stop-drain-millis', '200');
  const upstream = await start_upstream((request) => (request.line.includes('/idle') ? ok('x') : undefined));
  try {
    await forward_to(other, upstream);
    assert.equal((await ask(other, '/idle')).status, 200);
    const answer = ask(other, '/never');
    await until(() => upstream.seen.length === 2, 'the upstream has the request');
    await other.stop();
    assert.ok((await answer).dropped);
  } finally {
    await upstream.stop();
  }
});

function has_nginx() {
  try { execFileSync('nginx', ['-v'], { stdio: 'ignore' }); return true; } catch { return false; }
}

test('to nginx and back', { skip: has_nginx() ? false : 'nginx is not installed' }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'forward-nginx-'));
  const port = await free_port();
  writeFileSync(path.join(folder, 'data'), Buffer.alloc(3_000_000, 'y'));
  writeFileSync(path.join(folder, 'nginx.conf'), `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 64; }
http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server { listen 127.0.0.1:${port}; root ${folder}; location /echo { return 200 "$request_method $http_host $http_x_a"; } } }`);
  const child = spawn('nginx', ['-p', folder, '-c', path.join(folder, 'nginx.conf')], { stdio: 'ignore' });
  try {
    await until(async () => { try { return (await fetch(`http://127.0.0.1:${port}/echo`)).ok; } catch { return false; } }, 'nginx is there');
    await control(server, 'reset');
    await forward_to(server, { port });
    assert.equal((await ask(server, '/echo', { headers: [['X-A', '1']] })).body.toString(), `GET 127.0.0.1:${port} 1`);
    assert.equal((await ask(server, '/data')).body.length, 3_000_000);
    assert.equal(header(await ask(server, '/data', { method: 'HEAD' }), 'content-length'), '3000000');
  } finally {
    const gone = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill('SIGTERM');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  }
});

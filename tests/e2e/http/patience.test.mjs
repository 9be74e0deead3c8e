// Slow clients, slow answers, and the end of the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { control, count, expect, serve, wire } from './wire.mjs';

test('clients that send slowly do not delay others and are told 408', async () => {
  const server = await serve('--request-header-timeout-millis', '1500', '--request-body-timeout-millis', '1500');
  try {
    await expect(server, '/ok', { httpResponse: { body: 'fine' } });
    const slow = Array.from({ length: 200 }, (_, i) => new wire(server).send(i % 2 ? 'GET /ok HT' : 'POST /ok HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc'));
    const quick = new wire(server);
    const started = performance.now();
    for (let i = 1; i <= 200; i += 1) {
      quick.send('GET /ok HTTP/1.1\r\n\r\n');
      await quick.until((text) => count(text, 'fine') === i, `answer ${i}`);
    }
    assert.ok(performance.now() - started < 10000);
    quick.close();
    for (const line of slow) assert.match(await line.end(), /^HTTP\/1\.1 408 /);
  } finally {
    await server.stop();
  }
});

test('idle connections are closed, without a word', async () => {
  const server = await serve('--inbound-connection-idle-timeout-millis', '500');
  try {
    const line = new wire(server).send('GET / HTTP/1.1\r\n\r\n');
    assert.equal(count(await line.end(), 'HTTP/1.1 '), 1);
  } finally {
    await server.stop();
  }
});

test('a client that does not read its large answers holds up nobody, uses little memory and loses nothing', async () => {
  const server = await serve();
  try {
    const size = 4 << 20;
    await expect(server, '/large', { httpResponse: { body: 'L'.repeat(size) } });
    await expect(server, '/ok', { httpResponse: { body: 'fine' } });
    const fs = await import('node:fs');
    const resident = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);
    const before = resident();
    const lazy = new wire(server, { paused: true }).send('GET /large HTTP/1.1\r\n\r\n'.repeat(20));
    const quick = new wire(server);
    for (let i = 1; i <= 100; i += 1) {
      quick.send('GET /ok HTTP/1.1\r\n\r\n');
      await quick.until((text) => count(text, 'fine') === i, `answer ${i}`);
    }
    quick.close();
    assert.ok(resident() - before < 5 * size / 1024, `${resident() - before} KiB for an answer of ${size} bytes`);
    let got = 0;
    lazy.socket.on('data', (piece) => { got += piece.length; });
    lazy.socket.resume();
    const head = `HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: ${size}\r\n\r\n`.length;
    const deadline = Date.now() + 20000;
    while (got < 20 * (size + head)) {
      assert.ok(Date.now() < deadline, `${got} bytes came`);
      await new Promise((resolve) => { lazy.socket.once('data', resolve); setTimeout(resolve, 100); });
    }
    assert.equal(got, 20 * (size + head));
    lazy.close();
  } finally {
    await server.stop();
  }
});

test('SIGTERM: running requests are answered, idle connections closed, new ones get one answer, exit code 0', async () => {
  const server = await serve();
  await expect(server, '/delayed', { httpResponse: { body: 'at last', delay: { timeUnit: 'MILLISECONDS', value: 1000 } } });
  const idle = new wire(server).send('GET /none HTTP/1.1\r\n\r\n');
  await idle.until((text) => text.includes('404'), 'an answer');
  const running = new wire(server).send('GET /delayed HTTP/1.1\r\n\r\n');
  while (!(await control(server, 'retrieve?type=REQUESTS')).body.includes('/delayed')) { /* recorded once it runs */ }
  process.kill(server.pid, 'SIGTERM');
  await idle.end();
  const late = new wire(server).send('GET /none HTTP/1.1\r\n\r\n');
  assert.match(await late.end(), /^HTTP\/1\.1 404 [^]*connection: close/);
  const text = await running.end();
  assert.ok(text.startsWith('HTTP/1.1 200 OK') && text.endsWith('at last'), text);
  assert.deepEqual(await server.gone, { code: 0, signal: null });
  const refused = new wire(server);
  await refused.end();
  assert.equal(refused.error?.code, 'ECONNREFUSED');
  await server.stop();
});

const minute = { timeUnit: 'MINUTES', value: 1 };

test('clients that leave while their answer is delayed free their places at once, and a stop does not wait for them', async () => {
  const server = await serve('--max-inbound-connections', '4');
  await expect(server, '/late', { httpResponse: { body: 'late', delay: minute } });
  const lines = [];
  for (let i = 0; i < 3; i += 1) lines.push(new wire(server).send('GET /late HTTP/1.1\r\n\r\n'));
  const recorded = async () => count((await control(server, 'retrieve?type=REQUESTS')).body.toString(), '"/late"');
  while (await recorded() < 3) { /* recorded once it runs */ }
  lines[0].socket.end();
  lines[1].socket.resetAndDestroy();
  const deadline = Date.now() + 5000;
  for (;;) {
    const more = Array.from({ length: 2 }, () => new wire(server).send('GET /none HTTP/1.1\r\n\r\n'));
    const texts = await Promise.all(more.map((line) => line.until((text) => text.includes('\r\n\r\n'), 'an answer')));
    more.forEach((line) => line.close());
    if (texts.every((text) => text.includes('404'))) break;
    assert.ok(Date.now() < deadline, texts.join());
  }
  lines[2].close();
  const started = performance.now();
  await server.stop();
  assert.ok(performance.now() - started < 4000);
});

test('half a head does not hold up a stop, and answers during it say that the connection ends', async () => {
  const server = await serve('--stop-drain-millis', '20000');
  await expect(server, '/delayed', { httpResponse: { body: 'at last', delay: { timeUnit: 'MILLISECONDS', value: 1000 } } });
  const half = new wire(server).send('GET /d HTTP/1.1\r\nHo');
  const running = new wire(server).send('GET /delayed HTTP/1.1\r\n\r\n');
  while (!(await control(server, 'retrieve?type=REQUESTS')).body.includes('/delayed')) { /* recorded once it runs */ }
  const started = performance.now();
  process.kill(server.pid, 'SIGTERM');
  assert.equal(await half.end(), '');
  // As long as something runs, whoever asks on a new connection hears that the server ends.
  const asking = new wire(server).send('GET /mockserver/ready HTTP/1.1\r\n\r\n');
  assert.match(await asking.end(), /^HTTP\/1\.1 503 [^]*connection: close[^]*"draining"/);
  assert.match(await running.end(), /^HTTP\/1\.1 200 OK\r\nconnection: close\r\n[^]*at last$/);
  await server.gone;
  assert.ok(performance.now() - started < 8000);
  await server.stop();
});

test('verifications that wait hold up nobody and are answered at a stop', async () => {
  const server = await serve('--stop-drain-millis', '20000');
  const document = JSON.stringify({ httpRequest: { path: '/never' }, timeout: 60000, times: { atLeast: 1 } });
  const waiting = Array.from({ length: 20 }, () => new wire(server).send(`PUT /mockserver/verify HTTP/1.1\r\nContent-Length: ${document.length}\r\n\r\n${document}`));
  await expect(server, '/ok', { httpResponse: { body: 'fine' } });
  const quick = new wire(server).send('GET /ok HTTP/1.1\r\n\r\n');
  await quick.until((text) => text.includes('fine'), 'an answer');
  quick.close();
  const started = performance.now();
  process.kill(server.pid, 'SIGTERM');
  for (const line of waiting) assert.match(await line.end(), /^HTTP\/1\.1 406 [^]*Request not found at least once/);
  await server.gone;
  assert.ok(performance.now() - started < 8000);
  await server.stop();
});

test('a stop cuts off what takes longer than stopDrainMillis', async () => {
  const server = await serve('--stop-drain-millis', '300');
  await expect(server, '/endless', { httpResponse: { body: 'never', delay: { timeUnit: 'MINUTES', value: 10 } } });
  const running = new wire(server).send('GET /endless HTTP/1.1\r\n\r\n');
  while (!(await control(server, 'retrieve?type=REQUESTS')).body.includes('/endless')) { /* recorded once it runs */ }
  const started = performance.now();
  await server.stop('SIGINT');
  assert.ok(performance.now() - started < 5000);
  assert.match(server.output(), / cut-off=1 .*drain-cut-off/);
  assert.equal(await running.end(), '');
});

test('a second signal ends a drain at once', async () => {
  const server = await serve();
  await expect(server, '/endless', { httpResponse: { body: 'never', delay: { timeUnit: 'MINUTES', value: 10 } } });
  const running = new wire(server).send('GET /endless HTTP/1.1\r\n\r\n');
  while (!(await control(server, 'retrieve?type=REQUESTS')).body.includes('/endless')) { /* recorded once it runs */ }
  process.kill(server.pid, 'SIGTERM');
  const deadline = Date.now() + 5000;
  while (!server.output().includes('stopping') && Date.now() < deadline) await new Promise((resolve) => { setTimeout(resolve, 5); });
  const started = performance.now();
  process.kill(server.pid, 'SIGTERM');
  await server.gone;
  assert.ok(performance.now() - started < 5000);
  await running.end();
});

test('PUT /mockserver/stop is answered before the server ends', async () => {
  const server = await serve();
  const answer = await control(server, 'stop');
  assert.equal(answer.status, 200);
  assert.deepEqual(await server.gone, { code: 0, signal: null });
  assert.match(server.output(), /stopped/);
});

test('several ports are named in the start-up line', async () => {
  const server = await serve();
  await server.stop();
  const { spawn } = await import('node:child_process');
  const child = spawn(process.env.MOCKFLEET_BIN, ['--server-port', '0,0', '--plugin-dir', process.env.MOCKFLEET_PLUGIN_DIR], { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' });
  let output = '';
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  await new Promise((resolve) => { child.stdout.on('data', (piece) => { output += piece; if (/started/.test(output)) resolve(); }); child.once('exit', resolve); });
  assert.match(output, /INFO started on ports: \[\d+, \d+\]\s/i);
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});

test('a port that is taken ends the start with exit code 1 and a line that names it', async () => {
  const server = await serve();
  try {
    const { spawnSync } = await import('node:child_process');
    const second = spawnSync(process.env.MOCKFLEET_BIN, ['--server-port', String(server.port), '--plugin-dir', process.env.MOCKFLEET_PLUGIN_DIR], { encoding: 'utf8', timeout: 10000, cwd: '/' });
    assert.equal(second.status, 1, second.stderr);
    assert.match(second.stderr, new RegExp(`${server.port}.*in use`));
  } finally {
    await server.stop();
  }
});

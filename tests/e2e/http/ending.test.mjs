// A signal ends the program whatever the backend does: while it starts, while its state is read, with a call outstanding.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { wire } from './wire.mjs';

function start(...flags) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'mockfleet-ending-'));
  const args = ['--server-port', '0', '--plugin-dir', process.env.MOCKFLEET_BAD_PLUGINS, '--state-backend', 'hangs', ...flags];
  const child = spawn(path.resolve(process.env.MOCKFLEET_BIN), args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  const running = { child, pid: child.pid, output: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => { running.output += piece; });
  running.gone = new Promise((resolve) => { child.once('close', (code, signal) => { rmSync(directory, { recursive: true, force: true }); resolve({ code, signal }); }); });
  return running;
}

async function until(condition, what, patience_ms = 20000) {
  const deadline = Date.now() + patience_ms;
  for (;;) {
    const value = condition();
    if (value) return value;
    assert.ok(Date.now() < deadline, what());
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}

function thread_count(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}

/** The program's signals are taken once its main loop runs beside the start: two threads more than the control threads. */
const takes_signals = (pid) => thread_count(pid) >= 4 && (BigInt(`0x${/SigCgt:\s*(\w+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]}`) & (1n << 14n)) !== 0n;

describe('SIGTERM while the backend', () => {
  for (const where of ['start', 'scan']) {
    test(`hangs in ${where}`, async () => {
      const running = start('--set', `plugins.hangs.where=${where}`);
      try {
        await until(() => takes_signals(running.pid), () => running.output);
        running.child.kill('SIGTERM');
        const before = Date.now();
        assert.deepEqual(await running.gone, { code: 0, signal: null }, running.output);
        assert.ok(Date.now() - before < 5000);
        assert.match(running.output, /stopped while waiting for the state backend \[stopped\]/);
      } finally {
        running.child.kill('SIGKILL');
      }
    });
  }

  test('owes an answer', async () => {
    const running = start('--set', 'plugins.hangs.where=put', '--stop-drain-millis', '100');
    try {
      const port = await until(() => Number(/started on port: (\d+)/.exec(running.output)?.[1]), () => running.output);
      const body = '{"id":"an-id","httpRequest":{"path":"/a"},"httpResponse":{}}';
      new wire({ port }).send(`PUT /mockserver/expectation HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      // Answered later than the call before it was taken, so that call is with the backend by now or soon.
      const other = new wire({ port }).send('PUT /mockserver/status HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n');
      await until(() => other.data.includes('ports'), () => running.output);
      running.child.kill('SIGTERM');
      const ended = await running.gone;
      assert.equal(ended.signal, null, running.output);
      assert.equal(ended.code, 1, running.output);
      assert.match(running.output, /1 calls not completed: put 'an-id'/);
      assert.match(running.output, /\[stop-incomplete\]/);
    } finally {
      running.child.kill('SIGKILL');
    }
  });
});

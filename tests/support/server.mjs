// Starts the programs under test (our server, or another one that answers the same protocol) and stops them by their own process id.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { http_connection, request_bytes } from './http.mjs';

/** A port that was free a moment ago, below those that the system gives to whoever connects or asks for any (from 32768). */
export async function free_port() {
  for (;;) {
    const port = 10000 + Math.floor(Math.random() * 22000);
    const free = await new Promise((resolve) => {
      const probe = net.createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** host and port of a base URL such as http://localhost:1080. */
export function address_of(url) {
  const parsed = new URL(url);
  return { host: parsed.hostname === 'localhost' ? '127.0.0.1' : parsed.hostname, port: Number(parsed.port || 80) };
}

function launch(command, args, options) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'mockfleet-test-'));
  const child = spawn(command, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const running = { child, directory, output: '', ended: null };
  running.gone = new Promise((resolve) => {
    const finish = (code, signal) => { running.ended = { code, signal }; resolve(running.ended); };
    // What it said last may still be in the pipe; something else that holds the pipe is not waited for long.
    child.once('exit', (code, signal) => {
      const last_words = setTimeout(finish, 1000, code, signal);
      child.once('close', () => { clearTimeout(last_words); finish(code, signal); });
    });
    child.once('error', (error) => { running.output += `${error.message}\n`; finish(-1, null); });
  });
  const collect = (piece) => { if (running.output.length < 1 << 20) running.output += piece.toString(); };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return running;
}

async function stop(running, signal = 'SIGTERM', patience_ms = 10000) {
  if (!running.ended) {
    running.child.kill(signal);
    let timer;
    const patience = new Promise((resolve) => { timer = setTimeout(resolve, patience_ms); });
    await Promise.race([running.gone, patience]);
    clearTimeout(timer);
    if (!running.ended) { running.child.kill('SIGKILL'); await running.gone; }
  }
  rmSync(running.directory, { recursive: true, force: true });
  return running.ended;
}

async function until(condition, running, patience_ms, what) {
  const deadline = Date.now() + patience_ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (running.ended || Date.now() > deadline) {
      const output = running.output;
      await stop(running, 'SIGKILL');
      throw new Error(`${what}; its output was:\n${output}`);
    }
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}

/**
 * Starts our server on a free port and resolves once it printed its start-up line, or what `sign` finds.
 * `flags` are added to the command line; the working directory is an empty one that stop() removes, unless `directory` names another.
 */
export async function start_server({ binary, plugin_dir, flags = [], env = {}, directory, patience_ms = 15000, sign = /started on port: (\d+)/ }) {
  const args = ['--server-port', '0', ...(plugin_dir ? ['--plugin-dir', path.resolve(plugin_dir)] : []), ...flags];
  const running = launch(path.resolve(binary), args, { env: { ...process.env, ...env }, ...(directory ? { cwd: directory } : {}) });
  const port = Number((await until(() => sign.exec(running.output), running, patience_ms, 'the server did not start'))[1]);
  return { url: `http://localhost:${port}`, port, pid: running.child.pid, output: () => running.output, gone: running.gone, stop: (signal) => stop(running, signal) };
}

/** Starts the reference server through its start script (given the port as its argument) and waits until it answers. */
export async function start_oracle({ script, port }) {
  const chosen = port ?? await free_port();
  const running = launch(path.resolve(script), [String(chosen)], {});
  await until(async () => {
    const connection = new http_connection('127.0.0.1', chosen);
    try {
      const answer = await connection.exchange(request_bytes({ method: 'PUT', target: '/mockserver/status', headers: [['Host', `localhost:${chosen}`]] }));
      return answer.status === 200;
    } catch {
      return false;
    } finally {
      connection.close();
    }
  }, running, 300000, 'the reference server did not start');
  return { url: `http://localhost:${chosen}`, port: chosen, pid: running.child.pid, output: () => running.output, stop: () => stop(running) };
}

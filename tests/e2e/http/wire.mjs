// A raw connection and a started server for the tests of this folder.
import assert from 'node:assert/strict';
import net from 'node:net';
import { http_connection, request_bytes } from '../../support/http.mjs';
import { start_server } from '../../support/server.mjs';

/** The program under test, which answers whatever host is asked for; its stop() asserts that it ended well. */
export const serve = (...flags) => serve_as_is('--attempt-to-proxy-if-no-matching-expectation', 'false', ...flags);

/** The same with these flags only. */
export async function serve_as_is(...flags) {
  assert.ok(process.env.MOCKFLEET_BIN, 'set MOCKFLEET_BIN and MOCKFLEET_PLUGIN_DIR');
  const started = await start_server({ binary: process.env.MOCKFLEET_BIN, plugin_dir: process.env.MOCKFLEET_PLUGIN_DIR, flags });
  return {
    ...started,
    stop: async (signal) => {
      const ended = await started.stop(signal);
      assert.equal(ended.code, 0, `the server ended with ${JSON.stringify(ended)}:\n${started.output()}`);
    },
  };
}

/** Calls the control plane; resolves to the answer. */
export async function control(server, path, document) {
  const connection = new http_connection('127.0.0.1', server.port);
  try {
    const body = document === undefined ? Buffer.alloc(0) : Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
    return await connection.exchange(request_bytes({ method: 'PUT', target: `/mockserver/${path}`, body }), { timeout_ms: 20000 });
  } finally {
    connection.close();
  }
}

export async function expect(server, path, rest) {
  const answer = await control(server, 'expectation', { httpRequest: { path }, ...rest });
  assert.equal(answer.status, 201, answer.body?.toString());
}

export async function recorded_paths(server) {
  const answer = await control(server, 'retrieve?type=REQUESTS');
  return JSON.parse(answer.body.toString()).map((request) => request.path);
}

/** A socket whose bytes stay as they are. */
export class wire {
  constructor(server, options = {}) {
    this.data = Buffer.alloc(0);
    this.closed = false;
    this.wake = () => {};
    this.socket = net.connect({ host: '127.0.0.1', port: server.port, noDelay: true, allowHalfOpen: options.half_open ?? false });
    if (options.paused) this.socket.pause();
    else this.read();
    const ended = () => { this.closed = true; this.wake(); };
    for (const event of ['end', 'close']) this.socket.on(event, ended);
    this.socket.on('error', (error) => { this.error = error; ended(); });
  }

  read() {
    this.socket.on('data', (piece) => { this.data = Buffer.concat([this.data, piece]); this.wake(); });
    this.socket.resume();
  }

  send(bytes) {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  text() { return this.data.toString('latin1'); }

  /** Waits until `condition(text)` holds; fails after `timeout_ms`. */
  async until(condition, what, timeout_ms = 15000) {
    const deadline = Date.now() + timeout_ms;
    while (!condition(this.text())) {
      const left = deadline - Date.now();
      assert.ok(left > 0, `${what} did not come; so far: ${JSON.stringify(this.text().slice(0, 2000))} closed: ${this.closed}`);
      if (this.closed) assert.fail(`closed before ${what}: ${JSON.stringify(this.text().slice(0, 2000))}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => { clearTimeout(timer); resolve(); };
      });
    }
    return this.text();
  }

  async end(timeout_ms = 15000) {
    const deadline = Date.now() + timeout_ms;
    while (!this.closed) {
      const left = deadline - Date.now();
      assert.ok(left > 0, `the server did not close; so far: ${JSON.stringify(this.text().slice(0, 2000))}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => { clearTimeout(timer); resolve(); };
      });
    }
    return this.text();
  }

  close() { this.socket.destroy(); }
}

/** How often `part` occurs. */
export function count(text, part) { return text.split(part).length - 1; }

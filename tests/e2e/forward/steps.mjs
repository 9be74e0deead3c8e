// Short ways to forward to an upstream and to ask through the server.
import assert from 'node:assert/strict';
import { http_connection, request_bytes } from '../../support/http.mjs';
import { control } from '../http/wire.mjs';

export { control, count, serve_as_is as serve, wire } from '../http/wire.mjs';
export { header } from '../../support/http.mjs';
export { ok, start_upstream } from '../../support/upstream.mjs';

/** One request over a connection of its own; `target` may be absolute. */
export async function ask(server, target, { method = 'GET', headers = [], body = Buffer.alloc(0), timeout_ms = 10000, host } = {}) {
  const connection = new http_connection('127.0.0.1', server.port);
  try {
    const all = [['Host', host ?? `127.0.0.1:${server.port}`], ...headers];
    return await connection.exchange(request_bytes({ method, target, headers: all, body: Buffer.from(body) }), { head_only: method === 'HEAD', timeout_ms });
  } finally {
    connection.close();
  }
}

/** From now on everything goes to `upstream`. */
export async function forward_to(server, upstream, more = {}) {
  const answer = await control(server, 'expectation', { id: 'forward', httpRequest: {}, httpForward: { host: '127.0.0.1', port: upstream.port, ...more } });
  assert.equal(answer.status, 201, answer.body?.toString());
}

export async function retrieve(server, type, filter) {
  const answer = await control(server, `retrieve?type=${type}`, filter);
  assert.equal(answer.status, 200, answer.body?.toString());
  return JSON.parse(answer.body.toString());
}

/** Changes settings of the running server. */
export async function configure(server, settings) {
  const answer = await control(server, 'configuration', settings);
  assert.equal(answer.status, 200, answer.body?.toString());
}

export async function until(condition, what, timeout_ms = 10000) {
  const deadline = Date.now() + timeout_ms;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `${what} within ${timeout_ms} ms`);
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
}

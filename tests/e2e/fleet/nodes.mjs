// A fleet of real nodes on loopback with engines of their own, and short ways to ask one of them.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { http_connection, request_bytes } from '../../support/http.mjs';
import { free_port, start_server } from '../../support/server.mjs';

/** One request on a connection of its own; `json` is the parsed body, when it is JSON. */
export async function call(node, method, target, document) {
  const connection = new http_connection('127.0.0.1', node.port);
  try {
    const body = document === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(document));
    const answer = await connection.exchange(request_bytes({ method, target, body }), { timeout_ms: 30000 });
    const text = answer.body?.toString() ?? '';
    let json;
    try { json = JSON.parse(text); } catch { /* text */ }
    return { status: answer.status, text, json, headers: answer.headers };
  } finally {
    connection.close();
  }
}

export const put = (node, resource, document) => call(node, 'PUT', `/mockserver/${resource}`, document);
export const get = (node, target) => call(node, 'GET', target);

/** A fleet of `count` nodes; resolves when the first `now` of them serve. start(n) adds or brings back node n; node `witness` only votes. */
export async function start_fleet(count, { extra = [], now = count, witness = -1 } = {}) {
  const data = mkdtempSync(path.join(os.tmpdir(), 'mockfleet-fleet-'));
  const ports = [];
  for (let n = 0; n < count; n += 1) ports.push({ peer: await free_port(), ack: await free_port(), client: await free_port() });
  const seeds = ports.map((one) => `127.0.0.1:${one.peer}:${one.ack}`).join(',');
  const start = (n) => start_server({
    binary: process.env.MOCKFLEET_BIN,
    plugin_dir: process.env.MOCKFLEET_PLUGIN_DIR,
    patience_ms: 60000,
    ...(n === witness ? { sign: /a witness: votes/ } : {}),
    flags: ['--cluster-enabled', 'true', '--cluster-seeds', seeds, '--cluster-peer-port', String(ports[n].peer), '--cluster-ack-port', String(ports[n].ack),
      '--cluster-client-port', String(ports[n].client), '--cluster-engine-data-dir', path.join(data, `n${n}`), '--metrics-enabled', 'true', ...(n === witness ? ['--cluster-witness', 'true'] : []), ...extra],
  });
  const nodes = await Promise.all(ports.slice(0, now).map((_, n) => start(n)));
  return {
    nodes,
    start,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      rmSync(data, { recursive: true, force: true });
    },
  };
}

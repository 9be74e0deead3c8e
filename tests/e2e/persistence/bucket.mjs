// A bucket of a service that runs (see blob_servers.py), as servers are told of it, and what they tell of it.
// MOCKFLEET_BLOB_TYPE names the plugin, MOCKFLEET_BLOB_SETTINGS has what it needs.
import net from 'node:net';
import { get, until } from './kept.mjs';

export const type = process.env.MOCKFLEET_BLOB_TYPE;
export const settings = JSON.parse(process.env.MOCKFLEET_BLOB_SETTINGS);
const service_port = Number(/127\.0\.0\.1:(\d+)/.exec(JSON.stringify(settings))[1]);

export const flag = (name) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Everything in the bucket, nothing on the disk: each server has an empty directory. */
export function in_bucket(document, changed = {}) {
  const wanted = { blobStoreType: type, metricsEnabled: true, persistExpectations: true, persistedExpectationsPath: document, ...settings, ...changed };
  return Object.entries(wanted).filter(([, value]) => value !== null).flatMap(([name, value]) => [flag(name), String(value)]);
}

/** The same settings with the service at another port. */
export const at_port = (port) => JSON.parse(JSON.stringify(settings).replaceAll(`127.0.0.1:${service_port}`, `127.0.0.1:${port}`));

export const details = async (server) => JSON.parse((await get(server, '/mockserver/ready')).body.toString()).details ?? [];
export const waiting = async (server, what = 'persistence') => Number(new RegExp(`^mock_server_${what}_pending_changes(?:\\{[^}]*\\})? (\\d+)`, 'm').exec((await get(server, '/mockserver/metrics')).body.toString())[1]);
export const written = (server) => until(async () => await waiting(server) === 0, 'written');

/** Passes connections on to the service, as long as it is to be reached; `hold` takes them and stays silent. */
export async function way_to_service(t) {
  const open = new Set();
  let reachable = true;
  const held = new Set();
  let holding = false;
  const listener = net.createServer((client) => {
    if (!reachable) { client.destroy(); return; }
    if (holding) { held.add(client.on('error', () => {})); return; }
    const service = net.connect(service_port, '127.0.0.1');
    for (const [one, other] of [[client, service], [service, client]]) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => { open.delete(one); other.destroy(); });
    }
  });
  await new Promise((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
  const cut = () => { for (const one of [...open, ...held]) one.destroy(); };
  t.after(() => { listener.close(); cut(); });
  return {
    port: listener.address().port,
    end: () => { reachable = false; cut(); },
    hold: () => { holding = true; cut(); },
    begin: () => { reachable = true; holding = false; for (const one of held) one.destroy(); held.clear(); },
  };
}

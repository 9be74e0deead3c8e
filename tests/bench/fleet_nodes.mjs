// A fleet to be measured: nodes that are started together and hurt by their process id, and a connection that costs the measurement little.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import net from 'node:net';
import { call, freePort, startMockfleet, until } from './servers.mjs';

/** A keep-alive connection; one request at a time; only answers with a content-length. */
export class Line {
  constructor(port) {
    this.port = port;
    this.socket = null;
  }

  /** The bytes of a request, made before the clock runs. */
  static request(method, path, body = '') {
    return `${method} ${path} HTTP/1.1\r\nHost: bench\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  }

  open() {
    if (this.socket && !this.socket.destroyed) return Promise.resolve();
    return new Promise((done, failed) => {
      this.socket = net.connect({ host: '127.0.0.1', port: this.port, noDelay: true });
      this.socket.once('connect', done);
      this.socket.on('error', (error) => { failed(error); this.end(error); });
      this.socket.on('close', () => this.end(new Error('closed')));
      this.socket.on('data', (piece) => this.take(piece));
    });
  }

  /** Resolves to the status; 0 when there was no answer. The body is in `body`. */
  async ask(request, patience = 10000) {
    try {
      await this.open();
    } catch {
      return 0;
    }
    return new Promise((done) => {
      this.text = '';
      this.done = done;
      this.timer = setTimeout(() => this.end(), patience);
      this.socket.write(request);
    });
  }

  take(piece) {
    this.text += piece.toString('latin1');
    const end = this.text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.text)?.[1] ?? 0);
    if (this.text.length < end + 4 + length) return;
    this.body = this.text.slice(end + 4);
    this.answer(Number(this.text.slice(9, 12)));
  }

  answer(status) {
    clearTimeout(this.timer);
    const { done } = this;
    this.done = null;
    if (done) done(status);
  }

  end() {
    this.socket?.destroy();
    this.answer(0);
  }
}

/** `count` nodes with an engine each; `cores[n]` pins node n. */
export async function startFleet({ server, pluginDir, count = 3, args = [], cores = [] }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-fleet-'));
  const ports = [];
  for (let n = 0; n < count; ++n) ports.push({ peer: await freePort(), calls: await freePort(), engine: await freePort() });
  const seeds = ports.map((one) => `127.0.0.1:${one.peer}:${one.calls}`).join(',');
  const dir = (n) => join(folder, `node${n}`);
  const start = (n) => startMockfleet({ server, pluginDir, core: cores[n] ?? null, patience: 60,
    args: ['--cluster-enabled', 'true', '--cluster-seeds', seeds, '--cluster-peer-port', String(ports[n].peer), '--cluster-ack-port', String(ports[n].calls),
      '--cluster-client-port', String(ports[n].engine), '--cluster-engine-data-dir', dir(n), ...args] });
  const nodes = await Promise.all(ports.map((_, n) => start(n)));
  const fleet = {
    nodes,
    enginePort: (n) => ports[n].engine,
    /** The number of the node whose engine leads, and the engine's term, which grows with each election. */
    lead: () => until('a leader', 20, async () => {
      for (let n = 0; n < count; ++n) {
        const status = await call(ports[n].engine, 'POST', '/v3/maintenance/status', '{}').then((answer) => JSON.parse(answer.body), () => null);
        if (status?.leader && status.leader === status.header.member_id) return { leader: n, term: Number(status.raftTerm) };
      }
      return null;
    }),
    /** Starts node n again; resolves to the milliseconds until it was ready. */
    again: async (n) => {
      const began = performance.now();
      nodes[n] = await start(n);
      await until('ready', 60, async () => (await call(nodes[n].port, 'GET', '/mockserver/ready')).status === 200);
      return performance.now() - began;
    },
    forget: (n) => rmSync(dir(n), { recursive: true, force: true }),
    /** All nodes see all nodes. */
    whole: () => until('a whole fleet', 60, async () => {
      for (const node of nodes) {
        const status = await call(node.port, 'GET', '/mockserver/cluster').then((answer) => JSON.parse(answer.body), () => null);
        if (status?.memberCount !== count || status.members.some((one) => one.state !== 'serving')) return false;
      }
      return true;
    }),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop(20)));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await fleet.whole();
  return fleet;
}

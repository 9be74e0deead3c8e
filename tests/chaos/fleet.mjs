// Nodes as processes that are started, hurt and asked; every process is ended by its own id.
import { mkdtempSync, openSync, closeSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { http_connection, request_bytes } from '../support/http.mjs';

export const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/** Asks until `condition` resolves to something true, and gives that back. */
export async function until(condition, patience_ms, what, step_ms = 20) {
  const deadline = performance.now() + patience_ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`not within ${patience_ms} ms: ${what}`);
    await pause(step_ms);
  }
}

/** One request on a connection of its own. No answer: {status: 0}. */
export async function call(node, method, target, document, timeout_ms = 10000) {
  const connection = new http_connection(node.address, node.port);
  try {
    const body = document === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(document));
    const answer = await connection.exchange(request_bytes({ method, target, body }), { timeout_ms });
    if (answer.status === undefined) return { status: 0, text: '' };
    const text = answer.body?.toString() ?? '';
    let json;
    try { json = JSON.parse(text); } catch { /* text */ }
    return { status: answer.status, text, json, headers: answer.headers };
  } catch {
    return { status: 0, text: '' };
  } finally {
    connection.close();
  }
}

export const put = (node, resource, document, timeout_ms) => call(node, 'PUT', `/mockserver/${resource}`, document, timeout_ms);
export const get = (node, target, timeout_ms) => call(node, 'GET', target, undefined, timeout_ms);

/** Processes whose parent is `pid`. */
function children(pid) {
  const found = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8');
      if (Number(fields.slice(fields.lastIndexOf(')') + 2).split(' ')[1]) === pid) found.push(Number(name));
    } catch { /* it has ended */ }
  }
  return found;
}

/** Whatever happens to this process, no node outlives it. */
const running_nodes = new Set();
process.on('exit', () => { for (const one of running_nodes) one.kill('SIGKILL'); });
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(1));

class node {
  constructor(fleet, number, host) {
    this.fleet = fleet;
    this.number = number;
    this.name = `n${number}`;
    this.host = host;
    this.address = host.address;
    this.port = host.ports.http;
    this.data = path.join(fleet.directory, this.name);
    this.log = path.join(fleet.directory, `${this.name}.log`);
    this.running = null;
  }

  /** Starts the process; it serves some time later (ready()). `extra` flags come last and win. */
  launch(extra = []) {
    const { fleet, host } = this;
    const flags = ['run', '--plugin-dir', fleet.plugins, '--server-port', String(this.port), '--cluster-enabled', 'true',
      '--cluster-peer-port', String(host.ports.peer), '--cluster-ack-port', String(host.ports.ack),
      '--cluster-client-port', String(host.ports.client), '--cluster-engine-data-dir', this.data, '--metrics-enabled', 'true',
      ...fleet.network.settings(), ...(fleet.seeds ? ['--cluster-seeds', fleet.seeds] : []), ...fleet.flags, ...extra];
    const output = openSync(this.log, 'a');
    const child = fleet.network.spawn(host, ...this.wrapped(fleet.binary, flags), { cwd: fleet.directory, stdio: ['ignore', output, output] });
    closeSync(output);
    const running = { child, ended: null };
    running_nodes.add(child);
    running.gone = new Promise((resolve) => {
      const finish = (code, signal) => { running_nodes.delete(child); running.ended = { code, signal, at: performance.now() }; resolve(running.ended); };
      child.once('exit', finish);
      child.once('error', () => finish(-1, null));
    });
    this.running = running;
    return this;
  }

  /** For a host name of its own. */
  wrapped(binary, flags) {
    return this.hostname ? ['unshare', ['--uts', 'sh', '-c', 'hostname "$0" && exec "$@"', this.hostname, binary, ...flags]] : [binary, flags];
  }

  get pid() { return this.running.child.pid; }
  get alive() { return this.running !== null && this.running.ended === null; }
  /** The engine's process, or undefined. */
  get engine() { return children(this.pid)[0]; }
  output() { return readFileSync(this.log, 'utf8'); }

  async ready(patience_ms = 60000) {
    await until(async () => {
      if (!this.alive) throw new Error(`${this.name} has ended: ${this.output().slice(-2000)}`);
      return (await get(this, '/mockserver/ready', 2000)).status === 200;
    }, patience_ms, `${this.name} is ready; its log ends with\n${this.output().slice(-2000)}`, 10);
  }

  async start(extra) {
    this.launch(extra);
    await this.ready();
  }

  /** Resolves when the process is gone. */
  async end(signal = 'SIGTERM', patience_ms = 20000) {
    if (!this.alive) return this.running?.ended;
    process.kill(this.pid, signal);
    const { gone } = this.running;
    const given_up = await Promise.race([gone.then(() => false), pause(patience_ms).then(() => true)]);
    if (given_up) {
      process.kill(this.pid, 'SIGKILL');
      await gone;
    }
    return this.running.ended;
  }

  lose_disk() { rmSync(this.data, { recursive: true, force: true }); }

  engine_status() {
    try {
      return JSON.parse(this.fleet.network.ask(this.host, 'curl', '-s', '-m', '1', '-d', '{}',
        `http://127.0.0.1:${this.host.ports.client}/v3/maintenance/status`));
    } catch {
      return null;
    }
  }

  members() {
    try {
      return JSON.parse(this.fleet.network.ask(this.host, 'curl', '-s', '-m', '2', '-d', '{}',
        `http://127.0.0.1:${this.host.ports.client}/v3/cluster/member/list`)).members;
    } catch {
      return null;
    }
  }
}

/** `seeds`: numbers of the nodes in the list, all unless given. */
export class fleet {
  constructor(network, { binary, plugins, flags = [], count = 3, listed = count, seeds = true }) {
    Object.assign(this, { network, binary: path.resolve(binary), plugins: path.resolve(plugins), flags });
    this.directory = mkdtempSync(path.join(os.tmpdir(), 'mockfleet-chaos-'));
    this.nodes = network.hosts.slice(0, count).map((host, n) => new node(this, n + 1, host));
    if (seeds) this.list(Array.from({ length: listed }, (_, n) => n));
  }

  /** The seed list of nodes that are started from now on. */
  list(indexes) {
    this.seeds = indexes.map((n) => this.network.hosts[n]).map((host) => `${host.address}:${host.ports.peer}:${host.ports.ack}`).join(',');
  }

  async start(extra) {
    for (const one of this.nodes) one.launch(extra);
    await Promise.all(this.nodes.map((one) => one.ready()));
  }

  /** The node whose engine leads. */
  leader() {
    for (const one of this.nodes) {
      if (!one.alive) continue;
      const status = one.engine_status();
      if (status !== null && status.leader === status.header?.member_id) return one;
    }
    return null;
  }

  found_leader() { return until(() => this.leader(), 10000, 'the engine has a leader'); }

  async stop() {
    for (const one of this.nodes) {
      if (!one.alive) continue;
      const { engine } = one;
      for (const pid of [one.pid, engine]) if (pid !== undefined) try { process.kill(pid, 'SIGCONT'); } catch { /* gone */ }
    }
    await Promise.all(this.nodes.map((one) => one.end()));
  }

  remove() { rmSync(this.directory, { recursive: true, force: true }); }
}

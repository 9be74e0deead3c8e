// Where the nodes of a fleet live: in network namespaces with addresses of their own, or all on loopback.
import { execFileSync, spawn } from 'node:child_process';
import { free_port } from '../support/server.mjs';
import { relay } from './relay.mjs';

const run = (...words) => execFileSync(words[0], words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

function works(...words) {
  try {
    run(...words);
    return true;
  } catch {
    return false;
  }
}

const controller = '10.77.0.254';

/**
 * Hosts `h1` ... on a bridge of this process's own network namespace; it reaches all of them, whatever is cut between them.
 * The whole disappears with that namespace (tests/chaos/run makes it).
 */
export class namespaces {
  constructor() {
    this.kind = 'namespaces';
    this.can = { partition: true, slow_link: true, names: true };
    this.hosts = [];
    this.relays = new Map();
  }

  static possible() {
    return works('ip', 'link', 'add', 'name', 'br-chaos', 'type', 'bridge') && works('ip', 'netns', 'add', 'h0')
      && works('ip', 'netns', 'exec', 'h0', 'iptables', '-w', '-L', 'INPUT', '-n');
  }

  async open(count) {
    if (this.hosts.length === 0) {
      run('ip', 'link', 'set', 'lo', 'up');
      run('ip', 'address', 'add', `${controller}/24`, 'dev', 'br-chaos');
      run('ip', 'link', 'set', 'br-chaos', 'up');
    }
    while (this.hosts.length < count) {
      const number = this.hosts.length + 1;
      const name = `h${number}`;
      const address = `10.77.0.${10 + number}`;
      run('ip', 'netns', 'add', name);
      run('ip', 'link', 'add', 'name', `v${number}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
      run('ip', 'link', 'set', `v${number}`, 'master', 'br-chaos', 'up');
      this.inside(name, 'ip', 'link', 'set', 'lo', 'up');
      this.inside(name, 'ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
      this.inside(name, 'ip', 'link', 'set', 'eth0', 'up');
      this.hosts.push({ name, address, ports: { http: 1080, peer: 7800, ack: 7801, client: 2379 } });
    }
  }

  inside(name, ...words) { return run('ip', 'netns', 'exec', name, ...words); }

  /** The words before a command that is to run on that host, and its environment. */
  spawn(host, command, words, options) {
    return spawn('ip', ['netns', 'exec', host.name, command, ...words], options);
  }

  ask(host, ...words) { return this.inside(host.name, ...words); }

  /** Nothing passes between the two groups; with `port`, nothing of that port's connections, whoever made them. */
  cut(some, others, port) {
    for (const [one, another] of some.flatMap((a) => others.flatMap((b) => [[a, b], [b, a]]))) {
      const drop = (...match) => this.inside(one.name, 'iptables', '-w', '-I', 'INPUT', '-s', another.address, ...match, '-j', 'DROP');
      if (port === undefined) {
        drop();
      } else {
        drop('-p', 'tcp', '--dport', String(port));
        drop('-p', 'tcp', '--sport', String(port));
      }
    }
  }

  heal() {
    for (const one of this.hosts) this.inside(one.name, 'iptables', '-w', '-F', 'INPUT');
    for (const one of this.relays.values()) one.heal();
  }

  /** From now on connections between nodes go through relays, which slow() needs. Before the nodes are started. */
  async relay_all() {
    for (const to of this.hosts) {
      for (const port of [to.ports.peer, to.ports.ack]) {
        const key = `${to.name}:${port}`;
        if (!this.relays.has(key)) this.relays.set(key, await new relay({ host: to.address, port }).listen(controller));
        for (const from of this.hosts) {
          if (from === to) continue;
          this.inside(from.name, 'iptables', '-w', '-t', 'nat', '-A', 'OUTPUT', '-p', 'tcp', '-d', to.address, '--dport', String(port),
            '-j', 'DNAT', '--to-destination', `${controller}:${this.relays.get(key).port}`);
        }
      }
    }
  }

  direct() {
    for (const one of this.hosts) this.inside(one.name, 'iptables', '-w', '-t', 'nat', '-F', 'OUTPUT');
    for (const one of this.relays.values()) one.close();
    this.relays.clear();
  }

  /** What goes to and from the peer ports of a host takes that much longer; the others' connections to it and its answers. */
  slow(host, milliseconds) {
    for (const [key, one] of this.relays) if (key.startsWith(`${host.name}:`)) one.slow(milliseconds);
  }

  reset(host) {
    for (const [key, one] of this.relays) if (key.startsWith(`${host.name}:`)) one.reset();
  }

  settings() { return ['--cluster-allow-plaintext', 'true', '--cluster-token', 'chaos']; }

  close() {
    this.direct();
    for (const one of this.hosts) works('ip', 'netns', 'del', one.name);
  }
}

/** Ports of their own on one host: processes can be hurt, lines between them cannot. */
export class loopback {
  constructor() {
    this.kind = 'loopback';
    this.can = { partition: false, slow_link: false, names: false };
    this.hosts = [];
  }

  async open(count) {
    while (this.hosts.length < count) {
      const ports = { http: await free_port(), peer: await free_port(), ack: await free_port(), client: await free_port() };
      this.hosts.push({ name: `h${this.hosts.length + 1}`, address: '127.0.0.1', ports });
    }
  }

  spawn(host, command, words, options) { return spawn(command, words, options); }
  ask(host, ...words) { return run(...words); }
  heal() {}
  settings() { return []; }
  close() {}
}

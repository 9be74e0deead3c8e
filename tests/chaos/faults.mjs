// The faults: what is done to a fleet while clients work, and how it is healed.
import { pause, until } from './fleet.mjs';

const others = (fleet, one) => fleet.nodes.filter((node) => node !== one);
const signal = (name, ...pids) => { for (const pid of pids) if (pid !== undefined) process.kill(pid, name); };

async function follower(fleet) {
  const leader = await fleet.found_leader();
  return others(fleet, leader)[Math.floor(Math.random() * 2)];
}

async function killed(fleet, one, away_ms) {
  await one.end('SIGKILL');
  await pause(away_ms);
  await one.start();
}

async function paused(fleet, one, ms) {
  const { engine } = one;
  signal('SIGSTOP', one.pid, engine);
  await pause(ms);
  signal('SIGCONT', one.pid, engine);
  await one.ready();
}

async function cut_off(fleet, one, ms) {
  fleet.network.cut([one.host], others(fleet, one).map((node) => node.host));
  await pause(ms);
  fleet.network.heal();
  await one.ready();
}

/**
 * `victim` picks the node that is hurt, so that the gap is measured at another; `act` hurts and heals. `needs`: what the network
 * must be able to do; `short`: part of the default suite.
 */
export const faults = [
  { name: 'kill -9 of a follower', short: true, victim: follower, act: (fleet, one) => killed(fleet, one, 1500) },
  { name: 'kill -9 of the leader', short: true, victim: (fleet) => fleet.found_leader(), act: (fleet, one) => killed(fleet, one, 1500) },
  { name: 'SIGSTOP of a follower within the lease', victim: follower, act: (fleet, one) => paused(fleet, one, 500) },
  { name: 'SIGSTOP of a follower beyond the lease', short: true, victim: follower, act: (fleet, one) => paused(fleet, one, 4000) },
  { name: 'SIGSTOP of the leader beyond the lease', victim: (fleet) => fleet.found_leader(), act: (fleet, one) => paused(fleet, one, 4000) },
  {
    name: 'SIGSTOP of a node without its engine', victim: follower,
    act: async (fleet, one) => {
      signal('SIGSTOP', one.pid);
      await pause(4000);
      signal('SIGCONT', one.pid);
      await one.ready();
    },
  },
  { name: 'partition of a minority', needs: 'partition', victim: follower, act: (fleet, one) => cut_off(fleet, one, 5000) },
  { name: 'partition of the leader', needs: 'partition', victim: (fleet) => fleet.found_leader(), act: (fleet, one) => cut_off(fleet, one, 5000) },
  {
    name: 'partition that comes and goes', needs: 'partition', victim: follower,
    act: async (fleet, one) => {
      for (let n = 0; n < 5; n += 1) await cut_off(fleet, one, 300 + 500 * n);
    },
  },
  {
    name: 'one-way loss (a node hears nobody)', needs: 'partition', victim: follower,
    act: async (fleet, one) => {
      for (const node of others(fleet, one)) {
        fleet.network.inside(one.host.name, 'iptables', '-w', '-I', 'INPUT', '-s', node.address, '-j', 'DROP');
      }
      await pause(4000);
      fleet.network.heal();
      await one.ready();
    },
  },
  {
    name: 'kill -9 of a follower\'s engine', short: true, victim: follower,
    act: async (fleet, one) => {
      signal('SIGKILL', one.engine);
      await until(() => one.engine !== undefined, 10000, 'the engine is started again');
      await one.ready();
    },
  },
  {
    name: 'kill -9 of the leader\'s engine', short: true, victim: (fleet) => fleet.found_leader(),
    act: async (fleet, one) => {
      signal('SIGKILL', one.engine);
      await until(() => one.engine !== undefined, 10000, 'the engine is started again');
      await one.ready();
    },
  },
  {
    name: 'SIGSTOP of the leader\'s engine', victim: (fleet) => fleet.found_leader(),
    act: async (fleet, one) => {
      const { engine } = one;
      signal('SIGSTOP', engine);
      await pause(3000);
      signal('SIGCONT', engine);
      await one.ready();
    },
  },
  {
    name: 'slow link, 40 ms each way', needs: 'slow_link', relayed: true, victim: follower,
    act: async (fleet, one) => {
      fleet.network.slow(one.host, 40);
      await pause(5000);
      fleet.network.heal();
      await one.ready();
    },
  },
  {
    name: 'resets of all connections of a node', needs: 'slow_link', relayed: true, victim: follower,
    act: async (fleet, one) => {
      for (let n = 0; n < 5; n += 1) {
        fleet.network.reset(one.host);
        await pause(500);
      }
      await one.ready();
    },
  },
  {
    name: 'rolling restart', short: true, victim: async () => null,
    act: async (fleet) => {
      for (const one of fleet.nodes) {
        await one.end('SIGTERM');
        await one.start();
      }
    },
  },
  {
    name: 'kill -9 of all nodes', victim: async () => null,
    act: async (fleet) => {
      await Promise.all(fleet.nodes.map((one) => one.end('SIGKILL')));
      await fleet.start();
    },
  },
  {
    name: 'full stop and restart', short: true, victim: async () => null,
    act: async (fleet) => {
      await Promise.all(fleet.nodes.map((one) => one.end('SIGTERM')));
      await fleet.start();
    },
  },
];

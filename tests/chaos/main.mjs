// Runs faults under load and promises without load, prints a table, and ends with 0 when everything held.
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { behaviours } from './behaviours.mjs';
import { faults } from './faults.mjs';
import { fleet, pause, put } from './fleet.mjs';
import { loopback, namespaces } from './network.mjs';
import { second_opinion } from './second_opinion.mjs';
import { probe, workload } from './workload.mjs';

const { values: options } = parseArgs({
  options: {
    server: { type: 'string' }, 'plugin-dir': { type: 'string' }, only: { type: 'string', default: '' }, rounds: { type: 'string', default: '1' },
    repeat: { type: 'string', default: '3' }, short: { type: 'boolean', default: false }, namespaces: { type: 'boolean', default: false },
    results: { type: 'string' }, porcupine: { type: 'string' },
  },
});
const chosen = (one) => new RegExp(options.only, 'i').test(one.name) && (!options.short || one.short);
const whole = (value) => String(Math.round(value));

function choose_network() {
  if (options.namespaces && namespaces.possible()) return new namespaces();
  if (!options.short) console.log('chaos: no network namespaces with iptables here (root, iproute2 and iptables are needed): the nodes share loopback, '
    + 'partitions and slow links are left out');
  return new loopback();
}

/** One fault under load. */
async function round(made, fault, number) {
  const name = `f${number}`;
  const load = new workload(made, { round: name });
  await load.prepare();
  load.begin();
  await pause(700);
  const victim = await fault.victim(made);
  const survivor = victim === null ? null : made.nodes.find((one) => one !== victim);
  const watch = survivor && new probe(survivor, `${name}-probe`).begin();
  await watch?.warm();
  const since = performance.now();
  try {
    await fault.act(made, victim);
    await pause(800);
  } finally {
    await Promise.allSettled([watch?.end(), load.end()]);
  }
  await Promise.all(made.nodes.map((one) => one.ready()));
  const wrong = await load.judge();
  const { operations, unknown, refused, early } = load.counts;
  const figures = {
    operations, unknown, refused, early,
    ...(watch ? { write_gap_ms: Math.round(watch.write_gap(since)), read_gap_ms: Math.round(watch.read_gap(since)) } : {}),
  };
  const histories = Object.fromEntries(load.registers);
  const cleaned = await put(made.nodes[0], 'reset');
  if (cleaned.status !== 200) wrong.push(`reset after healing: ${cleaned.status} ${cleaned.text}`);
  return { name: fault.name, figures, wrong, trouble: load.trouble(), histories };
}

async function all_faults(network, results) {
  const common = { binary: options.server, plugins: options['plugin-dir'] };
  for (const relayed of [false, true]) {
    const these = faults.filter((one) => chosen(one) && Boolean(one.relayed) === relayed && (!one.needs || network.can[one.needs]));
    if (these.length === 0) continue;
    await network.open(3);
    if (relayed) await network.relay_all();
    const made = new fleet(network, common);
    let failed = false;
    try {
      await made.start();
      for (let n = 0; n < Number(options.rounds); n += 1) {
        for (const fault of these) results.add(await attempt(fault.name, () => round(made, fault, results.length)));
      }
      failed = results.failed > 0;
    } finally {
      network.heal();
      await made.stop();
      if (relayed) network.direct();
      if (failed) console.log(`  logs: ${made.directory}`);
      else made.remove();
    }
  }
}

async function all_behaviours(network, results) {
  const context = { network, binary: options.server, plugins: options['plugin-dir'], repeat: Number(options.repeat) };
  for (const one of behaviours.filter((each) => chosen(each) && (!each.needs || network.can[each.needs]))) {
    results.add(await attempt(one.name, async () => {
      const told = await one.run(context);
      return { name: one.name, figures: told.figures ?? {}, wrong: told.wrong ?? [], trouble: [] };
    }));
  }
}

async function attempt(name, work) {
  const since = performance.now();
  try {
    return { ...await work(), took_ms: performance.now() - since };
  } catch (error) {
    return { name, figures: {}, wrong: [error.stack ?? String(error)], trouble: [], took_ms: performance.now() - since };
  }
}

class result_list {
  constructor() { this.items = []; }
  get length() { return this.items.length; }
  get failed() { return this.items.filter((one) => one.wrong.length > 0).length; }
  add(one) {
    this.items.push(one);
    const figures = Object.entries(one.figures).map(([key, value]) => `${key.replace(/_ms$/, '')} ${value}${key.endsWith('_ms') ? ' ms' : ''}`).join(', ');
    console.log(`${one.wrong.length === 0 ? 'ok    ' : 'FAILED'} ${one.name} (${whole(one.took_ms / 1000)} s): ${figures}`);
    for (const text of one.wrong.slice(0, 20)) console.log(`       ${text}`);
    if (one.wrong.length > 0 || process.env.CHAOS_VERBOSE) for (const text of one.trouble.slice(0, 12)) console.log(`       seen: ${text}`);
  }
  table() {
    const rows = this.items.map((one) => [one.wrong.length === 0 ? 'held' : 'FAILED', one.name,
      Object.entries(one.figures).map(([key, value]) => `${key}=${value}`).join(' ')]);
    return ['| result | what | figures |', '| --- | --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
  }
}

const network = choose_network();
const results = new result_list();
const started = performance.now();
try {
  await all_faults(network, results);
  if (!options.short) await all_behaviours(network, results);
} finally {
  network.close();
}
const histories = results.items.filter((one) => one.histories).map(({ name, histories: of }) => ({ name, registers: of }));
const opinion = options.porcupine ? second_opinion(options.porcupine, histories) : { agrees: true };
if (opinion.text) console.log(`porcupine: ${opinion.text}`);
const file = options.results ?? path.join(mkdtempSync(path.join(os.tmpdir(), 'mockfleet-chaos-')), 'results.json');
if (options.results || results.failed > 0) {
  writeFileSync(file, JSON.stringify({ network: network.kind, items: results.items }, (key, value) => (value === Infinity ? 'never' : value), 1));
  console.log(`results with histories: ${file}`);
}
if (!options.short) console.log(`\n${results.table()}`);
console.log(`\n${results.length - results.failed} held, ${results.failed} failed, on ${network.kind}, in ${whole((performance.now() - started) / 1000)} s`);
process.exitCode = results.failed > 0 || !opinion.agrees || results.length === 0 ? 1 : 0;

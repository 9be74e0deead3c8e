// Clients that create, update, clear, match and advance through all nodes of a fleet, and write down what they were told.
import { http_connection, request_bytes } from '../support/http.mjs';
import { call, pause, put, until } from './fleet.mjs';
import { check_durable, check_equal, check_registers, check_times, check_transitions } from './checks.mjs';

const nothing_happened = /nothing was (written|counted)|cluster-isolated|cluster-joining|not started yet/;

const reply = (id, body, extra = {}) => ({ id, httpRequest: { path: `/${id}` }, httpResponse: { body }, ...extra });

/** The path of an id is the id itself: clients keep them apart by the name of their round. */
export class workload {
  constructor(fleet, { round, clients = 6, registers = 5, limited = 4, limit = 120, scenarios = 3, steps = 40, rest_ms = 4, timeout_ms = 6000 }) {
    Object.assign(this, { fleet, round, clients, limit, steps, rest_ms, timeout_ms });
    this.registers = new Map(Array.from({ length: registers }, (_, n) => [`${round}-r${n}`, []]));
    this.limited = Array.from({ length: limited }, (_, n) => ({ name: `${round}-t${n}`, limit, uses: [] }));
    this.chains = Array.from({ length: scenarios }, (_, n) => ({ name: `${round}-s${n}`, steps, moves: [] }));
    /** Renewed all the time: each version has its own limit and body. */
    this.renewed = { id: `${round}-u`, limit: 6, versions: [] };
    this.durable = [];
    this.counts = { operations: 0, unknown: 0, refused: 0, by_kind: {} };
    this.first_trouble = new Map();
    this.values = 0;
  }

  async prepare() {
    const [node] = this.fleet.nodes.filter((one) => one.alive);
    const all = this.limited.map(({ name, limit }) => reply(name, 'yes', { times: { remainingTimes: limit } }));
    for (const { name, steps } of this.chains) {
      for (let step = 0; step < steps; step += 1) {
        all.push({
          ...reply(`${name}-${step}`, String(step)), httpRequest: { path: `/${name}` }, scenarioName: name,
          scenarioState: step === 0 ? 'Started' : `s${step}`, newScenarioState: `s${step + 1}`,
        });
      }
    }
    const answer = await put(node, 'expectation', all, 30000);
    if (answer.status !== 201) throw new Error(`the round could not be prepared: ${answer.status} ${answer.text}`);
  }

  begin() {
    this.stopping = false;
    this.started = performance.now();
    this.loops = Array.from({ length: this.clients }, (_, n) => this.client(n));
    this.loops.push(this.renewer());
  }

  async end() {
    this.stopping = true;
    await Promise.all(this.loops);
    this.ended = performance.now();
  }

  /** Of one client: a connection to each node, opened when it is needed. */
  async client(number) {
    const lines = new Map();
    const actions = [
      [24, () => this.write(lines)], [8, () => this.erase(lines)], [34, () => this.look(lines)], [16, () => this.use(lines)],
      [10, () => this.advance(lines)], [8, () => this.keep(lines, number)]];
    const total = actions.reduce((sum, [weight]) => sum + weight, 0);
    while (!this.stopping) {
      let chosen = Math.random() * total;
      const [, act] = actions.find(([weight]) => (chosen -= weight) < 0) ?? actions[0];
      await act();
      await pause(this.rest_ms * 2 * Math.random());
    }
    for (const one of lines.values()) one.close();
  }

  /** One request to any node: {call, ret, status, text, node}; status 'unknown' without an answer; null when nobody was reached. */
  async ask(lines, kind, method, target, document) {
    const { nodes } = this.fleet;
    const first = Math.floor(Math.random() * nodes.length);
    for (let n = 0; n < nodes.length; n += 1) {
      const node = nodes[(first + n) % nodes.length];
      if (!node.alive) continue;
      if (!lines.has(node)) lines.set(node, new http_connection(node.address, node.port));
      const line = lines.get(node);
      try {
        await line.open();
      } catch {
        continue;
      }
      const body = document === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(document));
      const made = { call: performance.now() - this.started, node: node.number };
      const answer = await line.exchange(request_bytes({ method, target, body }), { timeout_ms: this.timeout_ms }).catch(() => ({}));
      made.ret = performance.now() - this.started;
      made.status = answer.status ?? 'unknown';
      made.text = answer.status === undefined ? '' : answer.body?.toString() ?? '';
      if (answer.status === undefined) line.close();
      this.count(kind, made);
      return made;
    }
    await pause(20);
    return null;
  }

  count(kind, made) {
    this.counts.operations += 1;
    const kinds = this.counts.by_kind;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    if (made.status === 'unknown' || made.status === 504) this.counts.unknown += 1;
    else if (made.status === 503 || made.status === 502) this.counts.refused += 1;
    if (![200, 201, 404].includes(made.status) && !/^No expectation found/.test(made.text)) {
      const text = made.text.replace(/\s+/g, ' ').replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d{3,}/g, '#').slice(0, 160);
      const key = `${kind} ${made.status} ${text}`;
      this.first_trouble.set(key, (this.first_trouble.get(key) ?? 0) + 1);
    }
  }

  register() {
    const keys = [...this.registers.keys()];
    return keys[Math.floor(Math.random() * keys.length)];
  }

  /** Whether it took effect: 'yes', 'no' or 'unknown'. */
  static outcome(made) {
    if (made.status === 200 || made.status === 201) return 'yes';
    return made.status === 503 && nothing_happened.test(made.text) ? 'no' : 'unknown';
  }

  note(key, made, op, value) {
    const outcome = workload.outcome(made);
    if (outcome === 'no') return;
    this.registers.get(key).push({ op, value, call: made.call, ret: outcome === 'yes' ? made.ret : Infinity, told: made.ret, node: made.node });
  }

  async write(lines) {
    const key = this.register();
    this.values += 1;
    const value = `v${this.values}`;
    const made = await this.ask(lines, 'write', 'PUT', '/mockserver/expectation', reply(key, value));
    if (made) this.note(key, made, 'write', value);
  }

  async erase(lines) {
    const key = this.register();
    const made = await this.ask(lines, 'clear', 'PUT', '/mockserver/clear?type=expectations', { id: key });
    if (!made) return;
    // There was nothing to clear.
    if (made.status === 400) this.registers.get(key).push({ op: 'read', value: null, call: made.call, ret: made.ret, node: made.node });
    else this.note(key, made, 'write', null);
  }

  async look(lines) {
    const key = this.register();
    const made = await this.ask(lines, 'read', 'GET', `/${key}`);
    if (!made || (made.status !== 200 && made.status !== 404)) return;
    this.registers.get(key).push({ op: 'read', value: made.status === 200 ? made.text : null, call: made.call, ret: made.ret, node: made.node });
  }

  async use(lines) {
    if (Math.random() < 0.4) {
      await this.use_renewed(lines);
      return;
    }
    const one = this.limited[Math.floor(Math.random() * this.limited.length)];
    const made = await this.ask(lines, 'use', 'GET', `/${one.name}`);
    if (made) workload.note_use(one.uses, made);
  }

  static note_use(uses, made) {
    if (made.status === 200 || made.status === 404) uses.push({ status: made.status, call: made.call, ret: made.ret });
    else if (workload.outcome(made) !== 'no' || /cluster-isolated/.test(made.text)) uses.push({ status: 'unknown', call: made.call, ret: Infinity });
  }

  async use_renewed(lines) {
    const made = await this.ask(lines, 'use-renewed', 'GET', `/${this.renewed.id}`);
    if (!made || made.status === 404) return;
    const version = made.status === 200 ? this.renewed.versions[Number(made.text)] : null;
    if (version) version.answered += 1;
    else this.renewed.versions.forEach((one) => { if (one.call <= made.ret) one.unknown += 1; });
  }

  /** Gives the same expectation new uses again and again; what is left of the old ones lapses. */
  async renewer() {
    const lines = new Map();
    const { id, limit, versions } = this.renewed;
    while (!this.stopping) {
      const number = versions.length;
      versions.push({ answered: 0, unknown: 0, call: performance.now() - this.started });
      const made = await this.ask(lines, 'renew', 'PUT', '/mockserver/expectation', reply(id, String(number), { times: { remainingTimes: limit } }));
      versions[number].outcome = made ? workload.outcome(made) : 'no';
      await pause(40 + 80 * Math.random());
    }
    for (const one of lines.values()) one.close();
  }

  async advance(lines) {
    const one = this.chains[Math.floor(Math.random() * this.chains.length)];
    const made = await this.ask(lines, 'advance', 'GET', `/${one.name}`);
    if (!made || made.status === 404) return;
    if (made.status === 200) one.moves.push({ status: 200, step: Number(made.text) });
    else if (workload.outcome(made) !== 'no' || /cluster-isolated/.test(made.text)) one.moves.push({ status: 'unknown' });
  }

  async keep(lines, client) {
    const old = this.durable.filter((one) => one.client === client && one.state === 'there');
    if (old.length > 4 && Math.random() < 0.3) {
      const [one] = old;
      const made = await this.ask(lines, 'remove', 'PUT', '/mockserver/clear?type=expectations', { id: one.id });
      if (made) one.state = { yes: 'gone', no: 'there', unknown: 'unknown' }[workload.outcome(made)];
      return;
    }
    const one = { id: `${this.round}-d${client}-${this.durable.length}`, client, state: 'unknown' };
    this.durable.push(one);
    const made = await this.ask(lines, 'create', 'PUT', '/mockserver/expectation', reply(one.id, 'kept'));
    one.state = made ? { yes: 'there', no: 'gone', unknown: 'unknown' }[workload.outcome(made)] : 'gone';
  }

  /** After healing, with every node ready: what does not hold, as sentences. */
  async judge() {
    const nodes = this.fleet.nodes.filter((one) => one.alive);
    const lines = new Map();
    // Whatever is left of the limited ones is used up: all of it must be given, and not one more.
    for (const one of this.limited) {
      for (let refused = 0, n = 0; refused < nodes.length && n < 4 * this.limit; n += 1) {
        const made = await this.ask(lines, 'use', 'GET', `/${one.name}`);
        if (!made) continue;
        workload.note_use(one.uses, made);
        refused = made.status === 404 ? refused + 1 : 0;
      }
    }
    await this.drain_renewed(lines);
    for (const one of lines.values()) one.close();
    const registers = check_registers(this.registers);
    this.counts.early = registers.early;
    return [
      ...registers.wrong,
      ...this.limited.flatMap((one) => check_times(one)),
      ...this.judge_renewed(),
      ...await this.judge_scenarios(nodes),
      ...await this.judge_content(nodes),
    ];
  }

  async drain_renewed(lines) {
    const { id, limit, versions } = this.renewed;
    const number = versions.length;
    versions.push({ answered: 0, unknown: 0, call: performance.now() - this.started, outcome: 'yes', last: true });
    const [node] = this.fleet.nodes.filter((one) => one.alive);
    const renewed = await put(node, 'expectation', reply(id, String(number), { times: { remainingTimes: limit } }));
    if (renewed.status !== 201) throw new Error(`the last renewal failed: ${renewed.status} ${renewed.text}`);
    for (let n = 0; n < 2 * limit; n += 1) await this.use_renewed(lines);
  }

  judge_renewed() {
    const { versions, limit } = this.renewed;
    const wrong = [];
    versions.forEach((one, number) => {
      if (one.answered > limit) wrong.push(`renewed limit: version ${number} matched ${one.answered} times, allowed ${limit}`);
      if (one.outcome === 'no' && one.answered > 0) wrong.push(`renewed limit: version ${number} was refused and matched ${one.answered} times`);
      if (one.last && one.answered + one.unknown < limit) wrong.push(`renewed limit: version ${number} matched ${one.answered} of ${limit} times`);
    });
    return wrong;
  }

  async judge_scenarios(nodes) {
    const wrong = [];
    for (const one of this.chains) {
      const states = await Promise.all(nodes.map((node) => call(node, 'GET', `/mockserver/scenario/${one.name}`)));
      const shown = states.map((answer) => answer.json?.currentState);
      if (new Set(shown).size > 1) wrong.push(`${one.name}: the nodes show different states: ${shown.join(', ')}`);
      wrong.push(...check_transitions({ ...one, final: shown[0] ?? 'Started' }));
    }
    return wrong;
  }

  async judge_content(nodes) {
    const texts = new Map();
    let wrong = [];
    // What was used up last may be on its way out.
    for (const deadline = performance.now() + 3000; ;) {
      for (const node of nodes) texts.set(node.name, (await put(node, 'retrieve?type=ACTIVE_EXPECTATIONS')).text);
      wrong = check_equal(texts);
      if (wrong.length === 0 || performance.now() > deadline) break;
      await pause(50);
    }
    for (const [name, text] of texts) wrong.push(...check_durable(this.durable, new Set(JSON.parse(text).map((one) => one.id)), name));
    return wrong;
  }

  /** For people: what came back that was neither done nor missing. */
  trouble() { return [...this.first_trouble].sort((a, b) => b[1] - a[1]).map(([text, count]) => `${count} x ${text}`); }
}

/** Writes to one node without pause, and reads, to find the longest time without success. */
export class probe {
  constructor(node, name = 'probe') {
    Object.assign(this, { node, name, writes: [], reads: [], stopping: false });
  }

  begin() {
    this.began = performance.now();
    this.loops = [this.loop(this.writes, (line, n) => line.exchange(request_bytes({
      method: 'PUT', target: '/mockserver/expectation', body: Buffer.from(JSON.stringify(reply(this.name, `b${n}`))) }), { timeout_ms: 8000 }), 201),
    this.loop(this.reads, (line) => line.exchange(request_bytes({ method: 'GET', target: `/${this.name}` }), { timeout_ms: 3000 }), 200)];
    return this;
  }

  async loop(times, once, good) {
    let line = new http_connection(this.node.address, this.node.port);
    for (let n = 0; !this.stopping; n += 1) {
      const answer = await once(line, n).catch(() => ({}));
      if (answer.status === good) {
        times.push(performance.now());
      } else if (answer.status === undefined) {
        line.close();
        line = new http_connection(this.node.address, this.node.port);
      }
      await pause(1);
    }
    line.close();
  }

  /** Resolves when there has been a success; a fault can follow. */
  async warm() { await until(() => this.writes.length > 20 && this.reads.length > 20, 10000, 'the probe writes and reads'); }

  async end() {
    this.stopping = true;
    await Promise.all(this.loops);
  }

  /** The longest time between two successes that touches what came after `since`, in ms. */
  static gap(times, since, until_time = Infinity) {
    let longest = 0;
    for (let n = 1; n < times.length; n += 1) {
      if (times[n] > since && times[n - 1] < until_time) longest = Math.max(longest, times[n] - times[n - 1]);
    }
    return longest;
  }
  write_gap(since) { return probe.gap(this.writes, since); }
  read_gap(since) { return probe.gap(this.reads, since); }
}

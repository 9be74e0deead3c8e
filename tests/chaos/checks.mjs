// What must hold after the faults are healed; each check returns the sentences of what does not.
import { check_register } from './linearizability.mjs';

const show = (one) => `${one.op} ${JSON.stringify(one.value)} at node ${one.node} from ${one.call.toFixed(1)} to ${one.ret.toFixed(1)} ms`;

/** A node that does not confirm a write is out of the fleet so long after its caller was told, ms. */
const longest_exclusion = 3500;

/**
 * Reads as early as is allowed: before the answer of a write has come, one node may show it while another does not yet. So a read may
 * count as made when the oldest of the writes under way at its start began, but never before a write that had been answered by then.
 */
export function allow_writes_under_way(operations) {
  const writes = operations.filter((one) => one.op === 'write');
  return operations.map((read) => {
    if (read.op === 'write') return read;
    let call = read.call;
    let answered = -Infinity;
    for (const one of writes) {
      if (one.call > read.call) continue;
      if (one.ret <= read.call) answered = Math.max(answered, one.ret + 1e-6);
      else if (one.ret !== Infinity || read.call < one.told + longest_exclusion) call = Math.min(call, one.call);
    }
    return { ...read, call: Math.min(read.call, Math.max(call, answered)) };
  });
}

/**
 * `registers`: Map of key to operations. What is `wrong` contradicts an answer that was given; `early` counts keys of which no order
 * explains all reads only because of writes whose answer had not been given.
 */
export function check_registers(registers) {
  const wrong = [];
  let early = 0;
  for (const [key, operations] of registers) {
    if (check_register(operations, null).ok) continue;
    const found = check_register(allow_writes_under_way(operations), null);
    if (found.ok) early += 1;
    else wrong.push(`${key}: not linearizable, ${found.reason}${found.at ? ` (${show(found.at)})` : ''}`);
  }
  return { wrong, early };
}

/**
 * `uses`: {status: 200 | 404 | 'unknown', call, ret}. At most `limit` answers, and a refusal only when, by its end, so many had been
 * asked for that all may have been used.
 */
export function check_times({ name = 'times', limit, uses }) {
  const wrong = [];
  const answered = uses.filter((one) => one.status === 200);
  if (answered.length > limit) wrong.push(`${name}: matched ${answered.length} times, allowed ${limit}`);
  const spending = uses.filter((one) => one.status !== 404).map((one) => one.call).sort((a, b) => a - b);
  for (const one of uses) {
    if (one.status !== 404) continue;
    const possible = spending.findIndex((call) => call >= one.ret);
    const spent = possible < 0 ? spending.length : possible;
    if (spent < limit) {
      wrong.push(`${name}: refused at ${one.ret.toFixed(1)} ms although at most ${spent} of ${limit} had been used`);
      break;
    }
  }
  return wrong;
}

/** `moves`: {status: 200, step} or {status: 'unknown'}; `final`: the state at the end, `Started`, `s1`, `s2`, ... */
export function check_transitions({ name = 'scenario', steps, moves, final }) {
  const wrong = [];
  const winners = new Array(steps).fill(0);
  let unknown = 0;
  for (const one of moves) {
    if (one.status === 200) winners[one.step] += 1;
    else unknown += 1;
  }
  const reached = final === 'Started' ? 0 : Number(final.slice(1));
  winners.forEach((count, step) => {
    if (count > 1) wrong.push(`${name}: step ${step} has ${count} winners`);
    if (count > 0 && step >= reached) wrong.push(`${name}: step ${step} was won, but the scenario is in ${final}`);
  });
  const without = winners.slice(0, reached).filter((count) => count === 0).length;
  if (without > unknown) wrong.push(`${name}: ${without} steps were taken by no winner, only ${unknown} requests have no known outcome`);
  return wrong;
}

/** `entries`: {id, state: 'there' | 'gone' | 'unknown'}; `found`: ids that a node has. */
export function check_durable(entries, found, node) {
  const wrong = [];
  for (const { id, state } of entries) {
    if (state === 'there' && !found.has(id)) wrong.push(`${node}: ${id} was acknowledged and is lost`);
    if (state === 'gone' && found.has(id)) wrong.push(`${node}: ${id} was cleared, or refused, and is there`);
  }
  return wrong;
}

/** Texts of ACTIVE_EXPECTATIONS by node. */
export function check_equal(texts) {
  const wrong = [];
  const [first, ...others] = [...texts];
  for (const [node, text] of others) {
    if (text !== first[1]) wrong.push(`${node} shows other expectations than ${first[0]}: ${difference(first[1], text)}`);
  }
  return wrong;
}

function difference(a, b) {
  const ids = (text) => new Set(JSON.parse(text).map((one) => one.id));
  const [left, right] = [ids(a), ids(b)];
  const missing = [...left].filter((id) => !right.has(id));
  const extra = [...right].filter((id) => !left.has(id));
  if (missing.length + extra.length === 0) return 'the same ids, in another order or with other content';
  return `missing ${missing.slice(0, 5).join(' ') || 'none'}, more ${extra.slice(0, 5).join(' ') || 'none'}`;
}

// Decides whether a history of one register can be explained by an order in which every operation happened at one moment between
// its call and its answer (the search of Wing and Gong, with Lowe's memory of configurations).

/**
 * An operation: {op: 'write' | 'read', value, call, ret}. Times are of one clock. A write whose outcome is not known has
 * `ret` = Infinity: it may have happened at any moment after its call, or never. Operations that are known to have had no effect, and
 * reads without an answer, are left out by the caller.
 *
 * Returns {ok: true}, or {ok: false, reason, at}: `at` is the operation that no order explains.
 */
export function check_register(operations, initial, most_steps = 5_000_000) {
  const history = relevant(operations);
  const list = linked(history);
  const random = generator(history.length);
  const marks = history.map(() => [random(), random()]);
  const seen = new Set();
  const taken = [];
  let state = initial;
  let high = 0;
  let low = 0;
  let steps = 0;
  let deepest = -1;
  let stuck = null;
  let entry = list.next;
  while (list.next !== null) {
    if (++steps > most_steps) return { ok: false, reason: 'undecided: the search was given up', at: stuck };
    if (entry.answer !== null) {
      const { value, op } = history[entry.number];
      if (op === 'write' || value === state) {
        const next = op === 'write' ? value : state;
        const [h, l] = marks[entry.number];
        const configuration = `${high ^ h}.${low ^ l}.${next}`;
        if (!seen.has(configuration)) {
          seen.add(configuration);
          taken.push([entry, state]);
          state = next;
          high ^= h;
          low ^= l;
          lift(entry);
          entry = list.next;
          continue;
        }
      }
      entry = entry.next;
      continue;
    }
    // An answer whose operation has not happened yet: the last choice was wrong.
    if (taken.length > deepest) {
      deepest = taken.length;
      stuck = history[entry.number];
    }
    if (taken.length === 0) return { ok: false, reason: 'no order explains it', at: stuck };
    [entry, state] = taken.pop();
    high ^= marks[entry.number][0];
    low ^= marks[entry.number][1];
    unlift(entry);
    entry = entry.next;
  }
  return { ok: true };
}

/** A write that may have happened and that nobody read explains nothing; without it the search is shorter. */
function relevant(operations) {
  const read = new Set(operations.filter((one) => one.op === 'read').map((one) => one.value));
  return operations.filter((one) => one.op === 'read' || one.ret !== Infinity || read.has(one.value));
}

/** Calls and answers in order of time, as a list from which operations are taken and put back. */
function linked(history) {
  const events = [];
  history.forEach((one, number) => {
    const answer = { number, time: one.ret, answer: null, previous: null, next: null };
    events.push({ number, time: one.call, answer, previous: null, next: null }, answer);
  });
  // At one moment calls come first: what could have overlapped may be in either order.
  events.sort((a, b) => (a.time === b.time ? (a.answer === null) - (b.answer === null) : a.time - b.time));
  const head = { number: -1, previous: null, next: null };
  let last = head;
  for (const one of events) {
    last.next = one;
    one.previous = last;
    last = one;
  }
  return head;
}

function lift(call) {
  call.previous.next = call.next;
  call.next.previous = call.previous;
  const { answer } = call;
  answer.previous.next = answer.next;
  if (answer.next !== null) answer.next.previous = answer.previous;
}

function unlift(call) {
  const { answer } = call;
  answer.previous.next = answer;
  if (answer.next !== null) answer.next.previous = answer;
  call.previous.next = call;
  call.next.previous = call;
}

/** 32 bits at a time; the same for the same seed. */
function generator(seed) {
  let state = (seed + 0x9e3779b9) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return mixed ^ (mixed >>> 14);
  };
}

// The checker of histories must accept what is right and, above all, refuse what is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check_register } from './linearizability.mjs';
import { allow_writes_under_way, check_times, check_transitions } from './checks.mjs';

const write = (value, call, ret) => ({ op: 'write', value, call, ret });
const read = (value, call, ret) => ({ op: 'read', value, call, ret });
const ok = (...history) => assert.equal(check_register(history, null).ok, true);
const bad = (...history) => assert.equal(check_register(history, null).ok, false);

test('one after the other', () => {
  ok(read(null, 0, 1), write('a', 2, 3), read('a', 4, 5), write(null, 6, 7), read(null, 8, 9));
});

test('a read after the answer of a write sees it', () => {
  bad(write('a', 0, 1), read(null, 2, 3));
  bad(write('a', 0, 1), write('b', 2, 3), read('a', 4, 5));
});

test('a read beside a write sees either', () => {
  ok(write('a', 0, 9), read(null, 1, 2), read('a', 3, 4));
  ok(write('a', 0, 9), read('a', 1, 2));
});

test('what one has seen the next sees, too', () => {
  bad(write('a', 0, 9), read('a', 1, 2), read(null, 3, 4));
  bad(write('a', 0, 1), write('b', 2, 20), read('b', 3, 4), read('a', 5, 6));
});

test('two writes beside each other are seen in one order', () => {
  ok(write('a', 0, 9), write('b', 0, 9), read('b', 10, 11), read('b', 12, 13));
  bad(write('a', 0, 9), write('b', 0, 9), read('b', 10, 11), read('a', 12, 13), read('b', 14, 15));
});

test('before its answer a write may be seen by one and not yet by another, afterwards not', () => {
  const lenient = (...history) => check_register(allow_writes_under_way(history), null).ok;
  assert.equal(lenient(write('a', 0, 9), read('a', 1, 2), read(null, 3, 4)), true);
  assert.equal(lenient(write('a', 0, 9), read('a', 1, 2), read(null, 10, 11)), false);
  assert.equal(lenient(write('a', 0, 10), write('b', 9, 20), read(null, 15, 16)), false);
  assert.equal(lenient(write('a', 0, 10), write('b', 9, 20), read('b', 12, 13), read('a', 15, 16)), true);
});

test('a value that nobody wrote', () => bad(write('a', 0, 1), read('x', 2, 3)));

test('a write without an answer happens late or never, but once', () => {
  ok(write('a', 0, 1), write('b', 2, Infinity), read('a', 3, 4), read('b', 5, 6));
  ok(write('a', 0, 1), write('b', 2, Infinity), read('a', 3, 4));
  bad(write('a', 0, 1), write('b', 2, Infinity), read('b', 3, 4), read('a', 5, 6));
  bad(write('a', 0, 1), write('b', 2, Infinity), read('b', 3, 4), write('c', 5, 6), read('b', 7, 8));
});

test('a long history of many clients, and one bad read in it', () => {
  const history = [];
  let value = null;
  for (let n = 0; n < 2000; n += 1) {
    const at = n * 10;
    // Each happens in the middle of its time and overlaps its neighbours.
    if (n % 3 === 0) {
      value = `v${n}`;
      history.push(write(value, at - 12, at + 12));
    } else {
      history.push(read(value, at - 12, at + 12));
    }
  }
  assert.equal(check_register(history, null).ok, true);
  const wrong = history.slice();
  wrong[1501] = read('v900', 15010 - 12, 15010 + 12);
  const found = check_register(wrong, null);
  assert.equal(found.ok, false);
  assert.equal(found.at.value, 'v900');
});

const use = (status, call, ret) => ({ status, call, ret });

test('uses of a limited expectation', () => {
  const two = [use(200, 0, 1), use(200, 2, 3)];
  assert.deepEqual(check_times({ limit: 2, uses: [...two, use(404, 4, 5)] }), []);
  assert.match(check_times({ limit: 1, uses: two })[0], /2 times/);
  assert.match(check_times({ limit: 3, uses: [...two, use(404, 4, 5)] })[0], /refused/);
  // A request without an answer may have been the third.
  assert.deepEqual(check_times({ limit: 3, uses: [...two, use('unknown', 3, Infinity), use(404, 4, 5)] }), []);
  assert.match(check_times({ limit: 3, uses: [...two, use(404, 2, 3), use('unknown', 3.5, Infinity)] })[0], /refused/);
});

test('transitions of a scenario have one winner', () => {
  assert.deepEqual(check_transitions({ steps: 2, moves: [{ status: 200, step: 0 }, { status: 200, step: 1 }], final: 's2' }), []);
  assert.match(check_transitions({ steps: 2, moves: [{ status: 200, step: 0 }, { status: 200, step: 0 }], final: 's1' })[0], /2 winners/);
  assert.match(check_transitions({ steps: 2, moves: [{ status: 200, step: 1 }], final: 's2' })[0], /no winner/);
  assert.deepEqual(check_transitions({ steps: 2, moves: [{ status: 'unknown' }, { status: 200, step: 1 }], final: 's2' }), []);
  assert.match(check_transitions({ steps: 3, moves: [{ status: 200, step: 0 }], final: 'Started' })[0], /is in Started/);
});

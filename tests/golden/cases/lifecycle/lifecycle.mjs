// Which of several expectations answers, and for how long: priority, order, update, Times, timeToLive, capacity, percentage.
import { put, expect, get, active } from '../../build.mjs';

const answer = (id, extra = {}) => ({ id, httpRequest: { path: '/p' }, httpResponse: { body: id }, ...extra });
const once = { times: { remainingTimes: 1 } };
const short = (milliseconds) => ({ timeToLive: { timeUnit: 'MILLISECONDS', timeToLive: milliseconds } });

const limited = (id, body = id, priority = 0) => expect({ id: `limit_${id}`, priority, httpRequest: { path: `/${id}` }, httpResponse: { body } });

export default [
  { name: 'priority_higher_first', description: 'the higher priority answers', steps: [expect(answer('a')), expect(answer('b', { priority: 5 })), expect(answer('c', { priority: -5 })), get('/p'), active()] },
  { name: 'insertion_order', description: 'among equal priorities the older one answers', steps: [expect(answer('z')), expect(answer('a')), get('/p'), active()] },
  { name: 'insertion_order_in_array', description: 'the order within an array counts', steps: [expect([answer('z'), answer('a'), answer('m')]), get('/p'), put('clear', { id: 'z' }), get('/p'), active()] },
  { name: 'update_keeps_place', description: 'an update keeps its place', steps: [expect(answer('x')), expect(answer('y')), expect(answer('x', { httpResponse: { body: 'new' } })), get('/p'), active()] },
  { name: 'update_changes_priority', description: 'a changed priority moves it', steps: [expect(answer('x')), expect(answer('y')), expect(answer('y', { priority: 1 })), get('/p'), expect(answer('x', { priority: 2 })), get('/p'), expect(answer('x', { priority: 0 })), get('/p'), active()] },
  { name: 'update_changes_matcher', description: 'an update of the path replaces the old one', steps: [expect(answer('x')), expect(answer('x', { httpRequest: { path: '/q' } })), get('/p'), get('/q')] },
  { name: 'removed_and_added_again', description: 'a removed id loses its place', steps: [expect(answer('x')), expect(answer('y')), put('clear', { id: 'x' }), expect(answer('x')), get('/p'), active()] },
  { name: 'falls_through', description: 'the next one answers when the first is used up', steps: [expect(answer('a', once)), expect(answer('b', once)), expect(answer('c')), get('/p'), get('/p'), get('/p'), get('/p'), active()] },
  { name: 'times_two', description: 'two answers, then none', steps: [expect(answer('a', { times: { remainingTimes: 2, unlimited: false } })), active(), get('/p'), active(), get('/p'), active(), get('/p')] },
  { name: 'times_only_matches_count', description: 'requests that do not match use nothing up', steps: [expect(answer('a', once)), get('/q'), get('/q'), get('/p'), get('/p')] },
  { name: 'times_restart_on_update', description: 'an update starts the count anew', steps: [expect(answer('a', { times: { remainingTimes: 2 } })), get('/p'), expect(answer('a', { times: { remainingTimes: 2 }, httpResponse: { body: 'b' } })), get('/p'), get('/p'), get('/p')] },
  { name: 'times_identical_update', description: 'posting the same again after a use', steps: [expect(answer('a', { times: { remainingTimes: 2 } })), get('/p'), expect(answer('a', { times: { remainingTimes: 2 } })), active(), get('/p'), get('/p'), get('/p')] },
  { name: 'times_zero', description: 'remainingTimes 0', steps: [expect(answer('a', { times: { remainingTimes: 0 } })), get('/p'), active()] },
  { name: 'times_with_unlimited', description: 'unlimited wins over a number', steps: [expect(answer('a', { times: { remainingTimes: 1, unlimited: true } })), get('/p'), get('/p'), active()] },
  { name: 'ttl_expires', description: 'an expired expectation no longer answers', steps: [expect(answer('a', short(150))), get('/p'), { wait_ms: 220 }, get('/p'), active()] },
  { name: 'ttl_restarts_on_update', description: 'an update starts the time anew', steps: [expect(answer('a', short(200))), { wait_ms: 120 }, expect(answer('a', { ...short(200), httpResponse: { body: 'b' } })), { wait_ms: 120 }, get('/p'), { wait_ms: 140 }, get('/p')] },
  { name: 'ttl_next_takes_over', description: 'the next one answers after the first expired', steps: [expect(answer('a', short(80))), expect(answer('b')), get('/p'), { wait_ms: 140 }, get('/p')] },
  { name: 'ttl_units', description: 'units of time', steps: [expect(answer('a', { timeToLive: { timeUnit: 'MICROSECONDS', timeToLive: 1 } })), { wait_ms: 20 }, get('/p'), expect(answer('b', { timeToLive: { timeUnit: 'NANOSECONDS', timeToLive: 1 } })), { wait_ms: 20 }, get('/p'), expect(answer('c', { timeToLive: { timeUnit: 'DAYS', timeToLive: 1 } })), get('/p')] },
  { name: 'ttl_zero', description: 'timeToLive 0', steps: [expect(answer('a', short(0))), { wait_ms: 10 }, get('/p')] },
  { name: 'percentage_zero_and_hundred', description: 'percentage 0 never answers, 100 always', steps: [expect(answer('never', { percentage: 0 })), ...Array.from({ length: 5 }, () => get('/p')), expect(answer('always', { percentage: 100 })), ...Array.from({ length: 5 }, () => get('/p')), active()] },
  { name: 'percentage_zero_uses_nothing', description: 'a missed draw does not use up a time', steps: [expect(answer('never', { percentage: 0, ...once })), get('/p'), active()] },
  { name: 'expectation_limit',
    description: 'the oldest inserted one is dropped when the store is full',
    steps: [put('configuration', { maxExpectations: 3 }, { only_status: true }), ...['a', 'b', 'c'].map((id) => limited(id)), limited('a', 'a2'), limited('d', 'd', 5), get('/a'), get('/b'), get('/d'), active(),
      expect([{ id: 'limit_e', httpRequest: { path: '/e' }, httpResponse: {} }, { id: 'limit_f', httpRequest: { path: '/f' }, httpResponse: {} }]), active(), put('configuration', { maxExpectations: 15000 }, { only_status: true })] },
  { name: 'responses_sequential', description: 'several responses in turn', steps: [expect({ id: 'a', httpRequest: { path: '/p' }, httpResponses: [{ body: 'one' }, { statusCode: 201, body: 'two' }, { body: 'three' }] }), ...Array.from({ length: 7 }, () => get('/p'))] },
  { name: 'responses_sequential_with_times', description: 'several responses and a limited number of uses', steps: [expect({ id: 'a', httpRequest: { path: '/p' }, httpResponses: [{ body: 'one' }, { body: 'two' }], responseMode: 'SEQUENTIAL', times: { remainingTimes: 3 } }), ...Array.from({ length: 4 }, () => get('/p'))] },
  { name: 'many_expectations', description: 'one of many answers', steps: [expect(Array.from({ length: 60 }, (_, n) => ({ id: `e${n}`, httpRequest: { path: n % 2 ? `/lit/${n}` : `/rx/${n}/[a-z]+` }, httpResponse: { body: `${n}` } }))), get('/lit/1'), get('/lit/59'), get('/rx/0/abc'), get('/rx/58/abc'), get('/rx/58/123'), get('/lit/60')] },
  { name: 'catch_all_behind', description: 'a catch-all of lower priority', steps: [expect({ id: 'all', priority: -10, httpResponse: { statusCode: 418 } }), expect(answer('a')), get('/p'), get('/other'), { send: 'DELETE /p' }] },
];

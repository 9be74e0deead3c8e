// Scenarios: which expectation answers in which state, the endpoints, timed moves, isolation, what makes a scenario start over.
import { put, expect, get, active } from '../../build.mjs';

const step = (id, path, scenario, from, to, extra = {}) => ({
  id, httpRequest: { path }, httpResponse: { body: id }, scenarioName: scenario, ...(from ? { scenarioState: from } : {}), ...(to ? { newScenarioState: to } : {}), ...extra,
});
const state_of = (name) => get(`/mockserver/scenario/${name}`);
const listed = get('/mockserver/scenario');
const set = (name, state, extra = {}) => put(`scenario/${name}`, { state, ...extra });
const trigger = (name, state) => put(`scenario/${name}/trigger`, { newState: state });
const later = (name, from, to, milliseconds) => set(name, from, { nextState: to, transitionAfterMs: milliseconds });
const event = (trigger_name, scenario, target, pattern) => ({ trigger: trigger_name, scenarioName: scenario, targetState: target, ...(pattern ? { matchPattern: pattern } : {}) });

export default [
  { name: 'chain', description: 'each answer moves the scenario to the state of the next', steps: [expect([step('open', '/p', 'till', 'Started', 'open'), step('close', '/p', 'till', 'open', 'closed'), step('look', '/look', 'till', 'closed')]), get('/look'), listed, state_of('till'), get('/p'), state_of('till'), get('/p'), listed, get('/p'), get('/look'), get('/look'), active()] },
  { name: 'any_state', description: 'without a required state every match moves it', steps: [expect([step('a', '/p', 't', '', 'on'), step('b', '/q', 't', 'on')]), get('/q'), get('/p'), get('/p'), get('/q'), listed] },
  { name: 'name_only', description: 'a name alone restricts nothing and moves nothing', steps: [expect(step('a', '/p', 't')), get('/p'), listed, active()] },
  { name: 'state_without_name', description: 'without a name the states are ignored', steps: [expect({ id: 'a', httpRequest: { path: '/p' }, httpResponse: {}, scenarioState: 'X', newScenarioState: 'Y' }), get('/p'), listed] },
  { name: 'empty_texts', description: 'an empty text is none', steps: [expect([step('a', '/p', ''), { id: 'b', httpRequest: { path: '/q' }, httpResponse: {}, scenarioName: 's', scenarioState: '', newScenarioState: '' }]), get('/q'), listed] },
  { name: 'states_are_exact', description: 'letter case of states and names counts', steps: [expect(step('a', '/p', 't', 'started', 'on')), get('/p'), trigger('T', 'started'), get('/p'), trigger('t', 'started'), get('/p'), state_of('t')] },
  { name: 'next_candidate', description: 'one that is in another state lets the next one answer', steps: [expect([step('a', '/p', 't', 'on', '', { priority: 5 }), step('b', '/p', 't', 'Started', 'on')]), get('/p'), get('/p'), get('/p')] },
  { name: 'percentage_zero', description: 'a missed draw moves nothing', steps: [expect([step('a', '/p', 't', 'Started', 'on', { percentage: 0 }), step('b', '/q', 't', '', 'on', { percentage: 0 })]), get('/p'), get('/q'), listed] },
  { name: 'put_and_trigger', description: 'the state is set from outside', steps: [expect([step('a', '/p', 't', 'A'), step('b', '/p', 't', 'B')]), get('/p'), set('t', 'A'), get('/p'), trigger('t', 'B'), get('/p'), listed] },
  { name: 'bare_paths', description: 'the paths without prefix', steps: [{ send: 'PUT /scenario/t', json: { state: 'A' } }, get('/scenario/t'), get('/scenario'), get('/scenario/'), get('/mockserver/scenario/'), get('/scenarios'), { send: 'PUT /scenario/t/trigger', json: { newState: 'B' } }] },
  { name: 'names_as_given', description: 'the rest of the path is the name, not decoded', steps: [set('a%20b', 'A'), state_of('a%20b'), put('clear'), set('a/b', 'B'), get('/mockserver/scenario/a/b?x=1'), put('clear'), set('a/', 'C'), listed, put('clear'), trigger('trigger', 'D'), listed, get('/mockserver/scenario/trigger/trigger')] },
  { name: 'other_methods', description: 'only GET and PUT are known', steps: [{ send: 'DELETE /mockserver/scenario/t' }, { send: 'POST /mockserver/scenario/t', json: { state: 'A' } }, put('scenario', { state: 'A' }), { send: 'HEAD /mockserver/scenario' }] },
  { name: 'refused',
    description: 'what is refused, and how',
    steps: [put('scenario/', { state: 'A' }), put('scenario/'), put('scenario//trigger', { newState: 'A' }), put('scenario/t'), put('scenario/t', '  '), put('scenario/t', {}), put('scenario/t', { state: '' }), put('scenario/t', { state: ' ' }), put('scenario/t', { state: null }), put('scenario/t', { state: {} }), put('scenario/t', []), put('scenario/t', '"A"'), put('scenario/t', 'null'),
      put('scenario/t/trigger'), put('scenario/t/trigger', {}), put('scenario/t/trigger', { newState: '' }), put('scenario/t/trigger', { state: 'A' }), put('scenario/trigger', { newState: 'A' }), listed] },
  { name: 'tolerated', description: 'scalars as states, and surplus members', steps: [put('scenario/t', { state: 7 }), put('scenario/t', { state: true, more: 1 }), put('scenario/t/trigger', { newState: 5 }), put('scenario/t', "{state: 'x'}"), put('scenario/t', '{"state":"a"} and more')] },
  { name: 'not_planned', description: 'a timed move needs a state and a time above 0', steps: [set('t', 'A', { transitionAfterMs: 50 }), set('t', 'A', { nextState: 'B' }), set('t', 'A', { nextState: 'B', transitionAfterMs: 0 }), set('t', 'A', { nextState: 'B', transitionAfterMs: -5 }), set('t', 'A', { nextState: '', transitionAfterMs: 50 }), set('t', 'A', { nextState: 'B', transitionAfterMs: 'soon' }), { wait_ms: 120 }, state_of('t')] },
  { name: 'timed', description: 'the scenario moves by itself', steps: [later('t', 'A', 'B', 150), state_of('t'), { wait_ms: 300 }, state_of('t')] },
  { name: 'timed_as_text', description: 'the time as a text, and with a fraction', steps: [set('t', 'A', { nextState: 'B', transitionAfterMs: '50' }), { wait_ms: 200 }, state_of('t'), set('t', 'A', { nextState: 'B', transitionAfterMs: 50.5 }), { wait_ms: 200 }, state_of('t')] },
  { name: 'timed_elsewhere', description: 'a scenario that is elsewhere by then stays there', steps: [later('t', 'A', 'B', 100), trigger('t', 'C'), { wait_ms: 250 }, state_of('t')] },
  { name: 'timed_away_and_back', description: 'one that is back by then moves', steps: [later('t', 'A', 'B', 200), trigger('t', 'C'), set('t', 'A'), { wait_ms: 400 }, state_of('t')] },
  { name: 'timed_replaced', description: 'a later plan takes the place of the earlier one', steps: [later('t', 'A', 'B', 100), later('t', 'A', 'D', 400), { wait_ms: 250 }, state_of('t'), { wait_ms: 350 }, state_of('t')] },
  { name: 'timed_reset', description: 'a reset forgets the plan', steps: [later('t', 'A', 'B', 150), put('reset'), set('t', 'A'), { wait_ms: 300 }, state_of('t')] },
  { name: 'timed_clear', description: 'a clear does not', steps: [later('t', 'A', 'B', 200), put('clear'), listed, set('t', 'A'), { wait_ms: 400 }, state_of('t')] },
  { name: 'clear_by_id', description: 'the last expectation of a scenario takes its state along', steps: [expect([step('a', '/p', 't', '', 'on'), step('b', '/q', 't', '', 'on')]), get('/p'), put('clear', { id: 'a' }), listed, put('clear', { id: 'b' }), listed] },
  { name: 'clear_by_path', description: 'the same by a matcher', steps: [expect(step('a', '/p', 't', '', 'on')), get('/p'), put('clear', { path: '/other' }), listed, put('clear', { path: '/p' }), listed] },
  { name: 'clear_all', description: 'clearing all expectations forgets all states', steps: [set('t', 'A'), put('clear?type=log'), listed, put('clear?type=expectations'), listed, set('t', 'A'), put('clear'), listed] },
  { name: 'used_up', description: 'the last use takes the state along', steps: [expect(step('a', '/p', 't', '', 'on', { times: { remainingTimes: 2 } })), get('/p'), listed, get('/p'), { wait_ms: 100 }, listed] },
  { name: 'update_keeps_state', description: 'an update that leaves the scenario keeps its state', steps: [expect(step('a', '/p', 't', '', 'on')), get('/p'), expect({ id: 'a', httpRequest: { path: '/p' }, httpResponse: {} }), listed] },
  { name: 'isolated_by_header', description: 'a machine per value of a header', steps: [expect([step('a', '/p', 't__iso=header:X-S', 'Started', 'n'), step('b', '/p', 't__iso=header:X-S', 'n')]), get('/p', { 'x-s': '1' }), get('/p', { 'X-S': '1' }), get('/p', { 'X-S': '2' }), get('/p'), get('/p'), state_of('t'), state_of('t__iso=header:X-S')] },
  { name: 'isolated_is_listed', description: 'how an isolated machine is listed', steps: [expect(step('a', '/p', 't__iso=header:X-S', 'Started', 'n')), get('/p', { 'x-s': 'one' }), listed, set('t__iso=header:X-S', 'n'), get('/p'), get('/p', { 'x-s': 'two' })] },
  { name: 'isolated_by_query', description: 'a machine per value of a query parameter', steps: [expect([step('a', '/p', 't__iso=query_parameter:q', 'Started', 'n'), step('b', '/p', 't__iso=query_parameter:q', 'n')]), get('/p?q=1'), get('/p?q=1'), get('/p?q=2&q=1'), get('/p?q=1&q=2'), get('/p?Q=1'), get('/p?q=a%20b'), get('/p?q=a+b'), get('/p')] },
  { name: 'isolated_by_cookie', description: 'a machine per value of a cookie', steps: [expect([step('a', '/p', 't__iso=cookie:q', 'Started', 'n'), step('b', '/p', 't__iso=cookie:q', 'n')]), get('/p', { Cookie: 'q=1' }), get('/p', { Cookie: 'z=2; q=1' }), get('/p', { Cookie: 'q=2' }), get('/p', { Cookie: 'Q=1' }), get('/p')] },
  ...['foo:q', 'HEADER:q', 'header:', 'header'].map((suffix, n) => ({ name: `no_isolation_${n + 1}`, description: `__iso=${suffix} isolates nothing`, steps: [expect(step('a', '/p', `t__iso=${suffix}`, 'Started', 'n')), get('/p', { q: '1' }), listed] })),
  { name: 'event_http', description: 'an expectation with events lets HTTP requests move the scenarios that wait for them', steps: [expect([{ id: 'a', httpRequest: { path: '/p.*' }, httpResponse: {}, crossProtocolScenarios: [event('GRPC_REQUEST', 'g', 'hit', '/zz')] }, { id: 'b', httpRequest: { path: '/other' }, httpResponse: {}, crossProtocolScenarios: [event('HTTP_REQUEST', 'y', 'hit', '/p1')] }, { id: 'c', httpRequest: { path: '/plain1' }, httpResponse: {} }]), get('/plain1'), listed, get('/p2'), listed, get('/p1'), listed, state_of('g')] },
  { name: 'event_any', description: 'an event without a pattern', steps: [expect({ id: 'a', httpRequest: { path: '/p' }, httpResponse: {}, crossProtocolScenarios: [event('HTTP_REQUEST', 'z', 'hit')] }), get('/q'), listed, get('/p'), listed] },
  { name: 'event_empty', description: 'no events, and empty texts', steps: [expect({ id: 'a', httpRequest: { path: '/p' }, httpResponse: {}, crossProtocolScenarios: [] }), expect({ id: 'b', httpRequest: { path: '/p' }, httpResponse: {}, crossProtocolScenarios: [{ trigger: 'DNS_QUERY', matchPattern: '', scenarioName: '', targetState: '' }] })] },
  { name: 'event_refused',
    description: 'events that are refused',
    steps: [{}, [1], [{}], [{ trigger: 'X', scenarioName: 's', targetState: 't' }], [{ trigger: 'DNS_QUERY', scenarioName: 's' }], [{ trigger: 'DNS_QUERY', scenarioName: 's', targetState: 't', foo: 1 }], [{ trigger: 'HTTP_REQUEST', scenarioName: 1, targetState: 't' }], [{ scenarioName: 's', targetState: 't' }]]
      .map((events) => expect({ id: 'w', httpResponse: {}, crossProtocolScenarios: events })) },
];

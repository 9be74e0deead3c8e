// Clear and reset: types, ids, matchers and what is refused.
import { put, expect, get, post, active, recorded } from '../../build.mjs';

const two = [expect([{ id: 'a', httpRequest: { path: '/a' }, httpResponse: { body: 'a' } }, { id: 'b', httpRequest: { method: 'POST', path: '/b.*', headers: { 'X-H': ['v'] } }, httpResponse: { body: 'b' } }])];
const traffic = [get('/a'), post('/b1', 'x', { 'X-H': 'v' }), get('/none?q=1')];
const after = [active(), recorded()];
const cleared = (name, description, ...calls) => ({ name, description, steps: [...two, ...traffic, ...calls, ...after] });

const matchers = {
  by_path: { path: '/a' }, by_path_regex: { path: '/.*' }, by_path_under_expectation_regex: { path: '/b1' }, by_method: { method: 'GET' }, by_other_method: { method: 'DELETE' }, by_header: { headers: { 'X-H': ['v'] } },
  by_absent_header: { headers: { 'X-Z': ['v'] } }, by_negated_path: { path: '!/a' }, by_query: { queryStringParameters: { q: ['1'] } }, by_empty_matcher: {}, by_body: { body: 'x' },
  wrapped: { httpRequest: { path: '/a' } }, wrapped_empty: { httpRequest: {} }, by_id: { id: 'a' }, by_wrapped_id: { httpRequest: { id: 'a' } }, by_case: { path: '/A' }, by_nothing_found: { path: '/zzz' },
};

export default [
  ...Object.entries(matchers).map(([name, body]) => cleared(name, `clear ${name.replaceAll('_', ' ')}`, put('clear', body))),
  ...['log', 'LOG', 'expectations', 'EXPECTATIONS', 'all', 'ALL', 'Log', ''].map((type, n) => cleared(`type_${n}_${type.toLowerCase() || 'empty'}`, `clear with type "${type}" and a path`, put(`clear?type=${type}`, { path: '/a' }))),
  ...['log', 'expectations', 'all'].map((type) => cleared(`type_${type}_blank`, `clear everything of type ${type}`, put(`clear?type=${type}`))),
  ...['log', 'expectations', 'all'].map((type) => cleared(`type_${type}_by_id`, `clear by id, type ${type}`, put(`clear?type=${type}`, { id: 'b' }))),
  cleared('blank', 'a blank body clears everything', put('clear')),
  cleared('whitespace', 'a body of blanks clears everything', put('clear', '  \n')),
  cleared('refused', 'refused clears change nothing', put('clear?type=foo'), put('clear?type=foo', { path: '/a' }), put('clear', { id: 'nope' }), put('clear', { id: '' }), put('clear', { id: ' ' }), put('clear', { httpRequest: { id: 'nope' } }), put('clear', { path: 500, method: true, keepAlive: 'false' }),
    put('clear', { foo: 1 }), put('clear', '[]'), put('clear', '[{"path":"/a"}]'), put('clear', '1'), put('clear', '"x"'), put('clear', '""'), put('clear', 'null'), put('clear', { id: 1 }), put('clear', { path: '/a', foo: 1 }), put('clear', { httpRequest: { path: 1 } }), put('clear', { httpRequest: 1 }), put('clear', { headers: 1 })),
  cleared('twice', 'clearing what is gone', put('clear', { path: '/a' }), put('clear', { path: '/a' }), put('clear', { id: 'a' })),
  cleared('then_verify', 'cleared requests no longer count', put('clear?type=log', { path: '/a' }), put('verify', { httpRequest: { path: '/a' }, times: { atLeast: 1 } }), put('verify', { httpRequest: { path: '/none' }, times: { atLeast: 1 } })),
  cleared('expectation_without_path', 'a field the expectation leaves out matches the filter', expect({ id: 'c', httpRequest: { method: 'PATCH' }, httpResponse: {} }), put('clear?type=expectations', { path: '/a' })),
  cleared('expectation_without_request', 'an expectation without a matcher and a filter', expect({ id: 'd', httpResponse: {} }), put('clear?type=expectations', { path: '/a' })),
  { name: 'reset', description: 'reset forgets expectations and log, whatever its body', steps: [...two, ...traffic, put('reset', '""'), ...after, ...two, put('reset', '{bad'), ...after, ...two, put('reset', { path: '/a' }), ...after, put('retrieve?type=REQUEST_RESPONSES'), put('retrieve?type=RECORDED_EXPECTATIONS'), put('verify', { httpRequest: {}, times: { atMost: 0 } }), get('/a')] },
];

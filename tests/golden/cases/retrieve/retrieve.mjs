// Retrieve: every type and format of this stage, filters and refusals.
import { put, expect, get, post, active, recorded } from '../../build.mjs';

const stored = expect([
  { id: 'low', httpRequest: { path: '/a' }, httpResponse: { statusCode: 200, body: 'low', headers: { b: ['1'], a: ['2', '3'] } } },
  { id: 'high', priority: 10, httpRequest: { method: 'POST', path: '/b/[0-9]+', headers: { 'X-H': ['v.*'] }, queryStringParameters: { q: ['!1'] } }, httpResponse: { body: { x: 1 } }, times: { remainingTimes: 2 } },
  { id: 'any', priority: -1, httpRequest: { method: 'PATCH' }, httpResponse: { statusCode: 204 } },
]);
const traffic = [
  get('/a?x=1&y=a%20b&x=3', [['Cookie', 'n=v; m=w'], ['X-Abc', '1'], ['X-Abc', '2']]),
  get('/nothing'),
  post('/b/1', 'text body', { 'X-H': 'value' }),
  post('/post', '{"b": 2, "a":[1, {"c":null}]}', { 'Content-Type': 'application/json' }),
  post('/post', '{"b": 2, "a":1.50}', { 'Content-Type': 'application/json; charset=utf-8' }),
  post('/post', '<a><b/></a>', { 'Content-Type': 'application/xml' }),
  post('/post', '<a/>', { 'Content-Type': 'text/xml; charset=utf-8' }),
  post('/post', 'a=b&c=d', { 'Content-Type': 'application/x-www-form-urlencoded' }),
  post('/post', 'plain', { 'Content-Type': 'text/plain' }),
  post('/post', 'plain', { 'Content-Type': 'text/plain; charset=utf-8' }),
  { send: 'POST /post', headers: { 'Content-Type': 'application/octet-stream' }, base64: 'AAH/' },
  { send: 'POST /post', headers: { 'Content-Type': 'image/png' }, base64: 'iVBORw==' },
  { send: 'POST /post', headers: { 'Content-Type': 'text/html; charset=iso-8859-1' }, base64: '6Q==' },
];
const with_traffic = (name, description, ...calls) => ({ name, description, steps: [stored, ...traffic, ...calls] });

const filters = { path: { path: '/a' }, regex: { path: '/.*' }, method: { method: 'POST' }, wrapped: { httpRequest: { path: '/post' } }, none: { path: '/zzz' }, header: { headers: { 'x-abc': ['1'] } }, query: { queryStringParameters: { y: ['a b'] } }, cookie: { cookies: { n: 'v' } }, body: { body: 'plain' }, negated: { path: '!/post' }, empty: {}, concrete_under_regex: { path: '/b/1' }, by_id: { id: 'low' } };

export default [
  with_traffic('requests', 'all recorded requests', recorded(), recorded({}), put('retrieve', { path: '/a' })),
  with_traffic('request_responses', 'requests with their responses', put('retrieve?type=REQUEST_RESPONSES'), put('retrieve?type=request_responses&format=json', { path: '/a' })),
  with_traffic('active_expectations', 'live expectations in the order in which they are tried', active(), put('retrieve?type=active_expectations&format=JSON', '')),
  with_traffic('nothing_recorded_by_forwarding', 'recorded expectations are empty without forwarding', put('retrieve?type=RECORDED_EXPECTATIONS'), put('retrieve?type=RECORDED_EXPECTATIONS', { path: '/a' })),
  ...Object.entries(filters).map(([name, filter]) => with_traffic(`filter_${name}`, `filtered by ${name.replaceAll('_', ' ')}`, recorded(filter), put('retrieve?type=REQUEST_RESPONSES', filter), active(filter))),
  with_traffic('log_entries', 'log entries as JSON', put('retrieve?type=REQUESTS&format=LOG_ENTRIES', { path: '/a' }), put('retrieve?type=REQUEST_RESPONSES&format=LOG_ENTRIES', { path: '/a' })),
  with_traffic('metrics', 'metrics are empty when off', put('retrieve?type=METRICS')),
  { name: 'all_empty', description: 'an empty server', steps: ['REQUESTS', 'REQUEST_RESPONSES', 'RECORDED_EXPECTATIONS', 'ACTIVE_EXPECTATIONS', 'METRICS'].flatMap((type) => ['JSON', 'LOG_ENTRIES'].map((format) => put(`retrieve?type=${type}&format=${format}`))) },
  { name: 'refused', description: 'refused retrieves', steps: [put('retrieve?type=foo'), put('retrieve?format=foo'), put('retrieve?type=foo&format=bar'), put('retrieve?type='), put('retrieve?format='), put('retrieve', '[]'), put('retrieve', '1'), put('retrieve', '"x"'), put('retrieve', 'null'), put('retrieve', { foo: 1 }), put('retrieve', { path: 1 }), put('retrieve', { httpRequest: { path: 1 } }), put('retrieve', { id: 'nope' }), put('retrieve?type=ACTIVE_EXPECTATIONS', { id: 'nope' }), put('retrieve?type=ACTIVE_EXPECTATIONS', { foo: 1 }), put('retrieve', { headers: { a: 1 } })] },
  { name: 'type_spelling', description: 'type and format in any case, unknown parameters ignored', steps: [stored, get('/a'), put('retrieve?type=Requests'), put('retrieve?TYPE=active_expectations'), put('retrieve?type=requests&foo=bar'), put('retrieve?format=JSON')] },
  { name: 'used_up_are_dropped', description: 'used-up and expired expectations are not listed', steps: [expect({ id: 'once', httpRequest: { path: '/once' }, httpResponse: {}, times: { remainingTimes: 1 } }), expect({ id: 'short', httpRequest: { path: '/short' }, httpResponse: {}, timeToLive: { timeUnit: 'MILLISECONDS', timeToLive: 60 } }), expect({ id: 'stays', httpRequest: { path: '/s' }, httpResponse: {}, times: { remainingTimes: 3 } }), get('/once'), get('/s'), { wait_ms: 120 }, active()] },
  { name: 'by_id_after_use', description: 'retrieve by id filters with that expectation\'s matcher', steps: [expect([{ id: 'x', httpRequest: { path: '/x' }, httpResponse: {} }, { id: 'y', httpRequest: { path: '/y' }, httpResponse: {} }]), get('/x'), get('/y'), recorded({ id: 'x' }), put('retrieve?type=REQUEST_RESPONSES', { id: 'y' }), active({ id: 'y' })] },
  { name: 'control_calls_are_not_recorded', description: 'control-plane calls do not count as requests', steps: [put('status'), put('retrieve?type=ACTIVE_EXPECTATIONS'), recorded(), put('verify', { httpRequest: {}, times: { atMost: 0 } })] },
  { name: 'recorded_headers', description: 'header names keep their case, values their order', steps: [get('/h', [['x-lower', 'a'], ['X-UPPER', 'b'], ['X-Multi', '1'], ['X-Multi', '2'], ['x-multi', '3'], ['X-Empty', ''], ['X-Comma', 'a,b']]), recorded()] },
  { name: 'recorded_targets', description: 'paths and query strings as they are recorded', steps: ['/a%20b', '/a+b?c+d=e+f', '/p?a&b=&c=d=e', '/p?a;b=c', '/p?%C3%A9=%E2%82%AC', '/é', '/p?q=%zz', '/p#f', '/a//b/../c', '/?', '/p?x=1&X=2'].map((target) => get(target)).concat([recorded()]) },
  { name: 'response_shapes', description: 'responses as they are recorded', steps: [expect([{ id: 'c', httpRequest: { path: '/c' }, httpResponse: { statusCode: 201, reasonPhrase: 'Made', cookies: { s: '1' }, headers: { 'Content-Type': ['text/plain'] }, body: 'x' } }, { id: 'j', httpRequest: { path: '/j' }, httpResponse: { body: { a: 1 } } }, { id: 'e', httpRequest: { path: '/e' }, httpResponse: {} }, { id: 'b', httpRequest: { path: '/b' }, httpResponse: { body: { type: 'BINARY', base64Bytes: 'AAEC' } } }, { id: 'd', httpRequest: { path: '/d' }, httpResponse: { delay: { timeUnit: 'MILLISECONDS', value: 5 }, body: 'late' } }]), ...['/c', '/j', '/e', '/b', '/d', '/none'].map((target) => get(target)), put('retrieve?type=REQUEST_RESPONSES')] },
];

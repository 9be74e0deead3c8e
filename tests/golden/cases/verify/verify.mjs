// Verification: every phrasing of the counts, the failure texts, limits and refusals.
import { put, expect, get, post } from '../../build.mjs';

const verify = (httpRequest, times, extra = {}) => put('verify', { httpRequest, ...(times ? { times } : {}), ...extra });
const three = [get('/a'), get('/a?q=1', { 'X-A': '1' }), post('/b', 'text')];
const group = (name, description, ...steps) => ({ name, description, steps });

const counts = [undefined, {}, { atLeast: 0 }, { atLeast: 1 }, { atLeast: 2 }, { atLeast: 3 }, { atLeast: 10 }, { atMost: 0 }, { atMost: 1 }, { atMost: 2 }, { atMost: 5 }, { atLeast: 1, atMost: 1 }, { atLeast: 2, atMost: 2 }, { atLeast: 3, atMost: 3 }, { atLeast: 0, atMost: 0 }, { atLeast: 0, atMost: 1 },
  { atLeast: 1, atMost: 2 }, { atLeast: 3, atMost: 4 }, { atLeast: 5, atMost: 3 }, { atLeast: -1, atMost: -1 }, { atLeast: -1 }, { atMost: -1 }, { atLeast: -1, atMost: 1 }, { atLeast: 3, atMost: -1 }];

const matchers = [{}, { path: '/a' }, { path: '/A' }, { path: '/.*' }, { path: '!/a' }, { method: 'POST' }, { method: 'DELETE' }, { path: '/a', method: 'POST' }, { queryStringParameters: { q: ['1'] } }, { queryStringParameters: { q: ['2'] } }, { headers: { 'x-a': ['1'] } }, { headers: { 'X-Z': ['1'] } },
  { headers: { '!X-A': ['.*'] } }, { cookies: { a: 'b' } }, { body: 'text' }, { body: 'other' }, { body: { type: 'REGEX', regex: 't.*' } }, { body: { type: 'JSON', json: '{"a":1}' } }, { keepAlive: true }, { keepAlive: false }, { secure: true }, { secure: false }, { path: '/a', headers: { 'X-Z': ['1'] }, body: 'x', cookies: { a: 'b' }, queryStringParameters: { z: ['1'] } }];

export default [
  group('counts', 'every phrasing of times, with two matching requests', ...three, ...counts.map((times) => verify({ path: '/a' }, times))),
  group('counts_nothing_recorded', 'times when nothing was recorded', ...counts.map((times) => verify({ path: '/a' }, times))),
  group('matchers', 'what the matcher may hold, exactly once', ...three, ...matchers.map((matcher) => verify(matcher))),
  group('one_request', 'one recorded request is printed without brackets', get('/one'), verify({ path: '/two' }, { atLeast: 1 }), verify({}, { atMost: 0 }), verify({ path: '/one' }, { atLeast: 2 })),
  group('nine_requests', 'below the limit all requests are printed', ...Array.from({ length: 9 }, (_, n) => get(`/r${n}`)), verify({ path: '/x' })),
  group('ten_requests', 'at the limit only the number is printed', ...Array.from({ length: 10 }, (_, n) => get(`/r${n}`)), verify({ path: '/x' }), verify({ path: '/r1' }, { atLeast: 2 }), verify({ path: '/r.*' }, { atMost: 3 }), put('verifySequence', { httpRequests: [{ path: '/x' }] })),
  group('limit_in_body', 'a limit in the body', ...three, ...[0, 1, 2, 3, 4].map((limit) => verify({ path: '/x' }, { atLeast: 1 }, { maximumNumberOfRequestToReturnInVerificationFailure: limit }))),
  group('unmatched_requests_count', 'requests that nothing matched count too', expect({ id: 'm', httpRequest: { path: '/m' }, httpResponse: {} }), get('/m'), get('/never'), verify({ path: '/never' }, { atLeast: 1 }), verify({ path: '/m' }, { atLeast: 1 }), verify({}, { atLeast: 2, atMost: 2 })),
  group('recorded_bodies', 'bodies in the failure text', post('/j', '{"a": 1}', { 'Content-Type': 'application/json' }), post('/x', '<a/>', { 'Content-Type': 'application/xml' }), post('/s', 'text', { 'Content-Type': 'text/plain' }), { send: 'POST /b', headers: { 'Content-Type': 'application/octet-stream' }, base64: 'AAEC' }, verify({ path: '/zzz' })),
  group('json_body', 'verification of a JSON body', post('/j', '{"a": 1, "b": {"c": [1, 2]}}', { 'Content-Type': 'application/json' }), verify({ body: { a: 1 } }), verify({ body: { a: 2 } }), verify({ body: { type: 'JSON', json: '{"a":1}', matchType: 'STRICT' } })),
  group('refused', 'refused verifications', ...['', ' ', '[]', '1', '"x"', '""', 'null', '{}', '{"foo":1}', '{"httpRequest":1}', '{"httpRequest":{"path":1}}', '{"httpRequest":{"foo":1}}', '{"httpRequest":{},"expectationId":{"id":"x"}}', '{"httpRequest":{},"times":1}', '{"httpRequest":{},"times":{"atLeast":"1"}}', '{"httpRequest":{},"times":{"atLeast":1.5}}',
    '{"httpRequest":{},"times":{"atMost":true}}', '{"httpRequest":{},"times":{"foo":1}}', '{"httpRequest":{},"times":null}', '{"httpRequest":{},"times":[]}', '{"httpRequest":{},"maximumNumberOfRequestToReturnInVerificationFailure":"1"}', '{"httpRequest":{},"maximumNumberOfRequestToReturnInVerificationFailure":1.5}',
    '{"expectationId":{}}', '{"expectationId":"x"}', '{"expectationId":{"id":1}}', '{"expectationId":{"id":"x","foo":1}}', '{"httpRequest":{"path":"/a"},"foo":1}', '{"httpRequests":[{"path":"/a"}]}', '{"times":{"atLeast":1}}', '{"HttpRequest":{}}', '{"httpRequest":null}'].map((body) => put('verify', body))),
  group('by_id', 'verification by expectation id', expect([{ id: 'x', httpRequest: { path: '/x' }, httpResponse: {} }, { id: 'y', httpRequest: { path: '/.*' }, httpResponse: {} }]), ...[undefined, { atLeast: 0 }, { atMost: 0 }].map((times) => put('verify', { expectationId: { id: 'x' }, times })), get('/x'), get('/other'), get('/x'),
    ...[undefined, { atLeast: 2 }, { atLeast: 2, atMost: 2 }, { atLeast: 3 }, { atMost: 1 }].map((times) => put('verify', { expectationId: { id: 'x' }, times })), put('verify', { expectationId: { id: 'y' } }), put('verify', { expectationId: { id: 'nope' } })),
  group('by_id_after_removal', 'ids stay known after use, clear by id, and are forgotten by reset', expect({ id: 'once', httpRequest: { path: '/once' }, httpResponse: {}, times: { remainingTimes: 1 } }), get('/once'), put('verify', { expectationId: { id: 'once' }, times: { atLeast: 1 } }), expect({ id: 'gone', httpRequest: { path: '/gone' }, httpResponse: {} }), get('/gone'), put('clear?type=expectations', { id: 'gone' }),
    put('verify', { expectationId: { id: 'gone' }, times: { atLeast: 1 } }), put('reset'), put('verify', { expectationId: { id: 'gone' }, times: { atLeast: 1 } })),
  group('after_clear_all', 'a clear with a blank body forgets ids', expect({ id: 'x', httpRequest: { path: '/x' }, httpResponse: {} }), put('clear'), put('verify', { expectationId: { id: 'x' }, times: { atMost: 0 } })),
  group('zero_interactions', 'nothing may have arrived', verify({}, { atLeast: 0, atMost: 0 }), verify({}, { atMost: 0 }), get('/x'), verify({}, { atLeast: 0, atMost: 0 }), verify({}, { atMost: 0 })),
  group('directly_after_answer', 'a request counts as soon as its answer was seen', expect({ id: 'm', httpRequest: { path: '/m' }, httpResponse: {} }), ...Array.from({ length: 10 }, (_, n) => [get('/m'), verify({ path: '/m' }, { atLeast: n + 1, atMost: n + 1 })]).flat()),
  group('negation_and_optional_in_text', 'marks in the expected request of the failure text', get('/a'), verify({ method: '!GET', path: { not: true, value: '/a' }, headers: { 'X-A': ['?b', '!c'] }, body: { not: true, type: 'STRING', string: 'x' } }), verify({ path: '/{id}', pathParameters: { id: ['1'] } })),
];

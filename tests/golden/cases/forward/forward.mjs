// httpForward: what the upstream gets, what the client gets, what is recorded.
import { put, expect, get as get_from, post as post_to, active } from '../../build.mjs';

// The original records the Host header that it sends, not the one it received: here they are the same.
const host = (headers = {}) => (Array.isArray(headers) ? [['Host', '127.0.0.1:${UPSTREAM}'], ...headers] : { Host: '127.0.0.1:${UPSTREAM}', ...headers });
const get = (target, headers) => get_from(target, host(headers));
const post = (target, body, headers) => post_to(target, body, host(headers));
const get_here = (target) => get_from(target, { Host: '127.0.0.1:${PORT}' });
const to_upstream = (more = {}, around = {}) => expect({ id: 'f', httpRequest: { path: '/.*' }, httpForward: { host: '127.0.0.1', port: '${#UPSTREAM}', ...more }, ...around });
const answer = (body, headers = [], status = '200 OK') => `HTTP/1.1 ${status}\r\n${headers.map((line) => `${line}\r\n`).join('')}Content-Length: ${body.length}\r\n\r\n${body}`;
const seen = { seen: true };
const recorded_expectations = (filter) => put('retrieve?type=RECORDED_EXPECTATIONS', filter);
const pairs = (filter) => put('retrieve?type=REQUEST_RESPONSES', filter);
const logs = () => put('retrieve?type=LOGS');

const forwarded = (name, description, upstream, ...steps) => ({ name, description, upstream, steps: [to_upstream(), ...steps] });

export default [
  forwarded('get', 'a GET', [answer('hello')], get('/a?x=1&y=a%20b'), seen),
  forwarded('post', 'a POST with a body', [answer('ok', ['Content-Type: text/plain'], '201 Created')], post('/p', 'abc', { 'Content-Type': 'text/plain', 'X-A': ['1', '2'] }), seen),
  forwarded('request_headers', 'headers of one connection are not forwarded', [answer('')], get('/h', [['Connection', 'keep-alive, x-own'], ['X-Own', '1'], ['Keep-Alive', 'timeout=5'], ['TE', 'trailers'], ['Trailer', 'x'], ['Upgrade', 'h2c'], ['Proxy-Connection', 'keep-alive'], ['Proxy-Authorization', 'Basic eDp5'], ['Proxy-Authenticate', 'Basic'], ['Accept', '*/*'], ['Cookie', 'a=b'], ['User-Agent', 'u'], ['X-Forwarded-For', '1.2.3.4']]), seen),
  forwarded('accept_encoding', 'accepted codings', [answer('')], get('/e', { 'Accept-Encoding': 'gzip, deflate, br;q=0.5, zstd' }), get('/e', { 'Accept-Encoding': 'br' }), get('/e', { 'Accept-Encoding': 'gzip' }), seen),
  forwarded('chunked_request', 'a chunked request', [answer('')], { send: 'POST /c', headers: host({ 'Transfer-Encoding': 'chunked' }), body: '3\r\nabc\r\n0\r\n\r\n' }, seen),
  forwarded('response_headers', 'headers of an answer', [answer('x', ['Server: s', 'Date: Sat, 01 Jan 2000 00:00:00 GMT', 'Connection: keep-alive', 'Keep-Alive: timeout=5', 'X-A: 1', 'X-A: 2', 'Set-Cookie: a=b; Path=/', 'Set-Cookie: c=d', 'Proxy-Authenticate: Basic', 'Upgrade: h2', 'Trailer: t'])], get('/r'), pairs(), recorded_expectations()),
  forwarded('reason', 'a reason phrase of its own', [answer('', [], '299 Odd')], get('/r'), recorded_expectations()),
  forwarded('no_content', 'answers without a body', ['HTTP/1.1 204 No Content\r\n\r\n', 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'], get('/r'), get('/r'), recorded_expectations()),
  forwarded('head', 'a HEAD', ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'], { send: 'HEAD /r', headers: host() }, seen),
  forwarded('chunked_answer', 'a chunked answer', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'], get('/r'), recorded_expectations()),
  forwarded('close_framed', 'an answer that ends with the connection', [{ bytes: 'HTTP/1.1 200 OK\r\n\r\nabc' }], get('/r'), recorded_expectations()),
  forwarded('bodies', 'bodies by content type', [answer('{"a": 1}', ['Content-Type: application/json']), answer('{"a":1}', ['Content-Type: application/json; charset=utf-8']), answer('text', ['Content-Type: text/plain']), answer('<a/>', ['Content-Type: application/xml']), answer('\x00\x01', ['Content-Type: application/octet-stream']), answer('plain'), answer('[1]', ['Content-Type: application/json'])],
    get('/1'), get('/2'), get('/3'), get('/4'), get('/5'), get('/6'), get('/7'), pairs(), recorded_expectations()),
  forwarded('requests', 'forwarded requests among the recorded ones', [answer('x')], post('/a', '{"a":1}', { 'Content-Type': 'application/json' }), get('/b?q=1'), put('retrieve?type=REQUESTS'), pairs(), recorded_expectations(), recorded_expectations({ path: '/b' })),
  forwarded('log_text', 'the log of a forwarded request', [answer('x', ['Content-Type: text/plain'])], get('/a'), logs()),
  forwarded('log_entries', 'log entries of a forwarded request', [answer('x')], get('/a'), put('retrieve?type=RECORDED_EXPECTATIONS&format=LOG_ENTRIES'), put('retrieve?type=REQUEST_RESPONSES&format=LOG_ENTRIES')),
  forwarded('verified', 'a forwarded request counts', [answer('x')], get('/a'), put('verify', { httpRequest: { path: '/a' }, times: { atLeast: 1 } }), put('verify', { expectationId: { id: 'f' }, times: { atLeast: 1, atMost: 1 } })),
  forwarded('verified_response', 'how a forwarded request was answered', [answer('{"a":1}', ['Content-Type: application/json', 'X-A: 1', 'Set-Cookie: c=d; Path=/'], '201 Made')], get('/a'),
    ...[{}, { statusCode: 201 }, { statusCode: 200 }, { statusCodeRange: '2XX' }, { reasonPhrase: 'Made' }, { reasonPhrase: 'Created' }, { headers: { 'X-A': ['1'] } }, { body: { type: 'JSON', json: '{"a":1}' } }, { body: { type: 'JSON', json: '{"a":2}' } }, { cookies: { c: 'd' } }, { cookies: { c: 'e' } }].map((httpResponse) => put('verify', { httpResponse, times: { atLeast: 1 } })),
    put('verify', { httpRequest: { path: '/a' }, httpResponse: { statusCode: 500 }, times: { atLeast: 1 }, maximumNumberOfRequestToReturnInVerificationFailure: 1 }), put('verifySequence', { httpResponses: [{ statusCode: 201 }] }), put('verifySequence', { httpResponses: [{ statusCode: 200 }] })),
  forwarded('verified_disposition', 'who answered a forwarded request', [answer('x')], get('/a'), ...['FORWARDED', 'MOCKED'].map((disposition) => put('verify', { httpRequest: { path: '/a' }, disposition, times: { atLeast: 1 } }))),
  { name: 'verified_failure', description: 'a request that nobody answered', steps: [expect({ id: 'f', httpRequest: {}, httpForward: { host: '127.0.0.1', port: 1 } }), get_from('/a', { Host: '127.0.0.1:1' }), put('verify', { httpRequest: { path: '/a' }, times: { atLeast: 1 } }), put('verify', { expectationId: { id: 'f' }, times: { atMost: 0 } }), put('verify', { httpResponse: {}, times: { atMost: 0 } }), ...['FORWARDED', 'MOCKED'].map((disposition) => put('verify', { httpRequest: { path: '/a' }, disposition, times: { atMost: 0 } }))] },
  forwarded('closed_early', 'the upstream closes without an answer', [{}], get('/a'), pairs(), recorded_expectations(), logs()),
  forwarded('closed_in_body', 'the upstream closes within the body', [{ bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc' }], get('/a'), pairs(), recorded_expectations()),
  forwarded('no_http', 'the upstream speaks something else', [{ bytes: 'garbage\r\n\r\n' }], get('/a'), pairs()),
  { name: 'refused', description: 'nobody listens', steps: [expect({ id: 'f', httpRequest: {}, httpForward: { host: '127.0.0.1', port: 1 } }), get_from('/a', { Host: '127.0.0.1:1' }), pairs(), recorded_expectations(), logs()] },
  { name: 'unknown_host', description: 'a host that does not exist', steps: [expect({ id: 'f', httpRequest: {}, httpForward: { host: 'nowhere.invalid', port: 80 } }), { ...get_from('/a', { Host: 'nowhere.invalid' }), timeout_ms: 15000 }, pairs()] },
  { name: 'delay', description: 'a delayed forward', upstream: [answer('x')], steps: [to_upstream({ delay: { timeUnit: 'MILLISECONDS', value: 150 } }), { ...get('/a'), min_ms: 150 }] },
  { name: 'times', description: 'a forward that may be used once', upstream: [answer('x')], steps: [to_upstream({}, { times: { remainingTimes: 1 } }), get('/a'), get('/a'), active()] },
  { name: 'once_to_itself', description: 'a server that forwards to itself', steps: [expect([{ id: 'f', priority: 1, httpRequest: { path: '/a' }, httpForward: { host: '127.0.0.1', port: '${#PORT}' }, times: { remainingTimes: 1 } }, { id: 'r', httpRequest: { path: '/a' }, httpResponse: { body: 'inner' } }]), get_here('/a'), put('retrieve?type=REQUESTS'), pairs()] },
  { name: 'unmatched_at_itself', description: 'a server that forwards to itself, where nothing matches', steps: [expect({ id: 'f', httpRequest: { path: '/a' }, httpForward: { host: '127.0.0.1', port: '${#PORT}' }, times: { remainingTimes: 1 } }), get_here('/a'), pairs(), recorded_expectations()] },
  { name: 'endless', description: 'a forward to itself for ever', steps: [expect({ id: 'f', httpRequest: { path: '/a' }, httpForward: { host: '127.0.0.1', port: '${#PORT}' } }), { ...get_here('/a'), timeout_ms: 20000 }] },
  { name: 'stored', description: 'how forward actions are written', steps: [
    expect({ id: 'a', httpRequest: {}, httpForward: { host: 'h' } }), expect({ id: 'b', httpForward: { host: 'h', port: 8080, scheme: 'HTTPS', delay: { timeUnit: 'SECONDS', value: 1 }, primary: true } }), expect({ id: 'c', httpForward: {} }), active()] },
  { name: 'refused_definitions', description: 'forward actions that are refused', steps: [
    ...[{ host: 1 }, { host: 'h', port: '80' }, { host: 'h', port: 1.5 }, { host: 'h', scheme: 'FTP' }, { host: 'h', foo: 1 }, [], 'x', { host: 'h', delay: 1 }, { host: 'h', primary: 1 }, { host: 'h', port: 0 }, { host: 'h', port: 70000 }, { host: 'h', port: -1 }, { host: '' }, { port: 80 }].map((httpForward) => expect({ id: 'x', httpForward })),
    active()] },
  { name: 'primary', description: 'of two actions the primary one is played', upstream: [answer('forwarded')], steps: [to_upstream({ primary: true }, { httpResponse: { body: 'mock' } }), get('/a'), to_upstream({}, { httpResponse: { body: 'mock', primary: true } }), get('/a')] },
];

// Requests in unusual but legal (and a few illegal) wire forms.
import { expect, put, get, recorded } from '../../build.mjs';

const stub = expect({ id: 'any', httpRequest: { path: '/s' }, httpResponse: { body: 'ok' } });
const raw = (text, more = {}) => ({ raw: text.replaceAll('\n', '\r\n'), ...more });
const fresh = { new_connection: true };

export default [
  { name: 'chunked_body', description: 'a chunked request body', steps: [expect({ id: 'c', httpRequest: { body: 'hello world' }, httpResponse: { body: 'matched' } }), raw('POST /s HTTP/1.1\nHost: ${HOST}\nTransfer-Encoding: chunked\n\n5\nhello\n6\n world\n0\n\n'), raw('POST /s HTTP/1.1\nHost: ${HOST}\nTransfer-Encoding: chunked\n\n5;ext=1\nhello\n6\n world\n0\nTrailer: x\n\n'), raw('PUT /mockserver/retrieve?type=ACTIVE_EXPECTATIONS HTTP/1.1\nHost: ${HOST}\nTransfer-Encoding: chunked\n\n2\n{}\n0\n\n')] },
  { name: 'chunked_recorded', description: 'a chunked request as recorded', steps: [raw('POST /s HTTP/1.1\nHost: ${HOST}\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n'), recorded()] },
  { name: 'http_1_0', description: 'HTTP/1.0 requests', steps: [stub, raw('GET /s HTTP/1.0\nHost: ${HOST}\n\n', { observe_connection: true }), raw('GET /s HTTP/1.0\nHost: ${HOST}\nConnection: keep-alive\n\n', { observe_connection: true })] },
  { name: 'no_host', description: 'a request without a Host header', steps: [stub, raw('GET /s HTTP/1.1\n\n'), raw('GET /none HTTP/1.1\n\n')] },
  { name: 'absolute_target', description: 'an absolute target that names the server itself', steps: [stub, raw('GET http://${HOST}/s?x=1 HTTP/1.1\nHost: ${HOST}\n\n'), recorded()] },
  { name: 'asterisk_target', description: 'OPTIONS *', steps: [stub, raw('OPTIONS * HTTP/1.1\nHost: ${HOST}\n\n')] },
  { name: 'no_length_put', description: 'a PUT without a body and without a length', steps: [raw('PUT /mockserver/status HTTP/1.1\nHost: ${HOST}\n\n'), raw('PUT /mockserver/retrieve HTTP/1.1\nHost: ${HOST}\n\n'), raw('PUT /mockserver/reset HTTP/1.1\nHost: ${HOST}\nConnection: close\n\n', { observe_connection: true })] },
  { name: 'expect_continue', description: 'Expect: 100-continue', steps: [stub, raw('POST /s HTTP/1.1\nHost: ${HOST}\nExpect: 100-continue\nContent-Length: 0\n\n', fresh)] },
  { name: 'header_forms', description: 'white space and case in headers', steps: [stub, raw('GET /s HTTP/1.1\nhOST:${HOST}\nX-A:b\nX-B:   c   \n\n'), raw('GET /s HTTP/1.1\nHost: ${HOST}\nX-Empty:\n\n'), recorded()] },
  { name: 'long_target', description: 'a target of 4 kB', steps: [expect({ id: 'long', httpRequest: { path: '/l', queryStringParameters: { q: ['x+'] } }, httpResponse: { body: 'long' } }), get(`/l?q=${'x'.repeat(4000)}`)] },
  { name: 'many_headers', description: '100 headers', steps: [expect({ id: 'h', httpRequest: { headers: { 'X-99': ['99'] } }, httpResponse: { body: 'h' } }), get('/h', Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`X-${n}`, `${n}`])))] },
  { name: 'large_body', description: 'a body of 200 kB', steps: [expect({ id: 'l', httpRequest: { body: { type: 'STRING', string: 'needle', subString: true } }, httpResponse: { body: 'found' } }), { send: 'POST /l', body: `${'x'.repeat(200000)}needle` }, { send: 'POST /l', body: 'x'.repeat(200000) }] },
  { name: 'empty_path_forms', description: 'unusual targets', steps: [expect({ id: 'root', httpRequest: { path: '/' }, httpResponse: { body: 'root' } }), get('/'), get('//'), get('/?'), get('/.')] },
  { name: 'body_of_get', description: 'a GET with a body', steps: [expect({ id: 'g', httpRequest: { method: 'GET', body: 'x' }, httpResponse: { body: 'g' } }), { send: 'GET /g', body: 'x' }, recorded()] },
  { name: 'unknown_methods', description: 'methods of any name', steps: [expect({ id: 'b', httpRequest: { method: 'BREW' }, httpResponse: { body: 'tea' } }), { send: 'BREW /' }, { send: 'PROPFIND /' }, { send: 'TRACE /' }, { send: 'PATCH /', body: 'x' }] },
  { name: 'two_in_one_write', description: 'two requests in one write are answered in order', steps: [expect([{ id: '1', httpRequest: { path: '/1' }, httpResponse: { body: 'one' } }, { id: '2', httpRequest: { path: '/2' }, httpResponse: { body: 'two' } }]), raw('GET /1 HTTP/1.1\nHost: ${HOST}\n\nGET /2 HTTP/1.1\nHost: ${HOST}\n\n', { observe_connection: true }), put('verifySequence', { httpRequests: [{ path: '/1' }, { path: '/2' }] })] },
];

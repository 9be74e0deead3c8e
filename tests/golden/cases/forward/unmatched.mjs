// Where a request goes that no expectation answers: its Host header, an absolute target, loops.
import { put, expect, get } from '../../build.mjs';

const answer = (body, headers = []) => `HTTP/1.1 200 OK\r\n${headers.map((line) => `${line}\r\n`).join('')}Content-Length: ${body.length}\r\n\r\n${body}`;
const seen = { seen: true };
const to = (host, path = '/a', more = {}) => get(path, { Host: host, ...more });
const pairs = () => put('retrieve?type=REQUEST_RESPONSES');

export default [
  { name: 'other_host', description: 'a Host header that names another server', upstream: [answer('other')], steps: [to('127.0.0.1:${UPSTREAM}', '/a?q=1'), seen, pairs(), put('retrieve?type=RECORDED_EXPECTATIONS'), put('retrieve?type=LOGS')] },
  { name: 'own_names', description: 'names of the server itself', steps: ['localhost:${PORT}', '127.0.0.1:${PORT}', '[::1]:${PORT}', '::1:${PORT}'].map((host) => to(host)) },
  { name: 'other_names_refused', description: 'Host headers behind which nobody listens', steps: [to('127.0.0.1:1'), to('localhost:1'), pairs(), put('retrieve?type=LOGS')] },
  { name: 'unmatched_unknown_name', description: 'a Host header that cannot be looked up', steps: [{ ...to('nowhere.invalid'), timeout_ms: 15000 }, pairs()] },
  { name: 'no_host', description: 'no Host header', steps: [{ send: 'GET /a', no_host: true }] },
  { name: 'absolute', description: 'an absolute target', upstream: [answer('proxied')], steps: [{ raw: 'GET http://127.0.0.1:${UPSTREAM}/a?q=1 HTTP/1.1\r\nHost: 127.0.0.1:${UPSTREAM}\r\n\r\n' }, { raw: 'GET http://127.0.0.1:${UPSTREAM}/b HTTP/1.1\r\nHost: 127.0.0.1:${UPSTREAM}\r\nProxy-Connection: keep-alive\r\n\r\n' }, seen, put('retrieve?type=REQUESTS')] },
  { name: 'absolute_differs', description: 'an absolute target and another Host header', upstream: [answer('proxied')], steps: [{ raw: 'GET http://127.0.0.1:${UPSTREAM}/b HTTP/1.1\r\nHost: localhost:${PORT}\r\n\r\n' }, seen] },
  { name: 'absolute_matched', description: 'an absolute target that an expectation answers', steps: [expect({ id: 'm', httpRequest: { path: '/a' }, httpResponse: { body: 'mock' } }), { raw: 'GET http://127.0.0.1:1/a HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n' }] },
  { name: 'loop', description: 'another name of the server itself', steps: [to('127.0.0.2:${PORT}'), pairs(), put('retrieve?type=REQUESTS')] },
  { name: 'loop_header_of_others', description: 'a guard against loops of another server', upstream: [answer('x')], steps: [to('127.0.0.1:${UPSTREAM}', '/a', { 'x-forwarded-by': 'MockServer_0d1f4a5e-5f2b-4c59-9a53-4be3a3e4c9f1' }), seen] },
  { name: 'unmatched_post', description: 'a body on its way', upstream: [answer('x')], steps: [{ send: 'POST /a', headers: { Host: '127.0.0.1:${UPSTREAM}', 'Content-Type': 'application/json' }, body: '{"a":1}' }, seen, pairs()] },
];

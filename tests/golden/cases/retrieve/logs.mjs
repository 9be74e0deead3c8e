// The text of the log: what is written for each kind of event.
import { put, expect, get, post } from '../../build.mjs';

const logs = (filter) => put('retrieve?type=LOGS', filter);
const plain = { id: 'a', httpRequest: { path: '/a' }, httpResponse: { statusCode: 200, body: 'ok' } };

export default [
  { name: 'logs_empty', description: 'the log directly after a reset', steps: [logs()] },
  { name: 'logs_created', description: 'creation and update', steps: [expect(plain), expect({ ...plain, httpResponse: { body: 'other' } }), expect({ ...plain, httpResponse: { body: 'other' } }), logs()] },
  { name: 'logs_matched', description: 'a matched request', steps: [expect(plain), get('/a'), logs()] },
  { name: 'logs_unmatched_no_expectations', description: 'a request that nothing could match', steps: [get('/a'), logs()] },
  { name: 'logs_unmatched', description: 'a request that did not match', steps: [expect(plain), get('/b'), logs()] },
  { name: 'logs_error', description: 'an error action', steps: [expect({ id: 'e', httpRequest: { path: '/e' }, httpError: { dropConnection: true } }), get('/e'), logs()] },
  { name: 'logs_removed', description: 'an expectation that is used up', steps: [expect({ ...plain, times: { remainingTimes: 1 } }), get('/a'), logs()] },
  { name: 'logs_clear', description: 'clears', steps: [expect(plain), put('clear?type=expectations', { path: '/a' }), put('clear?type=log', { path: '/a' }), expect(plain), put('clear', { id: 'a' }), put('clear'), logs()] },
  { name: 'logs_verify', description: 'verifications', steps: [get('/a'), put('verify', { httpRequest: { path: '/a' }, times: { atLeast: 1 } }), put('verify', { httpRequest: { path: '/b' }, times: { atLeast: 1 } }), put('verifySequence', { httpRequests: [{ path: '/a' }] }), put('verifySequence', { httpRequests: [{ path: '/b' }] }), logs()] },
  { name: 'logs_retrieve', description: 'retrieves are logged', steps: [put('retrieve?type=REQUESTS'), put('retrieve?type=REQUEST_RESPONSES', { path: '/a' }), put('retrieve?type=ACTIVE_EXPECTATIONS'), logs(), logs()] },
  { name: 'logs_filter', description: 'a filter keeps entries without a request', steps: [expect(plain), get('/a'), get('/b'), logs({ path: '/a' }), logs({ path: '/none' })] },
  { name: 'logs_body', description: 'bodies in the log', steps: [expect({ id: 'b', httpRequest: { path: '/b' }, httpResponse: { body: { x: 1 } } }), post('/b', '{"a":1}', { 'Content-Type': 'application/json' }), post('/b', 'text'), logs()] },
];

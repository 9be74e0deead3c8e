// Sequences: order, gaps, failure texts, ids and refusals.
import { put, expect, get } from '../../build.mjs';

const sequence = (paths, extra = {}) => put('verifySequence', { httpRequests: paths.map((path) => ({ path })), ...extra });
const three = [get('/1'), get('/2'), get('/3')];

export default [
  { name: 'sequence_orders', description: 'order and gaps', steps: [...three, sequence(['/1']), sequence(['/1', '/3']), sequence(['/1', '/2', '/3']), sequence(['/3', '/1']), sequence(['/2', '/2']), sequence(['/.*', '/.*', '/.*']), sequence(['/.*', '/.*', '/.*', '/.*']), sequence(['/zzz']), sequence(['/1', '/zzz']), sequence(['/1', '/2', '/1'])] },
  { name: 'sequence_nothing_recorded', description: 'nothing was recorded', steps: [sequence([]), sequence(['/1']), sequence(['/1', '/2'])] },
  { name: 'sequence_one_recorded', description: 'one recorded request', steps: [get('/1'), sequence(['/1']), sequence(['/2']), sequence([]), sequence(['/1', '/1'])] },
  { name: 'sequence_limit', description: 'limits in the body', steps: [...three, ...[0, 1, 3, 4].map((limit) => sequence(['/3', '/1'], { maximumNumberOfRequestToReturnInVerificationFailure: limit }))] },
  { name: 'sequence_by_id', description: 'by expectation ids', steps: [expect([{ id: 'one', httpRequest: { path: '/one' }, httpResponse: {} }, { id: 'two', httpRequest: { path: '/two' }, httpResponse: {} }]), get('/one'), get('/none'), get('/two'), ...[['one'], ['two'], ['one', 'two'], ['two', 'one'], ['one', 'one'], ['nope'], ['one', 'nope'], []].map((ids) => put('verifySequence', { expectationIds: ids.map((id) => ({ id })) }))] },
  { name: 'sequence_vector_d', description: 'httpRequest instead of httpRequests', steps: [put('verifySequence', { httpRequest: [{ path: '/a' }] }), put('verifySequence', { httpRequest: { path: '/a' } })] },
  { name: 'sequence_refused', description: 'refused sequences', steps: ['', ' ', '[]', '1', '"x"', '{}', '{"foo":1}', '{"httpRequests":{}}', '{"httpRequests":"x"}', '{"httpRequests":[1]}', '{"httpRequests":[{"path":1}]}', '{"httpRequests":[{"foo":1}]}', '{"httpRequests":[],"expectationIds":[]}', '{"expectationIds":{}}', '{"expectationIds":[1]}', '{"expectationIds":[{}]}', '{"httpRequests":[],"foo":1}', '{"httpRequests":[],"maximumNumberOfRequestToReturnInVerificationFailure":"x"}', '{"httpRequests":null}'].map((body) => put('verifySequence', body)) },
  { name: 'sequence_matchers', description: 'full matchers in a sequence', steps: [get('/a?q=1', { 'X-A': '1' }), { send: 'POST /b', body: 'text' }, put('verifySequence', { httpRequests: [{ path: '/a', queryStringParameters: { q: ['1'] }, headers: { 'X-A': ['1'] } }, { method: 'POST', body: 'text' }] }), put('verifySequence', { httpRequests: [{ method: 'POST' }, { method: 'GET' }] }), put('verifySequence', { httpRequests: [{ body: 'text' }, {}] }), put('verifySequence', { httpRequests: [{}, {}] })] },
];

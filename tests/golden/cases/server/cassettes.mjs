// The list of cassettes. Their paths are absolute here: the original makes others absolute, which are names for us.
import { put } from '../../build.mjs';

const list = () => ({ send: 'GET /mockserver/cassettes' });
const remove = (body, query = '') => ({ send: `DELETE /mockserver/cassettes${query}`, ...(body === undefined ? {} : { json: body }) });
// Two in the same millisecond have no order.
const later = { wait_ms: 5 };

export default [
  { name: 'cassettes', description: 'cassettes are listed, the last used first, changed and removed', steps: [list(), put('cassettes', { path: '/a/b.json' }), later, put('cassettes', { path: '/x.json', filename: 'f', expectationCount: 3, origin: 'recorded' }), later, list(), put('cassettes', { path: '/a/b.json', expectationCount: '7', origin: 5 }), list(), remove({ path: '/x.json' }), remove({ path: '/x.json' }), remove(undefined, '?path=/a/b.json'), list(), { send: 'GET /cassettes' }] },
  { name: 'cassettes_reset', description: 'a reset empties the list', steps: [put('cassettes', { path: '/a' }), put('reset'), list()] },
  { name: 'cassettes_refused', description: 'what is missing is named', steps: [put('cassettes'), put('cassettes', {}), put('cassettes', []), put('cassettes', { path: '' }), put('cassettes', { path: null }), remove(), remove({}), put('cassettes', { path: '/n', expectationCount: -3, extra: 1 }), remove({ path: '/n' }), list()] },
];

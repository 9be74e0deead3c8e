// Stored files as a client sees them.
import assert from 'node:assert/strict';
import { control } from '../http/wire.mjs';
import { get, until } from './kept.mjs';

/** `content` is text, or bytes. */
export async function store(server, name, content) {
  const document = typeof content === 'string' ? { name, content } : { name, content: Buffer.from(content).toString('base64'), base64: true };
  const answer = await control(server, 'files/store', document);
  assert.equal(answer.status, 201, answer.body?.toString());
}

/** The bytes of a stored file; the status when there is none. */
export async function retrieve(server, name) {
  const answer = await control(server, 'files/retrieve', { name });
  return answer.status === 200 ? answer.body : answer.status;
}

export const text_of = async (server, name) => (await retrieve(server, name)).toString();
export const list = async (server) => JSON.parse((await control(server, 'files/list')).body.toString());
export const remove = async (server, name) => (await control(server, 'files/delete', { name })).status;

/** Changes that are not in the blob store yet. */
export const waiting = async (server) => Number(/^mock_server_file_persistence_pending_changes(?:\{[^}]*\})? (\d+)/m.exec((await get(server, '/mockserver/metrics')).body.toString())[1]);
export const written = (server) => until(async () => await waiting(server) === 0, 'written', 30000);

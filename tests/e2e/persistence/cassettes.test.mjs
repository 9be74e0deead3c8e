// A proxy session is recorded into a cassette by one server and replayed by another one that never saw the upstream.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { http_connection, request_bytes } from '../../support/http.mjs';
import { control } from '../http/wire.mjs';
import { active, folder_of, put, start } from './kept.mjs';

async function send(server, method, target) {
  const connection = new http_connection('127.0.0.1', server.port);
  try {
    return await connection.exchange(request_bytes({ method, target }), { timeout_ms: 20000 });
  } finally {
    connection.close();
  }
}
const get = (server, target) => send(server, 'GET', target);
const remove = async (server, path) => (await send(server, 'DELETE', `/mockserver/cassettes?path=${encodeURIComponent(path)}`)).body.toString();
const keeping = (folder) => ['--blob-store-directory', folder.file('blobs')];
const cassettes = async (server) => JSON.parse((await get(server, '/mockserver/cassettes')).body.toString()).cassettes;
const ask = async (server, body) => {
  const answer = await control(server, 'cassettes', body);
  return { status: answer.status, ...JSON.parse(answer.body.toString()) };
};

test('a session is recorded, listed, replayed by another server and removed', async (t) => {
  const folder = folder_of(t);
  const upstream = await start(t);
  await put(upstream, { httpRequest: { path: '/users/1' }, httpResponse: { headers: { 'x-from': ['upstream'] }, body: 'Ada' } });
  await put(upstream, { httpRequest: { path: '/other' }, httpResponse: { body: 'other' } });
  const proxy = await start(t, ...keeping(folder));
  await put(proxy, { httpRequest: { path: '/.*' }, httpForward: { host: '127.0.0.1', port: upstream.port, scheme: 'HTTP' } });
  assert.equal((await get(proxy, '/users/1')).body.toString(), 'Ada');
  assert.equal((await get(proxy, '/other')).body.toString(), 'other');

  const recorded = await ask(proxy, { path: 'team/users.json', action: 'record', httpRequest: { path: '/users/.*' } });
  assert.equal(recorded.status, 201);
  assert.deepEqual([recorded.path, recorded.filename, recorded.expectationCount, recorded.origin], ['team/users.json', 'users.json', 1, 'recorded']);
  assert.equal((await ask(proxy, { path: 'all.json', action: 'record' })).expectationCount, 2);
  assert.deepEqual((await cassettes(proxy)).map((one) => one.path), ['all.json', 'team/users.json']);
  await upstream.stop();

  const other = await start(t, ...keeping(folder));
  assert.deepEqual((await cassettes(other)).map((one) => [one.path, one.origin]), [['all.json', 'stored'], ['team/users.json', 'stored']]);
  assert.equal((await get(other, '/users/1')).status, 404);
  const loaded = await ask(other, { path: 'team/users.json', action: 'load' });
  assert.deepEqual([loaded.status, loaded.expectationCount, loaded.origin], [201, 1, 'loaded']);
  assert.equal((await get(other, '/users/1')).body.toString(), 'Ada');
  assert.equal((await get(other, '/other')).status, 404);
  // Again changes nothing.
  assert.equal((await ask(other, { path: 'team/users.json', action: 'load' })).expectationCount, 1);
  assert.equal((await active(other)).length, 1);

  assert.equal(await remove(other, 'team/users.json'), '{"removed":true}');
  assert.equal(await remove(other, 'team/users.json'), '{"removed":false}');
  assert.deepEqual((await cassettes(other)).map((one) => one.path), ['all.json']);
});

test('one rule for the paths of cassettes, whatever the store would take', async (t) => {
  const folder = folder_of(t);
  const server = await start(t, ...keeping(folder));
  const wrong = [['../kept.json', /'\.' or '\.\.'/], ['a/../../kept.json', /'\.' or '\.\.'/], ['a/./b', /'\.' or '\.\.'/], ['..\\kept.json', /'\.' or '\.\.'/],
    ['a//b', /empty parts/], ['a/', /empty parts/], ['a\u0000b', /control characters/], ['x'.repeat(201), /longer than 200 bytes/]];
  for (const [path, why] of wrong) {
    const answer = await ask(server, { path, action: 'load' });
    assert.deepEqual([answer.status, why.test(answer.error)], [400, true], JSON.stringify(answer));
    assert.match(await remove(server, path), why);
  }
  mkdirSync(folder.file('blobs/cassettes'), { recursive: true });
  folder.write('blobs/cassettes/empty.json', '');
  assert.match((await ask(server, { path: 'empty.json', action: 'load' })).error, /cassette 'empty\.json' is empty/);
});

test('what cannot be recorded or loaded is said, and changes nothing', async (t) => {
  const folder = folder_of(t);
  const server = await start(t, ...keeping(folder));
  const wrong = [
    [{ path: 'x', action: 'record' }, 400, /nothing that was forwarded matches/],
    [{ path: 'none', action: 'load' }, 404, /there is no cassette 'none'/],
    [{ path: 'x', action: 'play' }, 400, /must be record or load/],
    [{ path: '../x', action: 'load' }, 400, /\.\./],
  ];
  for (const [body, status, why] of wrong) {
    const answer = await ask(server, body);
    assert.equal(answer.status, status, answer.error);
    assert.match(answer.error, why);
  }
  mkdirSync(folder.file('blobs/cassettes'), { recursive: true });
  folder.write('blobs/cassettes/torn.json', '[{"httpRequest":{"path":"/a"},"httpResponse":{}},{"httpRequest":{"pathh":"/b"},"httpResponse":{}}]');
  assert.match((await ask(server, { path: 'torn.json', action: 'load' })).error, /cassette 'torn\.json', entry 2 at line 1/);
  assert.equal((await get(server, '/a')).status, 404);
  const without = await start(t);
  assert.match((await ask(without, { path: 'x', action: 'load' })).error, /set blobStoreDirectory, or blobStoreType/);
  assert.deepEqual(await cassettes(without), []);
});

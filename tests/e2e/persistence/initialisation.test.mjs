// Files that are loaded before the server serves, and watched while it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { control } from '../http/wire.mjs';
import { active, folder_of, ids, mock, put, refused, reloading, start, start_in, until } from './kept.mjs';

const without_id = (path) => ({ httpRequest: { path }, httpResponse: { body: path } });

test('files of a pattern are loaded in the order of their names, with the same ids each time', async (t) => {
  const folder = folder_of(t);
  folder.write('2.json', [without_id('/b'), mock('own')]);
  folder.write('1.json', `// tolerant\n${JSON.stringify(without_id('/a')).replaceAll('"', "'")}`);
  folder.write('3.json', []);
  folder.write('other.txt', 'no JSON');
  const flags = ['--initialization-json-path', folder.file('[0-9].json')];
  const first = await start(t, ...flags);
  const loaded = await active(first);
  assert.deepEqual(loaded.map((one) => one.httpRequest.path), ['/a', '/b', '/own']);
  const second = await start(t, ...flags);
  assert.deepEqual(ids(await active(second)), ids(loaded));
  assert.match(first.output(), /\[initialization-loaded\]/);
});

test('a bad file is named and the server starts; with failOnInitializationError it does not', async (t) => {
  const folder = folder_of(t);
  folder.write('a.json', '[{"httpRequest":');
  folder.write('b.json', mock('b'));
  const flags = ['--initialization-json-path', folder.file('*.json')];
  const server = await start(t, ...flags);
  assert.deepEqual(ids(await active(server)), ['b']);
  assert.match(server.output(), /a\.json.*entry 1 at line 1.*\[initialization-entry\]/);
  const strict = await refused(...flags, '--fail-on-initialization-error', 'true');
  assert.equal(strict.code, 78);
  assert.match(strict.output, /failOnInitializationError: .*a\.json: entry 1 at line 1/);
  const missing = await start(t, '--initialization-json-path', folder.file('none.json'));
  assert.match(missing.output(), /none\.json.*No such file/);
});

test('a watched file is followed: its own entries only', async (t) => {
  const folder = folder_of(t);
  folder.write('a.json', [mock('one'), mock('two')]);
  const server = await start(t, '--initialization-json-path', folder.file('*.json'), '--watch-initialization-json', 'true', '--watch-initialization-json-poll-period-millis', '20');
  await put(server, mock('rest'));
  folder.write('a.json', [mock('two', { httpResponse: { body: 'new' } }), mock('three')]);
  await until(async () => ids(await active(server)).join() === 'two,rest,three', 'followed');
  folder.write('a.json', '[ broken');
  await until(() => server.output().includes('[initialization-kept]'), 'told');
  assert.deepEqual(ids(await active(server)), ['two', 'rest', 'three']);
  folder.write('b.json', mock('more'));
  await until(async () => ids(await active(server)).includes('more'), 'a further file');
});

test('watching the persisted file takes over what others write, not what the server writes', async (t) => {
  const folder = folder_of(t);
  const server = await start(t, ...reloading(folder, '--watch-initialization-json', 'true', '--watch-initialization-json-poll-period-millis', '10'));
  for (let n = 0; n < 30; n += 1) await put(server, mock(`m${n}`));
  assert.equal((await control(server, 'clear?type=expectations', { id: 'm3' })).status, 200);
  await until(() => folder.json('p.json').length === 29, 'written');
  assert.equal((await active(server)).length, 29);
  assert.ok(!server.output().includes('[initialization-changed]'));
  folder.write('p.json', [...folder.json('p.json'), mock('foreign')]);
  await until(async () => ids(await active(server)).includes('foreign'), 'taken over');
  assert.equal((await active(server)).length, 30);
});

test('the examples run as they stand', async (t) => {
  const { cpSync, mkdirSync } = await import('node:fs');
  const folder = folder_of(t);
  const root = new URL('../../../', import.meta.url).pathname;
  cpSync(`${root}examples/persistence`, folder.file('examples/persistence'), { recursive: true });
  mkdirSync(folder.file('data'));
  const example = (name) => start_in(t, folder.root, '--config', `examples/persistence/${name}`);
  const mocks = await example('mocks.yaml');
  assert.deepEqual((await active(mocks)).map((one) => one.httpRequest.path), ['/greeting', '/orders', '/orders']);
  await mocks.stop();
  const first = await example('kept.yaml');
  await put(first, mock('kept'));
  await first.stop('SIGKILL');
  assert.deepEqual(ids(await active(await example('kept.yaml'))), ['kept']);
});

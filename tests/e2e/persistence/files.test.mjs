// Stored files over restarts, with the blob store on the disk.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { control } from '../http/wire.mjs';
import { list, remove, retrieve, store, text_of, written } from './files.mjs';
import { folder_of, start } from './kept.mjs';

const files_in = (folder) => readdirSync(folder.file('blobs/files'), { withFileTypes: true }).filter((one) => one.isFile()).map((one) => one.name);
const keeping = (folder) => ['--blob-store-directory', folder.file('blobs'), '--metrics-enabled', 'true'];

test('files come back with every byte and every name, after a stop and after SIGKILL', async (t) => {
  const folder = folder_of(t);
  const first = await start(t, ...keeping(folder));
  const names = ['', 'a.txt', 'data/a.json', '../up', '/leading', '..', '.hidden', 'a.meta', 'tab\tline\n', 'gr\u00fc\u00df\u{1f600}', 'x'.repeat(300), '~7E', 'a.txt/below'];
  for (const name of names) await store(first, name, `content of ${name}`);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
  await store(first, 'bytes', bytes);
  await store(first, 'a.txt', 'newer');
  await store(first, 'gone', 'x');
  assert.equal(await remove(first, 'gone'), 200);
  const before = await list(first);
  assert.equal((await first.stop()).code, 0);

  const second = await start(t, ...keeping(folder));
  assert.deepEqual(await list(second), before);
  assert.deepEqual([...before].sort(), [...names, 'bytes'].sort());
  assert.deepEqual(await retrieve(second, 'bytes'), bytes);
  assert.equal(await text_of(second, 'a.txt'), 'newer');
  for (const name of names.filter((one) => one !== 'a.txt')) assert.equal(await text_of(second, name), `content of ${name}`);
  assert.equal(await retrieve(second, 'gone'), 404);
  await store(second, 'late', 'late');
  assert.equal(await remove(second, ''), 200);
  await written(second);
  await second.stop('SIGKILL');

  const third = await start(t, ...keeping(folder));
  assert.equal(await text_of(third, 'late'), 'late');
  assert.equal(await retrieve(third, ''), 404);
  assert.equal((await control(third, 'reset')).status, 200);
  await store(third, 'after', 'reset');
  assert.equal((await third.stop()).code, 0);
  assert.deepEqual(files_in(folder), ['after']);
  assert.deepEqual(await list(await start(t, ...keeping(folder))), ['after']);
});

test('a name that the store cannot hold is refused, and is no trouble without a store', async (t) => {
  const folder = folder_of(t);
  const server = await start(t, ...keeping(folder));
  const name = '/'.repeat(400);
  const answer = await control(server, 'files/store', { name, content: 'x' });
  assert.equal(answer.status, 400);
  assert.match(answer.body.toString(), /^failed to store file: the name is too long to be kept in the blob store: its key would have \d+ bytes, the limit is 1023$/);
  assert.deepEqual(await list(server), []);
  const alone = await start(t);
  await store(alone, name, 'x');
  assert.equal(await text_of(alone, name), 'x');
  assert.equal((await alone.stop()).code, 0);
  assert.deepEqual(await list(await start(t)), []);
});

test('what stands in the folder and is no stored file is left alone', async (t) => {
  const folder = folder_of(t);
  const first = await start(t, ...keeping(folder));
  await store(first, 'a', 'a');
  assert.equal((await first.stop()).code, 0);
  folder.write('blobs/files/by hand.txt', 'x');
  folder.write('blobs/files/by-hand.txt', 'y');
  const second = await start(t, ...keeping(folder));
  assert.deepEqual(await list(second), ['a', 'by-hand.txt']);
  assert.match(second.output(), /a file of the blob store cannot be loaded key="files\/by hand\.txt"/);
  assert.equal((await control(second, 'reset')).status, 200);
  assert.equal((await second.stop()).code, 0);
  assert.deepEqual(files_in(folder), ['by hand.txt']);
});

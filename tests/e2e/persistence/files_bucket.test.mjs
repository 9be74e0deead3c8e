// Stored files in a bucket: restarts on an empty disk, outages, the end of a server in one, a fleet.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { control } from '../http/wire.mjs';
import { start_fleet } from '../fleet/nodes.mjs';
import { at_port, details, in_bucket, way_to_service } from './bucket.mjs';
import { list, remove, retrieve, store, text_of, waiting, written } from './files.mjs';
import { get, mock, put, start, until } from './kept.mjs';

/** Servers that share a prefix share their files. */
const under = (prefix, changed = {}) => in_bucket('p.json', { persistExpectations: false, ...changed, blobStoreKeyPrefix: prefix });

test('files come back on an empty disk', async (t) => {
  const flags = under(`${randomUUID()}/`);
  const first = await start(t, ...flags);
  const big = Buffer.alloc(3 << 20, 'mock');
  for (const name of ['a.txt', 'data/../b c+%.txt', 'gr\u00fc\u00df']) await store(first, name, name);
  await store(first, 'big', big);
  await store(first, '', '');
  await store(first, 'gone', 'x');
  assert.equal(await remove(first, 'gone'), 200);
  assert.equal((await first.stop()).code, 0);
  const second = await start(t, ...flags);
  assert.deepEqual(await list(second), ['', 'a.txt', 'big', 'data/../b c+%.txt', 'gr\u00fc\u00df']);
  assert.equal(await text_of(second, 'gr\u00fc\u00df'), 'gr\u00fc\u00df');
  assert.deepEqual(await retrieve(second, 'big'), big);
  assert.equal((await retrieve(second, '')).length, 0);
  assert.equal((await control(second, 'reset')).status, 200);
  await written(second);
  await second.stop('SIGKILL');
  assert.deepEqual(await list(await start(t, ...flags)), []);
});

test('while the service is away files are stored and deleted at once, and written when it is back', async (t) => {
  const way = await way_to_service(t);
  const prefix = `${randomUUID()}/`;
  const server = await start(t, ...under(prefix, at_port(way.port)));
  await put(server, mock('a'));
  await store(server, 'before', '1');
  await store(server, 'deleted', '1');
  await written(server);
  way.end();
  await store(server, 'before', '2');
  await store(server, 'meanwhile', '3');
  assert.equal(await remove(server, 'deleted'), 200);
  await until(async () => (await details(server)).some((one) => /^files: 3 changes wait to be written: .*127\.0\.0\.1/.test(one)), 'told', 30000);
  assert.equal((await get(server, '/mockserver/ready')).status, 200);
  assert.equal((await get(server, '/a')).body.toString(), 'a');
  assert.deepEqual([await text_of(server, 'before'), await text_of(server, 'meanwhile'), await retrieve(server, 'deleted')], ['2', '3', 404]);
  assert.equal(await waiting(server), 3);
  way.begin();
  await written(server);
  assert.deepEqual(await details(server), []);
  await server.stop('SIGKILL');
  const next = await start(t, ...under(prefix));
  assert.deepEqual(await list(next), ['before', 'meanwhile']);
  assert.equal(await text_of(next, 'before'), '2');
});

test('a stop writes what waits if the service comes back in time, and else names it', async (t) => {
  const way = await way_to_service(t);
  const prefix = `${randomUUID()}/`;
  const server = await start(t, ...under(prefix, at_port(way.port)));
  way.end();
  await store(server, 'late', '1');
  await until(async () => (await details(server)).length !== 0, 'told', 30000);
  const ended = server.stop();
  await until(() => server.output().includes('[stopping]'), 'stopping');
  way.begin();
  assert.equal((await ended).code, 0);

  const hasty = await start(t, ...under(prefix, { ...at_port(way.port), stopDrainMillis: 300 }));
  assert.deepEqual(await list(hasty), ['late']);
  way.end();
  await store(hasty, 'lost.txt', '1');
  assert.equal(await remove(hasty, 'late'), 200);
  assert.equal((await hasty.stop()).code, 0);
  assert.match(hasty.output(), /could not write stored files .*files="late, lost\.txt"/);
  way.begin();
  assert.deepEqual(await list(await start(t, ...under(prefix))), ['late']);
});

test('a service that is away does not keep a server from starting; what happened meanwhile stays', async (t) => {
  const way = await way_to_service(t);
  const prefix = `${randomUUID()}/`;
  const first = await start(t, ...under(prefix));
  for (const name of ['kept', 'changed', 'deleted']) await store(first, name, 'old');
  assert.equal((await first.stop()).code, 0);
  way.end();
  const second = await start(t, ...under(prefix, { ...at_port(way.port), blobStoreProbe: false, blobStoreCreateIfMissing: false, blobStoreRestoreTimeoutSeconds: 1 }));
  assert.match(second.output(), /files-restore-late/);
  assert.deepEqual(await list(second), []);
  await store(second, 'changed', 'new');
  assert.equal(await remove(second, 'deleted'), 404);
  way.begin();
  await until(async () => (await list(second)).length === 2, 'loaded', 30000);
  assert.equal(await text_of(second, 'changed'), 'new');
  await written(second);
  await second.stop('SIGKILL');
  assert.deepEqual(await list(await start(t, ...under(prefix))), ['changed', 'kept']);
});

test('a fleet that starts on empty disks has the files before it serves, and what it deleted stays deleted', async (t) => {
  const flags = under(`${randomUUID()}/`);
  const begin = async () => {
    const fleet = await start_fleet(3, { extra: flags });
    t.after(() => fleet.stop());
    return fleet;
  };
  const first = await begin();
  await Promise.all(first.nodes.map((node, n) => store(node, `of ${n}`, `${n}`)));
  await store(first.nodes[0], 'gone', 'x');
  assert.equal(await remove(first.nodes[1], 'gone'), 200);
  assert.equal(await text_of(first.nodes[2], 'of 0'), '0');
  await Promise.all(first.nodes.map(written));
  await Promise.all(first.nodes.map((node) => node.stop('SIGKILL')));

  const second = await begin();
  for (const node of second.nodes) assert.deepEqual(await list(node), ['of 0', 'of 1', 'of 2']);
  assert.equal(await remove(second.nodes[2], 'of 0'), 200);
  await second.nodes[0].stop('SIGKILL');
  second.nodes[0] = await second.start(0);
  assert.deepEqual(await list(second.nodes[0]), ['of 1', 'of 2']);
  assert.equal((await control(second.nodes[1], 'reset')).status, 200);
  await Promise.all(second.nodes.map(written));
  await Promise.all(second.nodes.map((node) => node.stop('SIGKILL')));
  const third = await begin();
  assert.deepEqual(await list(third.nodes[0]), []);
});

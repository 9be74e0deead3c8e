// What was forwarded stands in a file as expectations, behind the log: after a kill, in the way of a second server and
// while the disk does not take it.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { control } from '../http/wire.mjs';
import { active, folder_of, forward_all, get, put, recorded_of, refused, start, until } from './kept.mjs';

const recording = (folder, ...more) => ['--persist-recorded-expectations', 'true', '--persisted-recorded-expectations-path', folder.file('r.json'), ...more];
const paths = (expectations) => expectations.map((one) => one.httpRequest.path);
const written = (folder, ...wanted) => until(() => paths(folder.json('r.json')).join() === wanted.join(), `written: ${wanted}`);

async function proxy_of(t, folder, ...more) {
  const upstream = await start(t);
  await put(upstream, { httpRequest: { path: '/.*' }, httpResponse: { body: 'from upstream' } });
  const server = await start(t, ...recording(folder), ...more);
  await forward_all(server, upstream);
  return server;
}

test('the file follows the log: what retrieve answers, through clear and reset', async (t) => {
  const folder = folder_of(t);
  const server = await proxy_of(t, folder);
  assert.equal(folder.read('r.json'), '[]');
  assert.equal(statSync(folder.file('r.json')).mode & 0o777, 0o600);
  assert.equal((await get(server, '/1')).body.toString(), 'from upstream');
  assert.equal((await get(server, '/2')).status, 200);
  await written(folder, '/1', '/2');
  const without_ids = (all) => all.map(({ id, ...rest }) => { assert.ok(id); return rest; });
  assert.deepEqual(without_ids(folder.json('r.json')), without_ids(await recorded_of(server)));
  assert.match(folder.read('r.json'), /^\[ \{\n  "httpRequest" : \{\n/);
  const before = statSync(folder.file('r.json')).ino;
  assert.equal((await control(server, 'clear?type=log', { path: '/1' })).status, 200);
  await written(folder, '/2');
  assert.notEqual(statSync(folder.file('r.json')).ino, before); // replaced, not written into
  assert.equal((await get(server, '/3')).status, 200);
  await written(folder, '/2', '/3');
  assert.equal((await control(server, 'reset')).status, 200);
  await until(() => folder.read('r.json') === '[]', 'empty');
  assert.ok(!existsSync(folder.file('r.json.previous')));
});

test('a request that is only mocked, or gets no answer, does not touch the file', async (t) => {
  const folder = folder_of(t);
  const server = await start(t, ...recording(folder));
  await until(() => folder.read('r.json') === '[]', 'there');
  await until(async () => await pending(server) === 0, 'written');
  const before = statSync(folder.file('r.json')).ino;
  await put(server, { httpRequest: { path: '/mock' }, httpResponse: {} });
  await put(server, { httpRequest: { path: '/nobody' }, httpForward: { host: '127.0.0.1', port: 1, scheme: 'HTTP' } });
  assert.equal((await get(server, '/mock')).status, 200);
  assert.equal((await get(server, '/nobody')).status, 502);
  assert.equal(await pending(server), 0);
  assert.equal((await server.stop()).code, 0);
  assert.equal(statSync(folder.file('r.json')).ino, before);
});

async function pending(server) {
  const answer = await get(server, '/mockserver/ready');
  assert.equal(answer.status, 200);
  const told = JSON.parse(answer.body.toString()).details ?? [];
  const found = told.map((one) => /^recorded expectations: (\d+) changes wait/.exec(one)).find(Boolean);
  return found ? Number(found[1]) : 0;
}

test('SIGKILL leaves what was written, the next run keeps it as .previous, and it can be replayed', async (t) => {
  const folder = folder_of(t);
  const first = await proxy_of(t, folder);
  await get(first, '/1');
  await written(folder, '/1');
  await first.stop('SIGKILL');
  assert.deepEqual(paths(folder.json('r.json')), ['/1']);
  const second = await start(t, ...recording(folder));
  await until(() => folder.read('r.json') === '[]', 'begun anew');
  assert.deepEqual(paths(folder.json('r.json.previous')), ['/1']);
  assert.ok(second.output().includes('[recorded-kept-aside]'));
  assert.deepEqual(await active(second), []);
  await second.stop('SIGKILL');
  // Nothing new was recorded: the keepsake stays.
  const third = await start(t, ...recording(folder), '--initialization-json-path', folder.file('r.json.previous'));
  assert.deepEqual(paths(folder.json('r.json.previous')), ['/1']);
  assert.equal((await get(third, '/1', `127.0.0.1:${first.port}`)).body.toString(), 'from upstream');
});

test('the file can be the initialisation file too: it is loaded first, and not taken over when it is written', async (t) => {
  const folder = folder_of(t);
  const first = await proxy_of(t, folder);
  await get(first, '/1');
  assert.equal((await first.stop()).code, 0); // a stop writes what waits
  assert.deepEqual(paths(folder.json('r.json')), ['/1']);
  const second = await proxy_of(t, folder, '--initialization-json-path', folder.file('r.json'), '--watch-initialization-json', 'true', '--watch-initialization-json-poll-period-millis', '20');
  assert.deepEqual(paths(await active(second)).slice(0, 1), ['/1']);
  await get(second, '/2');
  await written(folder, '/2');
  await put(second, { id: 'later', httpRequest: { path: '/later' }, httpResponse: {} });
  assert.ok(!paths(await active(second)).includes('/2'));
  assert.ok(paths(await active(second)).includes('/1'));
  assert.ok(!second.output().includes('[initialization-changed]'));
});

test('two servers on one file, and a place that cannot be written to: they do not start', async (t) => {
  const folder = folder_of(t);
  const first = await start(t, ...recording(folder));
  const second = await refused(...recording(folder));
  assert.equal(second.code, 78);
  assert.match(second.output, new RegExp(`persistedRecordedExpectationsPath: .* is in use by process ${first.pid}; give each server a file of its own`));
  const nowhere = await refused('--persist-recorded-expectations', 'true', '--persisted-recorded-expectations-path', folder.file('none/r.json'));
  assert.equal(nowhere.code, 78);
  assert.match(nowhere.output, /persistedRecordedExpectationsPath: .*none.*No such file/);
  const both = await refused('--persist-expectations', 'true', '--persisted-expectations-path', folder.file('b.json'), '--persist-recorded-expectations', 'true', '--persisted-recorded-expectations-path', folder.file('b.json'));
  assert.equal(both.code, 78);
  assert.match(both.output, /persistedRecordedExpectationsPath: .*b\.json is in use/);
});

test('while the disk does not take it forwarding goes on, and all is written afterwards', async (t) => {
  const folder = folder_of(t);
  const server = await proxy_of(t, folder);
  // In the way: no document can be made.
  await until(() => mkdirSync(folder.file('.r.json.draft')) === undefined, 'no document is being made');
  assert.equal((await get(server, '/1')).body.toString(), 'from upstream');
  await until(async () => await pending(server) > 0, 'told');
  assert.equal((await get(server, '/2')).body.toString(), 'from upstream');
  assert.equal((await control(server, 'expectation', { httpRequest: { path: '/x' }, httpResponse: {} })).status, 201);
  assert.equal(folder.read('r.json'), '[]');
  rmSync(folder.file('.r.json.draft'), { recursive: true });
  await written(folder, '/1', '/2');
  await until(async () => await pending(server) === 0, 'no longer told');
  assert.ok(server.output().includes('[persistence-works-again]'));
});

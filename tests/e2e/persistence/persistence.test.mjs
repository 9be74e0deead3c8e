// Persisted expectations: what is in the file when, and what a further start makes of it.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { control } from '../http/wire.mjs';
import { active, folder_of, get, ids, mock, persisting, put, refused, reloading, start, until } from './kept.mjs';

for (const durability of ['acknowledged', 'behind']) {
  test(`${durability}: the file follows every change and a new start has it all`, async (t) => {
    const folder = folder_of(t);
    const flags = reloading(folder, '--persist-durability', durability);
    const first = await start(t, ...flags);
    assert.deepEqual(folder.json('p.json'), []);
    await put(first, mock('a'), mock('b', { priority: 7 }), mock('c', { times: { remainingTimes: 3 } }), mock('d', { timeToLive: { timeUnit: 'HOURS', timeToLive: 1 } }));
    await until(() => folder.json('p.json').length === 4, 'added');
    assert.deepEqual(ids(folder.json('p.json')), ['b', 'a', 'c', 'd']);
    assert.ok(Math.abs(folder.json('p.json')[3].timeToLive.endDate - Date.now() - 3600000) < 60000);
    await put(first, mock('a', { httpResponse: { body: 'changed' } }));
    await until(() => folder.read('p.json').includes('changed'), 'updated');
    assert.equal((await control(first, 'clear?type=expectations', { id: 'b' })).status, 200);
    await until(() => ids(folder.json('p.json')).join() === 'a,c,d', 'cleared');
    assert.equal((await get(first, '/c')).status, 200);
    const ended = await first.stop();
    assert.equal(ended.code, 0);
    assert.deepEqual(readdirSync(folder.root).sort(), ['p.json', 'p.json.lock']);
    assert.deepEqual(folder.json('p.json')[1].times, { remainingTimes: 2 });

    const second = await start(t, ...flags);
    const [a, c, d] = await active(second);
    assert.deepEqual([a.id, c.id, d.id], ['a', 'c', 'd']);
    assert.equal((await get(second, '/a')).body.toString(), 'changed');
    assert.deepEqual(c.times, { remainingTimes: 2 });
    assert.equal((await control(second, 'reset')).status, 200);
    await until(() => folder.json('p.json').length === 0, 'reset');
    assert.equal(folder.read('p.json'), '[]');
  });
}

test('used-up and expired ones leave the file', async (t) => {
  const folder = folder_of(t);
  const server = await start(t, ...persisting(folder));
  await put(server, mock('once', { times: { remainingTimes: 1 } }), mock('short', { timeToLive: { timeUnit: 'MILLISECONDS', timeToLive: 400 } }), mock('stays'));
  await until(() => folder.json('p.json').length === 3, 'added');
  assert.equal((await get(server, '/once')).status, 200);
  await until(() => !ids(folder.json('p.json')).includes('once'), 'used up');
  await until(async () => (await get(server, '/short')).status === 404, 'expired');
  await until(() => ids(folder.json('p.json')).join() === 'stays', 'gone');
});

test('the end of a life stays where it was over a restart', async (t) => {
  const folder = folder_of(t);
  const first = await start(t, ...reloading(folder));
  await put(first, mock('short', { timeToLive: { timeUnit: 'SECONDS', timeToLive: 1 } }), mock('long', { timeToLive: { timeUnit: 'HOURS', timeToLive: 1 } }));
  await first.stop();
  const end = folder.json('p.json').find((one) => one.id === 'short').timeToLive.endDate;
  await until(() => Date.now() > end, 'the end');
  const second = await start(t, ...reloading(folder));
  assert.deepEqual(ids(await active(second)), ['long']);
  assert.equal((await get(second, '/short')).status, 404);
});

test('a file that is not loaded is kept, and said so', async (t) => {
  const folder = folder_of(t);
  folder.write('p.json', [mock('old')]);
  const server = await start(t, ...persisting(folder));
  assert.deepEqual(await active(server), []);
  assert.ok(server.output().includes('[persistence-not-loaded]'));
  assert.deepEqual(ids(folder.json('p.json')), ['old']);
  await put(server, mock('new'));
  await until(() => ids(folder.json('p.json')).join() === 'new', 'replaced');
  assert.deepEqual(ids(folder.json('p.json.previous')), ['old']);
  await server.stop();
  // Nor is what was kept lost to the next start.
  const again = await start(t, ...persisting(folder));
  await again.stop();
  const third = await start(t, ...persisting(folder));
  await third.stop();
  assert.deepEqual(ids(folder.json('p.json.previous')), ['old']);
  const kept = readdirSync(folder.root).filter((name) => name.startsWith('p.json.previous-'));
  assert.equal(kept.length, 1);
  assert.deepEqual(ids(folder.json(kept[0])), ['new']);
});

test('a disk that takes no document does not stop a start: all is there, and written once that is possible', async (t) => {
  const folder = folder_of(t);
  const { mkdirSync } = await import('node:fs');
  const first = await start(t, ...reloading(folder));
  mkdirSync(folder.file('.p.json.draft')); // in the way of every document
  await put(first, mock('a'));
  await first.stop('SIGKILL');
  assert.deepEqual(folder.json('p.json'), []);
  const second = await start(t, ...reloading(folder));
  assert.deepEqual(ids(await active(second)), ['a']);
  assert.equal((await get(second, '/a')).status, 200);
  assert.equal((await control(second, 'expectation', mock('b'))).status, 503);
  assert.match(JSON.parse((await get(second, '/mockserver/ready')).body.toString()).details[0], /^persistence: \d+ changes wait/);
  await second.stop('SIGKILL');
  const third = await start(t, ...reloading(folder));
  assert.deepEqual(ids(await active(third)), ['a']);
  rmSync(folder.file('.p.json.draft'), { recursive: true });
  await until(() => ids(folder.json('p.json')).join() === 'a', 'written');
  await until(() => third.output().includes('[persistence-works-again]'), 'told');
  await put(third, mock('c'));
  await third.stop();
  assert.deepEqual(ids(folder.json('p.json')), ['a', 'c']);
  assert.deepEqual(readdirSync(folder.root).sort(), ['p.json', 'p.json.lock']);
});

test('good entries of a broken file load, bad ones are named, the original is kept', async (t) => {
  const folder = folder_of(t);
  const broken = '[ {\n  "id" : "good",\n  "httpResponse" : { }\n}, {\n  "id" : "odd",\n  "httpRequest" : 7\n}, {\n  "id" : "cut", "http';
  folder.write('p.json', broken);
  const server = await start(t, ...reloading(folder));
  assert.deepEqual(ids(await active(server)), ['good']);
  for (const part of ['entry 2 at line 4', 'id=odd', 'entry 3 at line 7', '[persistence-kept-aside]']) assert.ok(server.output().includes(part), `${part} in ${server.output()}`);
  assert.equal(folder.read('p.json'), broken);
  await put(server, mock('new'));
  await until(() => ids(folder.json('p.json')).join() === 'good,new', 'replaced');
  const aside = readdirSync(folder.root).filter((name) => name.includes('.broken-'));
  assert.equal(aside.length, 1);
  assert.equal(folder.read(aside[0]), broken);
});

test('two servers on one file: the second does not start', async (t) => {
  const folder = folder_of(t);
  const first = await start(t, ...persisting(folder));
  const second = await refused(...persisting(folder));
  assert.equal(second.code, 78);
  assert.match(second.output, new RegExp(`in use by process ${first.pid}; give each server a file of its own`));
  await first.stop('SIGKILL');
  const third = await start(t, ...persisting(folder));
  assert.equal((await third.stop()).code, 0);
});

test('a directory that cannot be written to ends the start', async (t) => {
  const folder = folder_of(t);
  const nowhere = await refused('--persist-expectations', 'true', '--persisted-expectations-path', folder.file('none/p.json'));
  assert.equal(nowhere.code, 78);
  assert.match(nowhere.output, /persistedExpectationsPath: .*none.*No such file/);
});

test('while nothing can be written clients are told, mocking goes on, and all is written afterwards', async (t) => {
  const folder = folder_of(t);
  const server = await start(t, ...persisting(folder));
  await put(server, mock('a'));
  await until(() => ids(folder.json('p.json')).join() === 'a', 'added');
  // A directory in the way of the draft: no document can be made.
  const { mkdirSync } = await import('node:fs');
  mkdirSync(folder.file('.p.json.draft'));
  rmSync(folder.file('p.json.journal'));
  await until(async () => (await control(server, 'expectation', mock('b'))).status === 503 || (await control(server, 'expectation', mock(`b${Date.now()}`))).status === 503, 'refused');
  const said = await control(server, 'expectation', mock('c'));
  assert.equal(said.status, 503);
  assert.match(JSON.parse(said.body.toString()).message, /in effect, but it could not be kept/);
  assert.equal((await get(server, '/c')).status, 200);
  const ready = await get(server, '/mockserver/ready');
  assert.equal(ready.status, 200);
  assert.match(JSON.parse(ready.body.toString()).details[0], /^persistence: \d+ changes wait/);
  rmSync(folder.file('.p.json.draft'), { recursive: true });
  await until(() => ids(folder.json('p.json')).includes('c'), 'written');
  await until(async () => !(JSON.parse((await get(server, '/mockserver/ready')).body.toString()).details), 'no longer told');
  await put(server, mock('d'));
  await until(() => server.output().includes('[persistence-works-again]'), 'told');
  assert.ok(!existsSync(folder.file('.p.json.draft')));
  chmodSync(folder.root, 0o700);
});

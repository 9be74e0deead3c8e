// Persisted expectations in a bucket, with the real program, a plugin and a service that runs: see blob_servers.py.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { control } from '../http/wire.mjs';
import { at_port, details, flag, in_bucket, settings, type, waiting, way_to_service, written } from './bucket.mjs';
import { active, forward_all, get, ids, mock, put, recorded_of, refused, start, until } from './kept.mjs';

test('expectations come back on an empty disk, after a stop and after SIGKILL', async (t) => {
  const flags = in_bucket(`${randomUUID()}.json`);
  const first = await start(t, ...flags);
  assert.deepEqual(await active(first), []);
  await put(first, mock('a'), mock('b', { priority: 7 }), mock('c', { times: { remainingTimes: 3 } }), mock('d', { timeToLive: { timeUnit: 'HOURS', timeToLive: 1 } }));
  await put(first, mock('a', { httpResponse: { body: 'chang\u00e9' } }));
  assert.equal((await control(first, 'clear?type=expectations', { id: 'd' })).status, 200);
  assert.equal((await get(first, '/c')).status, 200);
  assert.equal((await first.stop()).code, 0);

  const second = await start(t, ...flags);
  const [b, a, c] = await active(second);
  assert.deepEqual([b.id, a.id, c.id], ['b', 'a', 'c']);
  assert.equal((await get(second, '/a')).body.toString(), 'chang\u00e9');
  assert.deepEqual(c.times, { remainingTimes: 2 });
  await put(second, mock('e'));
  await written(second);
  await second.stop('SIGKILL');

  const third = await start(t, ...flags);
  assert.deepEqual(ids(await active(third)), ['b', 'a', 'c', 'e']);
  assert.equal((await control(third, 'reset')).status, 200);
  assert.equal((await third.stop()).code, 0);
  assert.deepEqual(await active(await start(t, ...flags)), []);
});

const wrong = {
  s3: [
    [{ blobStoreBucket: 'not-there' }, /bucket 'not-there' does not exist .*correct blobStoreBucket/],
    [{ blobStoreSecretAccessKey: 'wrong' }, /the secret key does not belong to the access key: check the credentials of blobStoreAccessKeyId/],
    [{ blobStoreBucket: null }, /blobStoreType=s3 requires blobStoreBucket to be configured/],
  ],
  gcs: [
    [{ blobStoreBucket: 'not-there' }, /bucket 'not-there' does not exist .*correct blobStoreBucket/],
    // Without an endpoint, so with credentials: there are none.
    [{ blobStoreEndpoint: null }, /no access token for Google from GOOGLE_APPLICATION_CREDENTIALS: '\/no\/such\/file' cannot be read; name a file/],
    [{ blobStoreBucket: null }, /blobStoreType=gcs requires blobStoreBucket to be configured/],
  ],
  azure: [
    [{ blobStoreContainer: 'not-there' }, /container 'not-there' does not exist .*correct blobStoreContainer/],
    [{ blobStoreConnectionString: `${settings.blobStoreConnectionString ?? ''};AccountKey=d3Jvbmc=`.replace('UseDevelopmentStorage=true', 'AccountName=devstoreaccount1') }, /check AccountName and AccountKey of blobStoreConnectionString/],
    [{ blobStoreContainer: null }, /blobStoreType=azure requires blobStoreContainer to be configured/],
  ],
};

test('a wrong bucket, wrong credentials and nobody there end the start with one line that says what to do', async (t) => {
  process.env.GOOGLE_APPLICATION_CREDENTIALS = '/no/such/file';
  t.after(() => { delete process.env.GOOGLE_APPLICATION_CREDENTIALS; });
  const unreached = [at_port(1), /127\.0\.0\.1:1 cannot be reached: .*; check /, 1];
  await Promise.all([...wrong[type], unreached].map(async ([changed, remedy, code = 78]) => {
    const ended = await refused(...in_bucket('p.json', { blobStoreCreateIfMissing: 'false', ...changed }));
    const lines = ended.output.trim().split('\n').filter((line) => !line.endsWith('[configuration]')); // about this test's own variables
    assert.equal(lines.length, 1, ended.output);
    assert.match(lines[0], remedy);
    assert.equal(ended.code, code, ended.output);
    assert.doesNotMatch(ended.output, /wrong\b|d3Jvbmc/);
  }));
});

test('of two servers on one document the second to write is told, and nothing of the first is lost', async (t) => {
  const flags = in_bucket(`${randomUUID()}.json`);
  const first = await start(t, ...flags);
  const second = await start(t, ...flags);
  await put(first, mock('first'));
  await written(first);
  await put(first, mock('again'));
  await written(first);
  await put(second, mock('second'));
  await until(async () => (await details(second)).some((one) => /was changed by another server and is not overwritten/.test(one)), 'told');
  assert.equal((await get(second, '/second')).status, 200);
  await second.stop('SIGKILL');
  await first.stop('SIGKILL');
  assert.deepEqual(ids(await active(await start(t, ...flags))), ['first', 'again']);
});

test('while the service is away mocking goes on, and everything is written when it is back', async (t) => {
  const way = await way_to_service(t);
  const document = `${randomUUID()}.json`;
  const server = await start(t, ...in_bucket(document, at_port(way.port)));
  await put(server, mock('before'));
  await written(server);
  way.end();
  await put(server, mock('meanwhile'));
  await until(async () => (await details(server)).some((one) => /^persistence: \d+ changes wait/.test(one)), 'told');
  assert.equal((await get(server, '/mockserver/ready')).status, 200);
  assert.equal((await get(server, '/meanwhile')).body.toString(), 'meanwhile');
  assert.ok(await waiting(server) > 0);
  way.begin();
  await written(server);
  assert.deepEqual(await details(server), []);
  assert.ok(server.output().includes('[persistence-works-again]'));
  await server.stop('SIGKILL');
  assert.deepEqual(ids(await active(await start(t, ...in_bucket(document)))), ['before', 'meanwhile']);
});

test('a service that is silent holds up neither the start nor a reset, and is told of within seconds', async (t) => {
  const way = await way_to_service(t);
  const document = `${randomUUID()}.json`;
  const first = await start(t, ...in_bucket(document));
  await put(first, mock('a'), mock('b'));
  assert.equal((await first.stop()).code, 0);
  way.hold();
  const begun = Date.now();
  const second = await start(t, ...in_bucket(document, { ...at_port(way.port), blobStoreProbe: false, blobStoreCreateIfMissing: false, blobStoreRestoreTimeoutSeconds: 1 }));
  assert.ok(Date.now() - begun < 15000, 'the start waited');
  assert.deepEqual(await active(second), []);
  assert.equal((await control(second, 'reset')).status, 200);
  await put(second, mock('c'));
  await until(async () => (await details(second)).some((one) => /changes wait to be written: .*(has not|did not) answer/.test(one)), 'told');
  way.begin();
  await written(second);
  assert.deepEqual(await details(second), []);
  assert.deepEqual(ids(await active(second)), ['c']);
  await second.stop('SIGKILL');
  assert.deepEqual(ids(await active(await start(t, ...in_bucket(document)))), ['c']);
});

test('recorded expectations are written behind, through an outage, and what an earlier run left is kept', async (t) => {
  const way = await way_to_service(t);
  const document = `${randomUUID()}.json`;
  const recording = { persistExpectations: false, persistRecordedExpectations: true, persistedRecordedExpectationsPath: document };
  const upstream = await start(t);
  await put(upstream, { httpRequest: { path: '/.*' }, httpResponse: { body: 'from upstream' } });
  const all_written = (server) => until(async () => await waiting(server, 'recorded_persistence') === 0, 'written');
  const replayed = async (name) => (await active(await start(t, ...in_bucket(name)))).map((one) => one.httpRequest.path);

  const first = await start(t, ...in_bucket('p.json', { ...at_port(way.port), ...recording }));
  await forward_all(first, upstream);
  await get(first, '/1');
  await all_written(first);
  way.end();
  assert.equal((await get(first, '/2')).body.toString(), 'from upstream');
  await until(async () => (await details(first)).some((one) => /^recorded expectations: \d+ changes wait/.test(one)), 'told');
  assert.equal((await recorded_of(first)).length, 2);
  way.begin();
  await all_written(first);
  assert.deepEqual(await details(first), []);
  await first.stop('SIGKILL');
  assert.deepEqual(await replayed(document), ['/1', '/2']);

  const second = await start(t, ...in_bucket('p.json', recording));
  await all_written(second);
  assert.deepEqual(await replayed(document), []);
  assert.deepEqual(await replayed(`${document}.previous`), ['/1', '/2']);
  await forward_all(second, upstream);
  await get(second, '/3');
  assert.equal((await second.stop()).code, 0); // writes what waits
  assert.deepEqual(await replayed(document), ['/3']);
});

const example = {
  s3: { file: 'bucket.yaml', environment: { AWS_ACCESS_KEY_ID: settings.blobStoreAccessKeyId, AWS_SECRET_ACCESS_KEY: settings.blobStoreSecretAccessKey }, flags: { blobStoreEndpoint: settings.blobStoreEndpoint, blobStoreRegion: 'us-east-1' } },
  gcs: { file: 'bucket-gcs.yaml', environment: {}, flags: { blobStoreEndpoint: settings.blobStoreEndpoint } },
  azure: { file: 'bucket-azure.yaml', environment: { MOCKSERVER_BLOB_STORE_CONNECTION_STRING: settings.blobStoreConnectionString }, flags: {} },
}[type];

test('the example runs as it stands, but for the address of the cloud', async (t) => {
  Object.assign(process.env, example.environment);
  t.after(() => { for (const name of Object.keys(example.environment)) delete process.env[name]; });
  const file = new URL(`../../../examples/persistence/${example.file}`, import.meta.url).pathname;
  const flags = ['--config', file, ...Object.entries({ ...example.flags, blobStoreCreateIfMissing: true }).flatMap(([name, value]) => [flag(name), String(value)])];
  const first = await start(t, ...flags);
  await put(first, mock('kept'));
  assert.equal((await first.stop()).code, 0);
  assert.deepEqual(ids(await active(await start(t, ...flags))), ['kept']);
});

test('15,000 expectations come back before the server is ready', async (t) => {
  const flags = in_bucket(`${randomUUID()}.json`);
  const first = await start(t, ...flags);
  const all = Array.from({ length: 15000 }, (_, n) => mock(`m${n}`, { httpResponse: { body: `answer ${n}`, headers: { 'x-number': [`${n}`] } } }));
  await put(first, ...all);
  await written(first);
  assert.equal((await first.stop()).code, 0);
  const begun = performance.now();
  const second = await start(t, ...flags);
  t.diagnostic(`${type}: ready with 15,000 expectations ${Math.round(performance.now() - begun)} ms after the start of the process`);
  assert.equal((await get(second, '/m14999')).body.toString(), 'answer 14999');
  assert.equal((await active(second)).length, 15000);
});

// Control calls of the original that this version does not have are refused; what only looks like one is traffic.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { header, http_connection, request_bytes } from '../../support/http.mjs';
import { control, expect, recorded_paths, serve } from './wire.mjs';

let server;
before(async () => { server = await serve(); });
after(() => server.stop());

async function call(method, target) {
  const connection = new http_connection('127.0.0.1', server.port);
  try {
    return await connection.exchange(request_bytes({ method, target, body: Buffer.alloc(0) }), { timeout_ms: 10000 });
  } finally {
    connection.close();
  }
}

describe('endpoints that are not built', () => {
  const calls = ['PUT openapi', 'GET mode', 'PUT mode', 'GET clock', 'PUT import', 'PUT crud', 'PATCH serviceChaos', 'DELETE chaosExperiment', 'POST chaosExperiment/apply/p',
    'GET chaosExperiment/profiles/p', 'PUT debugMismatch', 'PUT grpc/services', 'GET loadScenario/a/report', 'PUT breakpoint/matcher', 'GET config'];
  for (const each of calls) {
    test(each, async () => {
      const [method, name] = each.split(' ');
      for (const target of [`/mockserver/${name}`, `/${name}`]) {
        const answer = await call(method, target);
        assert.equal(answer.status, 501, target);
        assert.deepEqual(JSON.parse(answer.body.toString()), { error: `${method} ${target} is not supported by this version of mockfleet` });
        assert.ok(header(answer, 'access-control-allow-methods'), 'has CORS headers');
        assert.equal(header(answer, 'deprecated') !== undefined, target === `/${name}`);
      }
    });
  }
  test('only behind /mockserver/', async () => {
    for (const name of ['dashboard', 'dashboard/main.js', 'openapi.yaml', 'mcp']) {
      assert.equal((await call('GET', `/mockserver/${name}`)).status, 501, name);
      assert.equal((await call('GET', `/${name}`)).status, 404, name);
    }
  });
  test('web sockets', async () => {
    const answer = await call('GET', '/_mockserver_callback_websocket');
    assert.equal(answer.status, 501);
    assert.equal(header(answer, 'deprecated'), undefined);
  });
  test('none of them is recorded', async () => {
    await control(server, 'reset');
    await call('PUT', '/mockserver/openapi');
    await call('GET', '/clock');
    await call('GET', '/_mockserver_callback_websocket');
    assert.deepEqual(await recorded_paths(server), []);
  });
});

test('other methods, other paths and user paths are mocked and recorded as before', async () => {
  await control(server, 'reset');
  for (const path of ['/mode', '/clocks', '/config/x', '/mockserver/unknown', '/files']) await expect(server, path, { httpResponse: { body: path } });
  for (const target of ['POST /mode', 'GET /clocks', 'GET /config/x', 'PUT /mockserver/unknown', 'PUT /files']) {
    const [method, path] = target.split(' ');
    assert.equal((await call(method, path)).body.toString(), path, target);
  }
  assert.equal((await recorded_paths(server)).length, 5);
});

test('a property that is read at the start only is named in the log when it is changed', async () => {
  const answer = await control(server, 'configuration', { maxHeaderSize: 1000, stateBackend: 'other', logLevel: 'INFO' });
  assert.equal(answer.status, 200);
  const told = () => server.output().split('\n').filter((line) => line.includes('[configuration-without-effect]'));
  const deadline = Date.now() + 5000; // the log comes by a pipe, the answer by a connection
  while (told().length < 2 && Date.now() < deadline) await new Promise((resolve) => { setTimeout(resolve, 5); });
  const lines = told();
  assert.deepEqual(lines.map((line) => /name=(\S+)/.exec(line)[1]), ['maxHeaderSize', 'stateBackend']);
  assert.match(lines[0], /read at the start only/);
});

test('the liveness path can be changed at run time', async () => {
  assert.equal((await call('GET', '/alive')).status, 404);
  assert.equal((await control(server, 'configuration', { livenessHttpGetPath: '/alive' })).status, 200);
  const answer = await call('GET', '/alive');
  assert.equal(answer.status, 200);
  assert.equal(header(answer, 'deprecated'), undefined);
  assert.ok(answer.body.toString().includes(String(server.port)));
  await control(server, 'configuration', { livenessHttpGetPath: '/other' });
  assert.equal((await call('GET', '/alive')).status, 404);
  assert.ok(!server.output().includes('name=livenessHttpGetPath'));
});

// What clients of a fleet rely on: any node takes any call.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { call, get, put, start_fleet } from './nodes.mjs';

describe('three nodes', () => {
  let fleet;
  let a;
  let b;
  let c;
  before(async () => { fleet = await start_fleet(3); [a, b, c] = fleet.nodes; });
  after(() => fleet?.stop());
  beforeEach(async () => assert.equal((await put(b, 'reset')).status, 200));

  const expectation = (id, extra = {}) => ({ id, httpRequest: { path: `/${id}` }, httpResponse: { body: id }, ...extra });

  test('an expectation put on one node is matched on every node when the put is answered', async () => {
    for (let n = 0; n < 30; n += 1) {
      const writer = fleet.nodes[n % 3];
      assert.equal((await put(writer, 'expectation', expectation(`e${n}`))).status, 201);
      for (const node of fleet.nodes) assert.equal((await get(node, `/e${n}`)).text, `e${n}`);
    }
    for (const node of fleet.nodes) assert.equal((await put(node, 'retrieve?type=ACTIVE_EXPECTATIONS')).json.length, 30);
    assert.equal((await put(c, 'clear?type=expectations', { path: '/e7' })).status, 200);
    for (const node of fleet.nodes) assert.equal((await get(node, '/e7')).status, 404);
  });

  test('verify and retrieve see the requests of all nodes', async () => {
    for (const [n, node] of [a, b, c, a].entries()) await get(node, `/r${n}`);
    for (const node of fleet.nodes) {
      const verified = await put(node, 'verify', { httpRequest: { path: '/r.*' }, times: { atLeast: 4, atMost: 4 } });
      assert.equal(verified.status, 202, verified.text);
      assert.equal((await put(node, 'verify', { httpRequest: { path: '/r0' }, times: { atLeast: 2 } })).status, 406);
      const recorded = (await put(node, 'retrieve?type=REQUESTS')).json.map((one) => one.path);
      assert.deepEqual(recorded, ['/r0', '/r1', '/r2', '/r3']);
      assert.equal((await put(node, 'retrieve?type=REQUEST_RESPONSES')).json.length, 4);
      assert.equal((await put(node, 'retrieve?type=LOGS')).text.match(/received request:/g).length, 4);
      assert.equal((await put(node, 'retrieve?type=LOGS&format=LOG_ENTRIES')).json.filter((one) => one.type === 'RECEIVED_REQUEST').length, 4);
    }
    assert.equal((await put(a, 'retrieve?type=REQUESTS&fanInLocalOnly=true')).json.length, 2);
  });

  test('a sequence over nodes is in the order in which it was sent', async () => {
    for (let n = 0; n < 60; n += 1) assert.equal((await get(fleet.nodes[n % 3], `/s${n}`)).status, 404);
    const steps = Array.from({ length: 60 }, (_, n) => ({ path: `/s${n}` }));
    for (const node of fleet.nodes) {
      const verified = await put(node, 'verifySequence', { httpRequests: steps });
      assert.equal(verified.status, 202, verified.text);
    }
    assert.equal((await put(b, 'verifySequence', { httpRequests: [{ path: '/s1' }, { path: '/s0' }] })).status, 406);
  });

  test('verification by expectation id', async () => {
    await put(a, 'expectation', [expectation('one'), expectation('two')]);
    for (const [node, path] of [[b, '/one'], [c, '/two'], [a, '/one']]) assert.equal((await get(node, path)).status, 200);
    assert.equal((await put(c, 'verify', { expectationId: { id: 'one' }, times: { atLeast: 2, atMost: 2 } })).status, 202);
    assert.equal((await put(a, 'verifySequence', { expectationIds: [{ id: 'one' }, { id: 'two' }, { id: 'one' }] })).status, 202);
    assert.equal((await put(a, 'verifySequence', { expectationIds: [{ id: 'two' }, { id: 'two' }] })).status, 406);
  });

  test('responses are verified over all nodes, in number and in order', async () => {
    await put(a, 'expectation', [expectation('made', { httpResponse: { statusCode: 201, body: { n: 1 } } }), expectation('gone', { httpResponse: { statusCode: 410 } })]);
    for (const [node, path] of [[b, '/made'], [c, '/gone'], [a, '/nowhere'], [a, '/made']]) await get(node, path);
    for (const node of fleet.nodes) {
      assert.equal((await put(node, 'verify', { httpResponse: { statusCode: 201, body: { n: 1 } }, times: { atLeast: 2, atMost: 2 } })).status, 202);
      assert.equal((await put(node, 'verify', { httpResponse: { statusCodeRange: '4XX' }, times: { atLeast: 1, atMost: 1 } })).status, 202);
      assert.equal((await put(node, 'verify', { httpRequest: { path: '/.*' }, disposition: 'MOCKED', times: { atLeast: 3, atMost: 3 } })).status, 202);
      const failed = await put(node, 'verify', { httpResponse: { statusCode: 500 }, times: { atLeast: 1 } });
      assert.equal(failed.status, 406);
      assert.match(failed.text, /matched 0 times among 3 recorded responses/);
      assert.equal((await put(node, 'verifySequence', { httpResponses: [{ statusCode: 201 }, { statusCode: 410 }, { statusCode: 201 }] })).status, 202);
      assert.equal((await put(node, 'verifySequence', { httpRequests: [{ path: '/gone' }, { path: '/made' }], httpResponses: [{ statusCode: 410 }, { statusCode: 201 }] })).status, 202);
      assert.equal((await put(node, 'verifySequence', { httpResponses: [{ statusCode: 410 }, { statusCode: 410 }] })).status, 406);
    }
    assert.equal((await put(c, 'verify?fanInLocalOnly=true', { httpResponse: { statusCode: 201 }, times: { atMost: 0 } })).status, 202);
  });

  test('a verification that is given time waits for requests at other nodes', async () => {
    const waiting = put(a, 'verify', { httpRequest: { path: '/late' }, timeout: 20000, times: { atLeast: 2 } });
    const in_order = put(b, 'verifySequence', { httpRequests: [{ path: '/late' }, { path: '/later' }], timeout: 20000 });
    for (const [node, path] of [[b, '/late'], [c, '/late'], [a, '/later']]) await get(node, path);
    assert.equal((await waiting).status, 202);
    assert.equal((await in_order).status, 202);
  });

  test('clearing the log reaches every node', async () => {
    for (const node of fleet.nodes) { await get(node, '/keep'); await get(node, '/drop'); }
    assert.equal((await put(a, 'clear?type=log', { path: '/drop' })).status, 200);
    for (const node of fleet.nodes) assert.deepEqual((await put(node, 'retrieve?type=REQUESTS')).json.map((one) => one.path), ['/keep', '/keep', '/keep']);
    assert.equal((await put(c, 'reset')).status, 200);
    for (const node of fleet.nodes) assert.deepEqual((await put(node, 'retrieve?type=REQUESTS')).json, []);
  });

  test('a limited expectation answers exactly so often over all nodes', async () => {
    await put(a, 'expectation', expectation('few', { times: { remainingTimes: 10 } }));
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => get(fleet.nodes[n % 3], '/few')));
    assert.equal(answers.filter((one) => one.status === 200).length, 10);
    assert.equal(answers.filter((one) => one.status === 404).length, 30);
  });

  test('a node that was paused answers limited requests when it is back, and logs what it refused', async () => {
    await put(a, 'expectation', expectation('few', { times: { remainingTimes: 10 } }));
    process.kill(c.pid, 'SIGSTOP');
    // Until the others go on without it: then its seat is lost for certain.
    assert.equal((await put(a, 'expectation', expectation('meanwhile'))).status, 201);
    const limited = Array.from({ length: 4 }, () => get(c, '/few'));
    const plain = get(c, '/plain');
    process.kill(c.pid, 'SIGCONT');
    assert.deepEqual((await Promise.all(limited)).map((answer) => answer.status), [200, 200, 200, 200]);
    const { status } = await plain;
    assert.ok([404, 503].includes(status), status);
    for (const node of fleet.nodes) assert.equal((await get(node, '/meanwhile')).status, 200);
    const shown = (await put(a, 'retrieve?type=REQUEST_RESPONSES', { path: '/plain' })).json;
    assert.deepEqual(shown.map((one) => one.httpResponse.statusCode), [status]);
    assert.equal((await put(b, 'retrieve?type=ACTIVE_EXPECTATIONS', { path: '/few' })).json[0].times.remainingTimes, 6);
  });

  test('status routes', async () => {
    for (const node of fleet.nodes) {
      assert.deepEqual((await get(node, '/mockserver/ready')).json, { status: 'READY' });
      assert.equal((await get(node, '/mockserver/live')).status, 200);
      const { json } = await get(node, '/mockserver/cluster');
      assert.equal(json.clustered, true);
      assert.equal(json.memberCount, 3);
      assert.equal(json.members.filter((one) => one.local).length, 1);
      assert.equal(json.members.filter((one) => one.coordinator).length, 1);
      assert.equal(json.members.find((one) => one.coordinator).id, json.coordinator);
      for (const one of json.members) {
        assert.equal(one.state, 'serving');
        assert.ok(one.version && one.address && one.appliedRevision > 0 && one.uptimeMillis >= 0, JSON.stringify(one));
      }
      const metrics = (await get(node, '/mockserver/metrics')).text;
      assert.match(metrics, /^mock_server_cluster_members 3\.0$/m);
      assert.match(metrics, /^mock_server_ready 1\.0$/m);
      assert.match(metrics, /^mock_server_cluster_lag \d+\.0$/m);
    }
  });

  test('a node that is killed is missed for a moment only', async () => {
    await put(a, 'expectation', expectation('stays'));
    process.kill(c.pid, 'SIGKILL');
    await c.gone;
    const deadline = Date.now() + 15000;
    for (;;) {
      const answer = await put(a, 'verify', { httpRequest: { path: '/none' }, times: { atMost: 0 } });
      if (answer.status === 202) break;
      assert.ok([406, 503].includes(answer.status), answer.text);
      assert.ok(Date.now() < deadline, answer.text);
    }
    assert.equal((await get(b, '/stays')).text, 'stays');
    const written = await call(b, 'PUT', '/mockserver/expectation', expectation('later'));
    assert.equal(written.status, 201, written.text);
    assert.equal((await get(a, '/later')).text, 'later');
    assert.equal((await get(a, '/mockserver/cluster')).json.memberCount, 2);
    // It comes back with its disk, and with everything that happened meanwhile.
    fleet.nodes[2] = await fleet.start(2);
    c = fleet.nodes[2];
    assert.equal((await get(c, '/later')).text, 'later');
    assert.equal((await get(c, '/mockserver/cluster')).json.memberCount, 3);
  });
});

// Two nodes that are a majority, asked in turn; then a third one joins them (contract fleet 1.7).
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { call, get, put, start_fleet } from './nodes.mjs';

let fleet;
let a;
let b;
before(async () => { fleet = await start_fleet(3, { now: 2 }); [a, b] = fleet.nodes; });
after(() => fleet?.stop());
beforeEach(async () => assert.equal((await put(a, 'reset')).status, 200));

const both_ways = [['a', () => a, () => b], ['b', () => b, () => a]];
const expectation = (id, extra = {}) => ({ id, httpRequest: { path: `/${id}` }, httpResponse: { body: id }, ...extra });
const active = async (node) => (await put(node, 'retrieve?type=ACTIVE_EXPECTATIONS')).json;
async function store(node, ...expectations) {
  const answer = await put(node, 'expectation', expectations);
  assert.equal(answer.status, 201, answer.text);
}
const state_of = async (node, name) => (await get(node, `/mockserver/scenario/${name}`)).json.currentState;

/** Requests over both nodes in turn, one after the other; resolves to the statuses. */
async function ask_in_turn(count, path) {
  const statuses = [];
  for (let n = 0; n < count; n += 1) statuses.push((await get([a, b][n % 2], path)).status);
  return statuses;
}

/** `connections` at each node, `each` requests one after the other; resolves to how many were answered 200, all others being 404. */
async function ask_at_once(connections, each, path) {
  let answered = 0;
  await Promise.all(Array.from({ length: 2 * connections }, async (_, n) => {
    for (let i = 0; i < each; i += 1) {
      const { status, text } = await get([a, b][n % 2], path);
      assert.ok([200, 404].includes(status), `${status} ${text}`);
      answered += status === 200 ? 1 : 0;
    }
  }));
  return answered;
}

describe('expectations', () => {
  for (const [name, writer, reader] of both_ways) {
    test(`put, updated and removed on ${name}`, async () => {
      await store(writer(), expectation('one'), expectation('two'), expectation('three'));
      assert.deepEqual((await active(reader())).map((one) => one.id), ['one', 'two', 'three']);
      assert.equal((await get(reader(), '/one')).text, 'one');
      await store(writer(), expectation('one', { httpResponse: { body: 'newer' } }));
      assert.equal((await get(reader(), '/one')).text, 'newer');
      assert.deepEqual((await active(reader())).map((one) => one.id), ['one', 'two', 'three']);
      assert.equal((await put(writer(), 'clear', { id: 'two' })).status, 200);
      assert.equal((await get(reader(), '/two')).status, 404);
      assert.deepEqual((await active(reader())).map((one) => one.id), ['one', 'three']);
      assert.equal((await put(writer(), 'clear')).status, 200);
      assert.deepEqual(await active(reader()), []);
      assert.equal((await get(reader(), '/one')).status, 404);
    });
  }

  test('priority decides alike on both', async () => {
    await store(a, { ...expectation('low'), httpRequest: { path: '/p' } });
    await store(b, { ...expectation('high', { priority: 10 }), httpRequest: { path: '/p' } });
    for (const node of [a, b]) {
      assert.equal((await get(node, '/p')).text, 'high');
      assert.deepEqual((await active(node)).map((one) => one.id), ['high', 'low']);
    }
  });

  test('both say that they are of one fleet, with ids of their own', async () => {
    const [first, second] = [await get(a, '/mockserver/cluster'), await get(b, '/mockserver/cluster')].map((answer) => answer.json);
    for (const one of [first, second]) {
      assert.equal(one.clustered, true);
      assert.equal(one.memberCount, 2);
    }
    assert.notEqual(first.nodeId, second.nodeId);
    assert.equal(first.coordinator, second.coordinator);
  });
});

describe('times', () => {
  test('once is once over both', async () => {
    await store(a, expectation('once', { times: { remainingTimes: 1 } }));
    assert.deepEqual(await ask_in_turn(4, '/once'), [200, 404, 404, 404]);
  });

  test('three in turn are three, and then nothing is left of it', async () => {
    await store(b, expectation('few', { times: { remainingTimes: 3 } }));
    assert.deepEqual(await ask_in_turn(6, '/few'), [200, 200, 200, 404, 404, 404]);
    for (const node of [a, b]) assert.deepEqual(await active(node), []);
  });

  test('from four connections at each node exactly so many', async () => {
    await store(a, expectation('many', { times: { remainingTimes: 50 } }));
    assert.equal(await ask_at_once(4, 10, '/many'), 50);
  });

  test('without a limit all are answered', async () => {
    await store(a, expectation('all'));
    assert.equal(await ask_at_once(2, 5, '/all'), 20);
  });

  test('an update starts the count anew', async () => {
    await store(a, expectation('again', { times: { remainingTimes: 3 } }));
    assert.deepEqual(await ask_in_turn(2, '/again'), [200, 200]);
    await store(b, expectation('again', { times: { remainingTimes: 3 } }));
    assert.equal(await ask_at_once(2, 4, '/again'), 3);
  });
});

describe('scenarios', () => {
  const step = (id, path, from, to, scenario = 'till') => expectation(id, { httpRequest: { path }, scenarioName: scenario, ...(from ? { scenarioState: from } : {}), ...(to ? { newScenarioState: to } : {}) });

  test('a chain of moves, each on the other node', async () => {
    await store(a, step('open', '/next', 'Started', 'open'), step('paid', '/next', 'open', 'paid'), step('closed', '/next', 'paid', 'closed'));
    for (const [node, body] of [[a, 'open'], [b, 'paid'], [a, 'closed']]) {
      assert.equal((await get(node, '/next')).text, body);
      for (const other of [a, b]) assert.equal(await state_of(other, 'till'), body);
    }
    assert.deepEqual(await ask_in_turn(2, '/next'), [404, 404]);
  });

  test('of requests to both at the same time one makes the move', async () => {
    for (let round = 0; round < 5; round += 1) {
      await store(a, step('won', '/race', 'Started', `over${round}`));
      assert.equal(await ask_at_once(4, 2, '/race'), 1);
      assert.equal(await state_of(b, 'till'), `over${round}`);
      assert.equal((await put(b, 'clear')).status, 200);
      for (const node of [a, b]) assert.equal(await state_of(node, 'till'), 'Started');
    }
  });

  test('set on one, triggered on the other, moved by itself, reset', async () => {
    assert.equal((await put(a, 'scenario/till', { state: 'open' })).status, 200);
    assert.equal(await state_of(b, 'till'), 'open');
    assert.deepEqual((await get(b, '/mockserver/scenario')).json.scenarios, [{ scenarioName: 'till', currentState: 'open' }]);
    assert.equal((await put(b, 'scenario/till/trigger', { newState: 'paid' })).status, 200);
    assert.equal(await state_of(a, 'till'), 'paid');
    assert.equal((await put(a, 'scenario/till', { state: 'paid', nextState: 'closed', transitionAfterMs: 100 })).status, 200);
    const deadline = Date.now() + 10000;
    for (const node of [a, b]) while (await state_of(node, 'till') !== 'closed') assert.ok(Date.now() < deadline, 'the timed move');
    assert.equal((await put(b, 'reset')).status, 200);
    for (const node of [a, b]) assert.equal(await state_of(node, 'till'), 'Started');
  });

  test('machines of different clients stay apart', async () => {
    const scenario = 'till__iso=query_parameter:who';
    await store(a, step('first', '/iso', 'Started', 'seen', scenario), step('later', '/iso', 'seen', '', scenario));
    assert.equal((await get(a, '/iso?who=ann')).text, 'first');
    assert.equal((await get(b, '/iso?who=ann')).text, 'later');
    assert.equal((await get(b, '/iso?who=bob')).text, 'first');
    assert.equal((await get(a, '/iso?who=bob')).text, 'later');
    assert.equal((await get(a, '/iso')).text, 'first');
  });

  test('an event on one node moves a scenario for both', async () => {
    await store(a, expectation('rings', { crossProtocolScenarios: [{ trigger: 'HTTP_REQUEST', matchPattern: '/rings', scenarioName: 'bell', targetState: 'rung' }] }));
    assert.equal((await get(b, '/rings')).status, 200);
    for (const node of [a, b]) assert.equal(await state_of(node, 'bell'), 'rung');
  });
});

test('a third node that joins has it all when it serves, and counts along', async () => {
  await store(a, ...Array.from({ length: 200 }, (_, n) => expectation(`e${n}`)), expectation('few', { times: { remainingTimes: 5 } }));
  assert.equal((await put(b, 'scenario/till', { state: 'open' })).status, 200);
  assert.deepEqual(await ask_in_turn(3, '/few'), [200, 200, 200]);
  const c = await fleet.start(2);
  fleet.nodes.push(c);
  for (const path of ['/e0', '/e199']) assert.equal((await get(c, path)).status, 200);
  assert.equal((await active(c)).length, 201);
  assert.equal(await state_of(c, 'till'), 'open');
  assert.deepEqual([(await get(c, '/few')).status, (await get(a, '/few')).status, (await get(c, '/few')).status], [200, 200, 404]);
  const verified = await put(c, 'verify', { httpRequest: { path: '/few' }, times: { atLeast: 6, atMost: 6 } });
  assert.equal(verified.status, 202, verified.text);
  assert.equal((await call(c, 'PUT', '/mockserver/expectation', expectation('from-c'))).status, 201);
  for (const node of [a, b]) assert.equal((await get(node, '/from-c')).status, 200);
  for (const node of [a, b, c]) assert.equal((await get(node, '/mockserver/cluster')).json.memberCount, 3);
});

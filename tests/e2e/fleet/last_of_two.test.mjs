// What becomes of two nodes when one of them is lost: alone, with a witness, and told to go on (docs/fleet.md 6).
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { get, put, start_fleet } from './nodes.mjs';

let fleet;
afterEach(() => fleet?.stop());

const expectation = (id) => ({ id, httpRequest: { path: `/${id}` }, httpResponse: { body: id } });
const kill = (n) => fleet.nodes[n].stop('SIGKILL');
/** Asks until the answer has this status; every other one must be among `allowed`. */
async function until(status, allowed, ask) {
  const deadline = Date.now() + 30000;
  for (;;) {
    const answer = await ask();
    if (answer.status === status) return answer;
    assert.ok(allowed.includes(answer.status), `${answer.status} ${answer.text}`);
    assert.ok(Date.now() < deadline, `${answer.status} ${answer.text}`);
  }
}

test('alone: it refuses, and goes on when the other one is back', async () => {
  fleet = await start_fleet(2);
  const [a] = fleet.nodes;
  assert.equal((await put(a, 'expectation', expectation('before'))).status, 201);
  await kill(1);
  await until(503, [200], () => get(a, '/before'));
  const refused = await put(a, 'expectation', expectation('refused'));
  assert.equal(refused.status, 503, refused.text);
  assert.deepEqual((await get(a, '/mockserver/ready')).json, { status: 'NOT_READY', reasons: ['cluster-isolated'] });
  assert.equal((await get(a, '/mockserver/live')).status, 200);
  fleet.nodes[1] = await fleet.start(1);
  await until(200, [503], () => get(a, '/before'));
  assert.equal((await get(fleet.nodes[1], '/before')).text, 'before');
  assert.equal((await get(a, '/refused')).status, 404);
});

test('with a witness: it goes on', async () => {
  fleet = await start_fleet(3, { witness: 2 });
  const [a, , witness] = fleet.nodes;
  assert.equal((await get(a, '/mockserver/cluster')).json.memberCount, 2);
  assert.equal((await put(a, 'expectation', expectation('before'))).status, 201);
  await kill(1);
  await until(201, [503, 504], () => put(a, 'expectation', expectation('after')));
  await until(202, [406, 503], () => put(a, 'verify', { httpRequest: { path: '/none' }, times: { atMost: 0 } }));
  fleet.nodes[1] = await fleet.start(1);
  for (const id of ['before', 'after']) assert.equal((await get(fleet.nodes[1], `/${id}`)).text, id);
  // The witness is not missed either.
  assert.equal((await witness.stop()).code, 0);
  await until(201, [503, 504], () => put(a, 'expectation', expectation('later')));
  assert.equal((await get(fleet.nodes[1], '/later')).text, 'later');
});

test('clusterTwoNodeSurvivor=force: it goes on once the other process has ended, and the other one comes back to it', async () => {
  fleet = await start_fleet(2, { extra: ['--cluster-two-node-survivor', 'force'] });
  const [a] = fleet.nodes;
  assert.equal((await put(a, 'expectation', expectation('before'))).status, 201);
  await kill(1);
  await until(201, [503, 504], () => put(a, 'expectation', expectation('alone')));
  assert.equal((await get(a, '/before')).text, 'before');
  fleet.nodes[1] = await fleet.start(1);
  for (const id of ['before', 'alone']) assert.equal((await get(fleet.nodes[1], `/${id}`)).text, id);
  assert.equal((await put(fleet.nodes[1], 'expectation', expectation('both'))).status, 201);
  assert.equal((await get(a, '/both')).text, 'both');
});

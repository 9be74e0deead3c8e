// Three real nodes and one bucket: whoever writes, whoever dies, is away or asleep, what was answered 201 is in the one
// document, and a fleet that starts on empty disks has it before it serves.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { call, get, put, start_fleet } from '../fleet/nodes.mjs';
import { at_port, details, in_bucket, waiting, way_to_service } from './bucket.mjs';
import { active, forward_all, ids, mock, put as add_to, start, until } from './kept.mjs';

async function fleet_of(t, flags, ...more) {
  const fleet = await start_fleet(3, { extra: flags, ...more });
  t.after(() => fleet.stop());
  return fleet;
}

/** What the document holds: a server that is alone starts with it, and writes nothing. */
async function in_document(t, document) {
  const reader = await start(t, ...in_bucket(document));
  const found = await active(reader);
  await reader.stop('SIGKILL');
  return ids(found);
}
const is_in_document = (t, document, wanted, what) => until(async () => {
  const found = new Set(await in_document(t, document));
  const missing = wanted.filter((id) => !found.has(id));
  assert.deepEqual(missing, [], what);
  return true;
}, what, 30000);

/** The number of the node that writes, as that node sees it. */
async function coordinator_of(nodes) {
  for (;;) {
    for (const [n, node] of nodes.entries()) {
      const told = (await get(node, '/mockserver/cluster').catch(() => undefined))?.json;
      const mine = told?.members?.find((one) => one.id === told.nodeId);
      if (mine?.coordinator) return n;
    }
  }
}

/** Adds one expectation after another through a node; answers the ids of those that were answered 201. */
async function add(node, prefix, count, after_each = () => {}) {
  const confirmed = [];
  for (let n = 0; n < count; n += 1) {
    const id = `${prefix}-${n}`;
    const answer = await put(node, 'expectation', mock(id)).catch(() => undefined);
    if (answer?.status === 201) confirmed.push(id);
    await after_each(n);
  }
  return confirmed;
}

test('writes through all nodes land in one document, also when the node that writes is killed among them', async (t) => {
  const document = `${randomUUID()}.json`;
  const fleet = await fleet_of(t, in_bucket(document));
  const writer = await coordinator_of(fleet.nodes);
  const kill_writer = (n) => { if (n === 15) fleet.nodes[writer].stop('SIGKILL'); };
  const confirmed = (await Promise.all(fleet.nodes.map((node, n) => add(node, `n${n}`, 40, n === writer ? kill_writer : undefined)))).flat();
  assert.ok(confirmed.length >= 40, `${confirmed.length} were confirmed`);
  await is_in_document(t, document, confirmed, 'all that was confirmed');
  // The others go on, and a change of each kind is written.
  const [one, other] = fleet.nodes.filter((_, n) => n !== writer);
  assert.equal((await call(one, 'PUT', '/mockserver/clear?type=expectations', { path: `/${confirmed[0]}` })).status, 200);
  assert.equal((await put(other, 'expectation', mock('last'))).status, 201);
  await until(async () => {
    const found = await in_document(t, document);
    return found.includes('last') && !found.includes(confirmed[0]);
  }, 'changes of the others', 30000);
  // The one that was killed comes back, and takes the fleet's state.
  fleet.nodes[writer] = await fleet.start(writer);
  assert.equal((await get(fleet.nodes[writer], '/last')).text, 'last');
  assert.equal((await put(fleet.nodes[writer], 'expectation', mock('back'))).status, 201);
  await is_in_document(t, document, ['last', 'back'], 'through the one that came back');
});

test('a fleet that starts on empty disks has everything before it serves, and its document outlives its nodes again', async (t) => {
  const document = `${randomUUID()}.json`;
  const first = await fleet_of(t, in_bucket(document));
  const before = (await Promise.all(first.nodes.map((node, n) => add(node, `a${n}`, 20)))).flat();
  assert.equal(before.length, 60);
  await first.stop(); // all at once: what waits is written on the way out

  const second = await fleet_of(t, in_bucket(document));
  for (const node of second.nodes) assert.deepEqual(ids(await active(node)).sort(), before.toSorted());
  // Numbers of the first fleet say nothing about the second one: whoever writes first goes over its document.
  const writer = await coordinator_of(second.nodes);
  await second.nodes[writer].stop('SIGKILL');
  const [node] = second.nodes.filter((_, n) => n !== writer);
  await until(async () => (await put(node, 'expectation', mock('after'))).status === 201, 'written', 30000);
  await is_in_document(t, document, [...before, 'after'], 'by the second fleet');
  assert.deepEqual(await details(node), []);
});

test('while the bucket is away all nodes go on; then everything is written, and a node that joins meanwhile revives nothing', async (t) => {
  const document = `${randomUUID()}.json`;
  const way = await way_to_service(t);
  const fleet = await fleet_of(t, in_bucket(document, { ...at_port(way.port), blobStoreProbe: false, blobStoreCreateIfMissing: false }));
  await add(fleet.nodes[0], 'old', 5);
  await is_in_document(t, document, ['old-4'], 'before');
  way.end();
  assert.equal((await call(fleet.nodes[1], 'PUT', '/mockserver/clear?type=expectations')).status, 200);
  const writer = await coordinator_of(fleet.nodes);
  await until(async () => (await details(fleet.nodes[writer])).some((one) => /^persistence: \d+ changes wait/.test(one)), 'told', 30000);
  // Now the shared state is empty, and the document is not.
  const joining = (writer + 1) % 3;
  await fleet.nodes[joining].stop();
  fleet.nodes[joining] = await fleet.start(joining);
  for (const node of fleet.nodes) assert.deepEqual(await active(node), []);
  const confirmed = (await Promise.all(fleet.nodes.map((node, n) => add(node, `n${n}`, 10)))).flat();
  assert.equal(confirmed.length, 30);
  for (const node of fleet.nodes) assert.equal((await get(node, '/mockserver/ready')).status, 200);
  for (const node of fleet.nodes) assert.equal((await get(node, '/n2-9')).text, 'n2-9');
  way.begin();
  await is_in_document(t, document, confirmed, 'after the outage');
  assert.equal((await in_document(t, document)).length, 30);
  await until(async () => await waiting(fleet.nodes[writer]) === 0, 'nothing waits', 30000);
  assert.deepEqual(await details(fleet.nodes[writer]), []);
});

test('a writer that was asleep while another took over does not overwrite what is newer', async (t) => {
  const document = `${randomUUID()}.json`;
  const fleet = await fleet_of(t, in_bucket(document));
  const writer = await coordinator_of(fleet.nodes);
  const others = fleet.nodes.filter((_, n) => n !== writer);
  // It has something to write when it falls asleep.
  const busy = add(fleet.nodes[writer], 'w', 30);
  await new Promise((resolve) => { setTimeout(resolve, 60); });
  process.kill(fleet.nodes[writer].pid, 'SIGSTOP');
  t.after(() => { try { process.kill(fleet.nodes[writer].pid, 'SIGCONT'); } catch { /* it has ended */ } });
  await until(async () => (await put(others[0], 'expectation', mock('newer-0'))).status === 201, 'the others go on', 60000);
  const newer = ['newer-0', ...await add(others[1], 'newer-1', 10)];
  await is_in_document(t, document, newer, 'written by another');
  process.kill(fleet.nodes[writer].pid, 'SIGCONT');
  const confirmed = await busy;
  await until(async () => (await get(fleet.nodes[writer], '/newer-0').catch(() => undefined))?.text === 'newer-0', 'it is back', 60000);
  assert.equal((await put(fleet.nodes[writer], 'expectation', mock('woken'))).status, 201);
  await is_in_document(t, document, [...newer, ...confirmed, 'woken'], 'nothing was lost');
  const shared = ids(await active(others[0])).sort();
  assert.deepEqual((await in_document(t, document)).sort(), shared);
});

test('each node keeps what it has recorded in a document of its own, which outlives it', async (t) => {
  const name = randomUUID();
  const upstream = await start(t);
  await add_to(upstream, { httpRequest: { path: '/.*' }, httpResponse: { body: 'from upstream' } });
  const fleet = await fleet_of(t, in_bucket('p.json', { persistExpectations: false, persistRecordedExpectations: true, persistedRecordedExpectationsPath: `${name}.json` }));
  await forward_all(fleet.nodes[0], upstream);
  const documents = [];
  for (const [n, node] of fleet.nodes.entries()) {
    assert.equal((await get(node, `/through-${n}`)).text, 'from upstream');
    const told = (await get(node, '/mockserver/cluster')).json;
    documents.push(`${name}.${told.members.find((one) => one.id === told.nodeId).address.replaceAll(':', '_')}.json`);
    await until(async () => await waiting(node, 'recorded_persistence') === 0, 'written');
  }
  await fleet.nodes[0].stop('SIGKILL');
  for (const [n, document] of documents.entries()) {
    const reader = await start(t, ...in_bucket(document));
    assert.deepEqual((await active(reader)).map((one) => one.httpRequest.path), [`/through-${n}`]);
    await reader.stop('SIGKILL');
  }
});

// What an operator is promised of a fleet in trouble, one promise each, without load: so the times are those of the fleet.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fleet, get, pause, put, until } from './fleet.mjs';
import { name_server } from './name_server.mjs';
import { probe } from './workload.mjs';

const expectation = (id, extra = {}) => ({ id, httpRequest: { path: `/${id}` }, httpResponse: { body: id }, ...extra });
const put_one = async (node, id, extra) => (await put(node, 'expectation', expectation(id, extra))).status;
const signal = (name, ...pids) => { for (const pid of pids) if (pid !== undefined) process.kill(pid, name); };
const ids = async (node) => (await put(node, 'retrieve?type=ACTIVE_EXPECTATIONS')).json.map((one) => one.id);
const cluster = async (node) => (await get(node, '/mockserver/cluster')).json;
const round_ms = (value) => Math.round(value * 10) / 10;

/** A fleet for `work`, stopped and removed afterwards; its logs stay when it fails. */
async function with_fleet(context, options, work) {
  const { network } = context;
  await network.open(Math.max(options.count ?? 3, options.hosts ?? 0));
  const made = new fleet(network, { ...context, ...options });
  try {
    if (options.start !== false) await made.start();
    const told = await work(made);
    await made.stop();
    made.remove();
    return told;
  } catch (error) {
    error.message += `\n(logs: ${made.directory})`;
    throw error;
  } finally {
    network.heal();
    await made.stop();
  }
}

/** Median and longest of `repeat` gaps; `act` returns when it did what may cause one. */
async function gaps(context, { repeat, flags, most_ms, victim, act, restore }) {
  return with_fleet(context, { flags }, async (made) => {
    const writes = [];
    const reads = [];
    for (let n = 0; n < repeat; n += 1) {
      const one = await victim(made);
      const [survivor] = made.nodes.filter((node) => node !== one);
      const watch = new probe(survivor).begin();
      await watch.warm();
      await pause(300);
      const since = performance.now();
      await act(made, one);
      await pause(Math.max(1500, most_ms * 1.5));
      await watch.end();
      writes.push(watch.write_gap(since));
      reads.push(watch.read_gap(since));
      await restore(made, one);
      await Promise.all(made.nodes.map((node) => node.ready()));
      await until(async () => (await cluster(survivor))?.memberCount === 3, 20000, 'three members again');
    }
    const sorted = [...writes].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    const figures = { median_ms: round_ms(median), longest_ms: round_ms(sorted.at(-1)), read_ms: round_ms(Math.max(...reads)), allowed_ms: most_ms };
    return { figures, wrong: median > most_ms ? [`median gap ${round_ms(median)} ms, promised ${most_ms} ms`] : [] };
  });
}

const leader = (made) => made.found_leader();
const follower = async (made) => {
  const first = await made.found_leader();
  return made.nodes.findLast((node) => node !== first);
};
const kill = (made, one) => one.end('SIGKILL');
const start = (made, one) => one.start();
const isolate = async (made, one) => made.network.cut([one.host], made.nodes.filter((node) => node !== one).map((node) => node.host));
const heal = async (made, one) => { made.network.heal(); await one.ready(); };

const measured = [
  { name: 'gap: kill -9 of a process, its engine with it', most_ms: 100, victim: follower, act: kill, restore: start },
  { name: 'gap: kill -9 of the leader\'s node', most_ms: 1200, victim: leader, act: kill, restore: start },
  { name: 'gap: stop (SIGTERM) of a node', most_ms: 50, victim: follower, act: (made, one) => one.end('SIGTERM'), restore: start },
  { name: 'gap: stop (SIGTERM) of the leader\'s node', most_ms: 50, victim: leader, act: (made, one) => one.end('SIGTERM'), restore: start },
  { name: 'gap: a node stops and joins again', most_ms: 250, victim: follower, act: async (made, one) => { await one.end('SIGTERM'); await one.start(); }, restore: async () => {} },
  {
    name: 'gap: a node hangs (SIGSTOP with its engine)', most_ms: 2500, victim: follower,
    act: async (made, one) => signal('SIGSTOP', one.pid, one.engine), restore: async (made, one) => { signal('SIGCONT', one.engine, one.pid); await one.ready(); },
  },
  {
    name: 'gap: the leader\'s node hangs (SIGSTOP with its engine)', most_ms: 2500, victim: leader,
    act: async (made, one) => signal('SIGSTOP', one.pid, one.engine), restore: async (made, one) => { signal('SIGCONT', one.engine, one.pid); await one.ready(); },
  },
  { name: 'gap: a node loses power or is cut off', needs: 'partition', most_ms: 2500, victim: follower, act: isolate, restore: heal },
  { name: 'gap: the leader\'s node loses power or is cut off', needs: 'partition', most_ms: 2500, victim: leader, act: isolate, restore: heal },
  {
    name: 'gap: kill -9 of a follower\'s engine', most_ms: 2500, victim: follower, act: async (made, one) => signal('SIGKILL', one.engine),
    restore: async (made, one) => { await until(() => one.engine, 10000, 'an engine again'); await one.ready(); },
  },
].map((one) => ({ ...one, run: (context) => gaps(context, { repeat: context.repeat, ...one }) }));

/** A node without the others: refuses everything that could be old, and says why. */
async function isolated(context) {
  return with_fleet(context, {}, async (made) => {
    const one = await follower(made);
    const [other] = made.nodes.filter((node) => node !== one);
    assert.equal(await put_one(other, 'before'), 201);
    const since = performance.now();
    await isolate(made, one);
    // From the cut on, what the others record must not be denied by the one that cannot know.
    let asked = 0;
    let stale = 0;
    let refused = 0;
    const doubting = (async () => {
      while (performance.now() - since < 3000) {
        asked += 1;
        const path_now = `/seen-${asked}`;
        if ((await get(other, path_now, 1000)).status !== 404) continue;
        const told = await put(one, 'verify', { httpRequest: { path: path_now }, times: { atMost: 0 } }, 6000);
        if (told.status === 202) stale += 1;
        else refused += 1;
      }
    })();
    await until(async () => (await get(one, '/mockserver/ready')).status === 503, 5000, 'the isolated node is not ready', 2);
    const fenced_ms = round_ms(performance.now() - since);
    const ready = await get(one, '/mockserver/ready');
    assert.deepEqual(ready.json.reasons, ['cluster-isolated']);
    assert.equal((await get(one, '/mockserver/live')).status, 200);
    for (const [resource, document] of [['expectation', expectation('x')], ['clear', {}], ['reset'], ['verify', { httpRequest: {} }], ['retrieve', {}]]) {
      const answer = await put(one, resource, document);
      assert.equal(answer.status, 503, `${resource}: ${answer.status} ${answer.text}`);
      assert.equal(answer.json.error, 'cluster-isolated');
      assert.match(answer.json.message, /cut off from the other nodes/);
    }
    assert.equal((await get(one, '/before')).status, 503);
    await doubting;
    assert.equal(stale, 0, `${stale} of ${asked} verifications were answered from what the isolated node knew`);
    assert.equal(await put_one(other, 'during'), 201);
    assert.equal((await cluster(other)).memberCount, 2);
    const healed = performance.now();
    made.network.heal();
    await one.ready();
    const back_ms = round_ms(performance.now() - healed);
    assert.equal((await get(one, '/during')).text, 'during');
    return { figures: { fenced_ms, back_ms, verifications_refused: refused } };
  });
}

async function isolated_stale(context) {
  return with_fleet(context, { flags: ['--cluster-on-isolation', 'stale'] }, async (made) => {
    const one = await follower(made);
    assert.equal(await put_one(one, 'before'), 201);
    await isolate(made, one);
    await until(async () => (await get(one, '/before')).headers?.some(([name, value]) => name.toLowerCase() === 'x-mockfleet-stale' && value === 'true'),
      5000, 'answers are marked as stale');
    // Its engine is asked: whether that heard of it is not known.
    const answer = await put(one, 'expectation', expectation('x'), 8000);
    assert.ok([503, 504].includes(answer.status), answer.text);
    return {};
  });
}

/** The engine hears it, the writer does not: the write is made, and who has not confirmed it is named. */
async function unconfirmed(context) {
  return with_fleet(context, {}, async (made) => {
    const one = await follower(made);
    const [other] = made.nodes.filter((node) => node !== one);
    const { nodeId } = await cluster(one);
    made.network.cut([one.host], made.nodes.filter((node) => node !== one).map((node) => node.host), one.host.ports.ack);
    const since = performance.now();
    const answer = await put(other, 'expectation', expectation('kept'), 10000);
    const after_ms = round_ms(performance.now() - since);
    assert.equal(answer.status, 504, answer.text);
    assert.equal(answer.json.error, 'replication-unconfirmed');
    assert.deepEqual(answer.json.missing, [nodeId]);
    assert.ok(answer.json.version > 0);
    // Who cannot be asked is named, not left out.
    const verified = await put(other, 'verify', { httpRequest: { path: '/none' }, times: { atMost: 0 } }, 10000);
    assert.notEqual(verified.status, 202);
    assert.ok(verified.text.includes(nodeId), verified.text);
    made.network.heal();
    await until(async () => (await put_one(other, 'after')) === 201, 10000, 'writes are confirmed again');
    for (const node of made.nodes) assert.equal((await get(node, '/kept')).text, 'kept');
    return { figures: { after_ms } };
  });
}

/** Within its lease a node that hangs is waited for; the write is answered when it goes on or is left out. */
async function hangs_within_lease(context) {
  return with_fleet(context, {}, async (made) => {
    const one = await follower(made);
    const [other] = made.nodes.filter((node) => node !== one);
    signal('SIGSTOP', one.pid);
    const since = performance.now();
    const written = put_one(other, 'slow');
    await pause(400);
    signal('SIGCONT', one.pid);
    assert.equal(await written, 201);
    const waited_ms = round_ms(performance.now() - since);
    for (const node of made.nodes) assert.equal((await get(node, '/slow')).text, 'slow');
    return { figures: { waited_ms } };
  });
}

async function eviction(context) {
  const most = 30;
  return with_fleet(context, { flags: ['--max-expectations', String(most)] }, async (made) => {
    const all = Array.from({ length: 60 }, (_, n) => `e${n}`);
    for (const [n, id] of all.entries()) assert.equal(await put_one(made.nodes[n % 3], id), 201);
    for (const node of made.nodes) assert.deepEqual(await ids(node), all.slice(-most));
    await Promise.all(made.nodes.map(async (node, n) => {
      for (let k = 0; k < 40; k += 1) assert.equal(await put_one(node, `c${n}-${k}`), 201);
    }));
    const [first, ...others] = await Promise.all(made.nodes.map(ids));
    assert.equal(first.length, most);
    for (const one of others) assert.deepEqual(one, first);
    // The bound holds by insertion: the last of each node are there.
    for (let n = 0; n < 3; n += 1) assert.ok(first.includes(`c${n}-39`));
    return {};
  });
}

async function witness(context) {
  return with_fleet(context, { start: false }, async (made) => {
    const [a, b, vote] = made.nodes;
    vote.launch(['--cluster-witness', 'true']);
    a.launch();
    b.launch();
    await Promise.all([a.ready(), b.ready()]);
    await until(() => vote.output().includes('a witness'), 10000, 'the witness votes');
    assert.equal((await cluster(a)).memberCount, 2);
    assert.equal(await put_one(a, 'both'), 201);
    const lost = [];
    for (const [one, other] of [[a, b], [b, a]]) {
      const watch = new probe(other).begin();
      await watch.warm();
      const since = performance.now();
      await one.end('SIGKILL');
      await pause(2500);
      await watch.end();
      lost.push(round_ms(watch.write_gap(since)));
      assert.equal((await get(other, '/both')).text, 'both');
      assert.equal(await put_one(other, `without-${one.name}`), 201);
      await one.start();
      assert.equal((await get(one, `/without-${one.name}`)).status, 200);
    }
    await vote.end('SIGKILL');
    await until(async () => (await put_one(a, 'no-witness')) === 201, 5000, 'two nodes go on without the witness');
    return { figures: { gap_without_first_ms: lost[0], gap_without_second_ms: lost[1] } };
  });
}

async function lost_disk(context) {
  return with_fleet(context, {}, async (made) => {
    const one = await follower(made);
    const [other] = made.nodes.filter((node) => node !== one);
    for (let n = 0; n < 50; n += 1) assert.equal(await put_one(other, `e${n}`), 201);
    await one.end('SIGKILL');
    one.lose_disk();
    const since = performance.now();
    await one.start();
    const back_ms = round_ms(performance.now() - since);
    assert.equal((await ids(one)).length, 50);
    await until(() => one.members()?.length === 3 && one.members().every((member) => !member.isLearner), 10000, 'it votes again');
    // Its vote counts: another may be lost now.
    await other.end('SIGKILL');
    await until(async () => (await put_one(one, 'after')) === 201, 5000, 'a majority without the other');
    return { figures: { back_ms } };
  });
}

/** The documented way: new list on all, one after the other, then the new node. */
async function relist(made, indexes, restarted) {
  made.list(indexes);
  for (const one of restarted) {
    await one.end('SIGTERM');
    await one.start();
  }
}

async function scale(context) {
  return with_fleet(context, { count: 5, listed: 3, start: false }, async (made) => {
    const [a, b, c, d, e] = made.nodes;
    for (const one of [a, b, c]) one.launch();
    await Promise.all([a, b, c].map((one) => one.ready()));
    for (let n = 0; n < 100; n += 1) assert.equal(await put_one(made.nodes[n % 3], `e${n}`), 201);
    const kept = async (node) => (await ids(node)).filter((id) => /^e\d+$/.test(id)).length;
    const watch = new probe(a);
    const joined = [];
    for (const [count, one] of [[4, d], [5, e]]) {
      await relist(made, Array.from({ length: count }, (_, n) => n), made.nodes.slice(0, count - 1));
      const since = performance.now();
      await one.start();
      joined.push(round_ms(performance.now() - since));
      assert.equal((await cluster(a)).memberCount, count);
      assert.equal(await kept(one), 100);
      assert.equal(await put_one(one, `by-${one.name}`), 201);
      assert.equal((await get(a, `/by-${one.name}`)).status, 200);
      assert.equal((await put(a, 'clear?type=expectations', { id: `by-${one.name}` })).status, 200);
    }
    assert.equal(a.members().length, 3, 'three vote');
    watch.begin();
    await watch.warm();
    const since = performance.now();
    for (const one of [e, d]) await one.end('SIGTERM');
    await pause(300);
    await watch.end();
    const down_gap_ms = round_ms(watch.write_gap(since));
    assert.equal((await cluster(a)).memberCount, 3);
    // A voter that no list has any more makes room for another.
    d.lose_disk();
    await relist(made, [0, 1, 3], [a, b]);
    await d.start();
    await c.end('SIGTERM');
    await until(() => a.members()?.length === 3 && !a.members().some((one) => one.peerURLs?.some((url) => url.endsWith(`${c.address}:${c.host.ports.peer}`))),
      120000, 'the voter that is in no list is removed', 1000);
    assert.equal(await kept(d), 100);
    assert.equal(await put_one(d, 'last'), 201);
    await b.end('SIGKILL');
    await until(async () => (await put_one(a, 'still')) === 201, 5000, 'the new voter counts');
    return { figures: { fourth_joins_ms: joined[0], fifth_joins_ms: joined[1], down_gap_ms } };
  });
}

/** As in a StatefulSet: hosts with ordinals, and a name server that knows them after a while. */
async function names(context) {
  await context.network.open(3);
  const domain = 'mocks.test';
  const server = await new name_server(context.network).listen();
  const flags = ['--cluster-dns-query', domain];
  try {
    return await with_fleet(context, { seeds: false, flags, start: false }, async (made) => {
      server.use_for_all(path.join(made.directory, 'resolv.conf'), writeFileSync);
      made.nodes.forEach((one, n) => { one.hostname = `web-${n}`; });
      for (const one of made.nodes) one.launch();
      await until(() => made.nodes.every((one) => one.output().includes('does not resolve yet')), 15000, 'each says what it waits for');
      made.nodes.forEach((one, n) => {
        server.records.set(`web-${n}.${domain}`, [one.address]);
        server.records.set(domain, made.nodes.map((node) => node.address));
      });
      const since = performance.now();
      await Promise.all(made.nodes.map((one) => one.ready()));
      const formed_ms = round_ms(performance.now() - since);
      assert.equal((await cluster(made.nodes[0])).memberCount, 3);
      assert.equal(await put_one(made.nodes[1], 'named'), 201);
      for (const node of made.nodes) assert.equal((await get(node, '/named')).text, 'named');
      await made.nodes[2].end('SIGKILL');
      await until(async () => (await put_one(made.nodes[0], 'two')) === 201, 5000, 'two go on');
      await made.nodes[2].start();
      return { figures: { formed_ms, questions: server.questions } };
    });
  } finally {
    server.close();
  }
}

async function five_voters(context) {
  return with_fleet(context, { count: 5, flags: ['--cluster-voters', '5'] }, async (made) => {
    assert.equal(made.nodes[0].members().length, 5);
    const first = await leader(made);
    const second = made.nodes.find((one) => one !== first);
    const [survivor] = made.nodes.filter((one) => one !== first && one !== second);
    const watch = new probe(survivor).begin();
    await watch.warm();
    const since = performance.now();
    await Promise.all([first.end('SIGKILL'), second.end('SIGKILL')]);
    await pause(2500);
    await watch.end();
    assert.equal(await put_one(survivor, 'three'), 201);
    await Promise.all([first.start(), second.start()]);
    assert.equal((await get(first, '/three')).text, 'three');
    return { figures: { gap_of_two_killed_ms: round_ms(watch.write_gap(since)) } };
  });
}

async function joining(context) {
  return with_fleet(context, { start: false }, async (made) => {
    const [one, ...others] = made.nodes;
    one.launch();
    await until(async () => (await get(one, '/mockserver/live')).status === 200, 10000, 'it lives');
    const ready = await get(one, '/mockserver/ready');
    assert.equal(ready.status, 503);
    assert.deepEqual(ready.json, { status: 'NOT_READY', reasons: ['loading-state'] });
    for (const answer of [await put(one, 'expectation', expectation('x')), await get(one, '/any'), await put(one, 'status')]) {
      assert.equal(answer.status, 503);
      assert.equal(answer.json.error, 'cluster-joining');
    }
    for (const other of others) other.launch();
    await Promise.all(made.nodes.map((node) => node.ready()));
    assert.equal(await put_one(one, 'x'), 201);
    // One that joins a fleet with state is ready when it has all of it.
    await others[0].end();
    for (let n = 0; n < 300; n += 1) await put_one(one, `e${n}`);
    others[0].launch();
    let seen = 0;
    await until(async () => {
      const told = await get(others[0], '/mockserver/ready');
      if (told.status !== 200) {
        seen += told.status === 503 ? 1 : 0;
        return false;
      }
      assert.equal((await get(others[0], '/e299')).status, 200);
      return true;
    }, 30000, 'it joins', 1);
    return { figures: { not_ready_answers: seen } };
  });
}

export const behaviours = [
  ...measured,
  { name: 'an isolated node refuses', needs: 'partition', run: isolated },
  { name: 'an isolated node with clusterOnIsolation=stale', needs: 'partition', run: isolated_stale },
  { name: '504 names the node that did not confirm', needs: 'partition', run: unconfirmed },
  { name: 'a node that hangs within its lease is waited for', run: hangs_within_lease },
  { name: 'capacity eviction has one victim', run: eviction },
  { name: 'two nodes and a witness', run: witness },
  { name: 'a node that lost its disk', run: lost_disk },
  { name: 'three, four, five nodes and back', slow: true, run: scale },
  { name: 'a headless service in DNS', needs: 'names', run: names },
  { name: 'five voters', run: five_voters },
  { name: 'not ready while joining', run: joining },
];

// SIGKILL at random moments: every change that was answered is there after the next start, the file is whole at any
// moment, and nothing else appears.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { http_connection, request_bytes } from '../../support/http.mjs';
import { active, folder_of, ids, reloading, start } from './kept.mjs';

const rounds = Number(process.env.MOCKFLEET_KILL_ROUNDS ?? 12);

test('what was answered survives, what was not is there or not', async (t) => {
  const folder = folder_of(t);
  const padding = 'x'.repeat(2000);
  let present = new Set(); // confirmed
  for (let round = 0; round < rounds; round += 1) {
    const server = await start(t, ...reloading(folder));
    const found = new Set(ids(await active(server)));
    assert.deepEqual([...found].sort(), [...present].sort(), `round ${round}`);
    const open = new Map(); // id -> what an unanswered change would make of it
    let stopping = false;
    const writer = async (number) => {
      const connection = new http_connection('127.0.0.1', server.port);
      const mine = [...present].filter((id) => id.startsWith(`w${number}-`));
      for (let n = 0; !stopping; n += 1) {
        const removes = mine.length > 5 && n % 3 === 2;
        const id = removes ? mine.shift() : `w${number}-${round}-${n}`;
        const body = removes ? { id } : { id, httpRequest: { path: `/${id}` }, httpResponse: { body: padding } };
        open.set(id, !removes);
        try {
          const answer = await connection.exchange(request_bytes({ method: 'PUT', target: removes ? '/mockserver/clear?type=expectations' : '/mockserver/expectation', body: Buffer.from(JSON.stringify(body)) }));
          if (stopping && answer.status === undefined) return; // cut off
          assert.equal(answer.status, removes ? 200 : 201);
        } catch (error) {
          if (stopping && error.code !== 'ERR_ASSERTION') return;
          throw error;
        }
        open.delete(id);
        if (removes) present.delete(id);
        else { present.add(id); mine.push(id); }
      }
      connection.close();
    };
    const writers = [0, 1, 2, 3].map(writer);
    const watcher = (async () => {
      while (!stopping) {
        const text = folder.read('p.json');
        assert.doesNotThrow(() => JSON.parse(text), `the file is whole: ${text.slice(0, 200)}`);
        await new Promise((resolve) => { setTimeout(resolve, 1); });
      }
    })();
    await new Promise((resolve) => { setTimeout(resolve, 20 + Math.random() * 600); });
    stopping = true;
    await server.stop('SIGKILL');
    await Promise.all([...writers, watcher]);
    // An unanswered change may have been made: learn which from a start that changes nothing.
    if (open.size !== 0) {
      const look = await start(t, ...reloading(folder));
      const now = new Set(ids(await active(look)));
      for (const [id, added] of open) {
        if (added === now.has(id)) (added ? present.add(id) : present.delete(id));
      }
      assert.deepEqual([...now].sort(), [...present].sort(), `after the kill of round ${round}`);
      await look.stop('SIGKILL');
    }
  }
  assert.ok(present.size > 0);
});

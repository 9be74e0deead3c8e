// Plays cases against a server: sends the steps of a case one after the other and collects the normalised answers.
import { http_connection, request_bytes } from '../support/http.mjs';
import { start_upstream } from '../support/upstream.mjs';
import { marks, normal_answer } from './normalise.mjs';

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/** `"${#PORT}"` becomes a number. */
function filled(text, target) {
  return text.replaceAll('"${#PORT}"', String(target.port)).replaceAll('"${#UPSTREAM}"', String(target.upstream))
    .replaceAll('${HOST}', `localhost:${target.port}`).replaceAll('${PORT}', String(target.port)).replaceAll('${UPSTREAM}', String(target.upstream));
}

function step_body(step, target) {
  if (step.json !== undefined) return Buffer.from(filled(JSON.stringify(step.json), target));
  if (step.base64 !== undefined) return Buffer.from(step.base64, 'base64');
  return Buffer.from(filled(step.body ?? '', target));
}

function pairs_of(headers = {}) {
  return Array.isArray(headers) ? headers : Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
}

/** The bytes a step puts on the wire. */
export function step_bytes(step, target) {
  if (step.raw !== undefined) return Buffer.from(filled(step.raw, target), 'latin1');
  const space = step.send.indexOf(' ');
  const headers = pairs_of(step.headers).map(([name, value]) => [name, filled(value, target)]);
  const has_host = headers.some(([name]) => name.toLowerCase() === 'host');
  return request_bytes({
    method: step.send.slice(0, space),
    target: step.send.slice(space + 1),
    headers: has_host || step.no_host ? headers : [['Host', filled('${HOST}', target)], ...headers],
    body: step_body(step, target),
  });
}

/** The server that a case forwards to: answers the n-th request with the n-th of its answers; an object closes the connection behind `bytes`. */
function upstream_of(answers) {
  let next = 0;
  return start_upstream((request, socket) => {
    const answer = answers[Math.min(next++, answers.length - 1)];
    if (typeof answer === 'string') return Buffer.from(answer, 'latin1');
    if (!answer.silent) socket.end(Buffer.from(answer.bytes ?? '', 'latin1'));
    return undefined;
  });
}

// What any client may add to a request that it passes on.
const nothing_said = new Set(['connection: keep-alive', 'content-length: 0']);

/** What an upstream has received since the last look; the order of headers is nobody's promise. */
function seen_by(upstream, mark) {
  return { seen: upstream.seen.splice(0).flatMap(({ line, headers, body }) => [
    mark.text(line),
    ...headers.map(([name, value]) => mark.text(`${name.toLowerCase()}: ${value}`)).filter((header) => !nothing_said.has(header)).sort(),
    mark.text(body.toString('latin1')),
  ]) };
}

async function play_step(step, connection, target, mark) {
  if (step.seen) return seen_by(step.seen, mark);
  if (step.wait_ms) { await pause(step.wait_ms); return null; }
  if (step.new_connection) connection.close();
  const started = process.hrtime.bigint();
  const head_only = (step.send ?? step.raw).startsWith('HEAD ');
  const answer = await connection.exchange(step_bytes(step, target), { head_only, timeout_ms: step.timeout_ms ?? 5000, settle_ms: step.settle_ms ?? 250 });
  const elapsed = Number(process.hrtime.bigint() - started) / 1e6;
  if (step.only_status) return { status: answer.status };
  const result = normal_answer(answer, mark, { keep_hint: step.keep_hint });
  // Timers fire a little early on some systems; what is tested is that the server waited at all.
  if (step.min_ms) result.waited = elapsed >= step.min_ms * 0.95 ? `at least ${step.min_ms} ms` : `only ${Math.round(elapsed)} ms`;
  if (step.observe_connection && !answer.dropped) {
    result.connection = await connection.closes_within(step.observe_ms ?? 150) ? 'closed' : 'open';
    if (connection.data.length > 0) result.surplus = mark.text(connection.data.toString('utf8'));
    connection.close();
  }
  return result;
}

/** Plays one case on `target` ({host, port}); the answers stand in the order of the steps, without the reset that precedes them. */
export async function play_case(test_case, target, connection) {
  const upstream = test_case.upstream ? await upstream_of(test_case.upstream) : null;
  try {
    return await play_steps(test_case, upstream ? { ...target, upstream: upstream.port } : target, connection, upstream);
  } finally {
    await upstream?.stop();
  }
}

async function play_steps(test_case, target, connection, upstream) {
  const mark = new marks(target.port, target.upstream);
  // What the case before used up may be on its way out still, and would be noted in the log after a first reset.
  for (const send of ['PUT /mockserver/reset', 'PUT /mockserver/retrieve?type=LOGS', 'PUT /mockserver/reset']) {
    const done = await connection.exchange(step_bytes({ send }, target));
    if (done.status !== 200) throw new Error(`${send} before ${test_case.id} answered ${done.status ?? 'nothing'}`);
  }
  const answers = [];
  for (const step of test_case.steps) {
    const result = await play_step(step.seen ? { seen: upstream } : step, connection, target, mark);
    if (result) answers.push(result);
  }
  return answers;
}

/** Plays all cases; `visit(test_case, answers)` is called for each, `failed(test_case, error)` when a case could not be played. */
export async function play_all(cases, target, visit, failed) {
  const connection = new http_connection(target.host, target.port);
  for (const test_case of cases) {
    try {
      await visit(test_case, await play_case(test_case, target, connection));
    } catch (error) {
      connection.close();
      await failed(test_case, error);
    }
  }
  connection.close();
}

/** How many requests the cases send, resets not counted. */
export function count_exchanges(cases) {
  return cases.reduce((sum, test_case) => sum + test_case.steps.filter((step) => !step.wait_ms && !step.seen).length, 0);
}

// Tests of the comparison itself: what is normalised away, what is not, and how intended differences are applied.
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { http_connection, request_bytes } from '../support/http.mjs';
import { load_cases, expected_path } from './catalog.mjs';
import { case_differences, intended_differences } from './compare.mjs';
import { marks, normal_answer, sort_containers } from './normalise.mjs';
import { count_exchanges, step_bytes } from './play.mjs';
import { existsSync } from 'node:fs';

const pretty = (value) => JSON.stringify(value, null, 2).replaceAll('": ', '" : ');
const answer = (more) => ({ status: 200, reason: 'OK', headers: [], framing: 'length', body: Buffer.from(''), ...more });

test('ids, times, ports and versions become marks, equal ids equal ones', () => {
  const mark = new marks(12345);
  const id = '0d1f4a5e-5f2b-4c59-9a53-4be3a3e4c9f1';
  assert.equal(mark.text(`${id} at 2026-06-09 12:10:00.123 on localhost:12345`), '<id-1> at <time> on localhost:<port>');
  assert.equal(mark.text(`${id} and 1d1f4a5e-5f2b-4c59-9a53-4be3a3e4c9f1`), '<id-1> and <id-2>');
  assert.equal(mark.text('112345 123456'), '112345 123456');
  assert.equal(mark.text('"ports" : [ 12345, 4000 ]'), '"ports" : [ <port> ]');
});

test('long explanations in error texts are cut, what follows them is kept', () => {
  const text = ' - $.a: should match one of its valid types: {\n  "title": "x"\n }\n \n   - $.b: null found\n  \n  OpenAPI Specification: u';
  assert.equal(new marks(65000).text(text), ' - $.a: should match one of its valid types: <explanation>\n   - $.b: null found\n  \n  OpenAPI Specification: u');
});

test('the order inside containers does not count, their content does', () => {
  const one = pretty({ headers: { b: '1', a: '2' }, path: '/a' });
  const other = pretty({ headers: { a: '2', b: '1' }, path: '/a' });
  assert.equal(sort_containers(one), sort_containers(other));
  assert.notEqual(sort_containers(one), sort_containers(pretty({ headers: { a: '2', b: '3' }, path: '/a' })));
  assert.notEqual(sort_containers(pretty({ path: '/a', method: 'GET' })), sort_containers(pretty({ method: 'GET', path: '/a' })));
});

test('the length that the original adds to recorded requests is taken out, with its container when that gets empty', () => {
  assert.equal(sort_containers('{\n  "headers" : {\n    "content-length" : [ "0" ],\n    "Host" : [ "x" ]\n  },\n  "path" : "/"\n}'), '{\n  "headers" : {\n    "Host" : [ "x" ]\n  },\n  "path" : "/"\n}');
  assert.equal(sort_containers('{\n  "headers" : {\n    "content-length" : [ "0" ]\n  },\n  "path" : "/"\n}'), '{\n  "path" : "/"\n}');
  assert.equal(sort_containers('{\n  "path" : "/",\n  "headers" : {\n    "content-length" : [ "0" ]\n  }\n}'), '{\n  "path" : "/"\n}');
  assert.match(sort_containers('{\n  "headers" : {\n    "Content-Length" : [ "0" ]\n  }\n}'), /Content-Length/);
});

test('a content-length that disagrees with the body is kept', () => {
  const body = Buffer.from('"ports" : [ 12345 ]');
  const header = (length) => normal_answer(answer({ body, headers: [['content-length', String(length)]] }), new marks(12345)).headers[0];
  assert.equal(header(body.length), 'content-length: <length>');
  assert.equal(header(3), 'content-length: 3');
});

test('repeated headers keep their order', () => {
  const list = (headers) => normal_answer(answer({ headers }), new marks(65000)).headers;
  assert.deepEqual(list([['b', '1'], ['a', '2'], ['b', '0']]), ['a: 2', 'b: 1', 'b: 0']);
  assert.notDeepEqual(list([['b', '0'], ['b', '1']]), list([['b', '1'], ['b', '0']]));
});

test('bytes that are no text are compared exactly', () => {
  assert.equal(normal_answer(answer({ body: Buffer.from([255, 0]) }), new marks(65000)).body, 'base64:/wA=');
});

test('every aspect of an answer can differ', () => {
  const left = [{ status: 200, reason: 'OK', headers: ['a: 1'], body: 'x' }, { dropped: true }];
  const right = [{ status: 200, reason: 'Fine', headers: ['a: 2'], body: 'x' }, { status: 200, reason: 'OK', headers: [] }];
  assert.deepEqual(case_differences(left, right).map(({ step, what }) => `${step} ${what}`), ['1 reason', '1 headers', '2 dropped', '2 status', '2 reason', '2 headers']);
  assert.deepEqual(case_differences(left, left), []);
  assert.deepEqual(case_differences(left, []).map(({ step, what }) => `${step} ${what}`), ['1 status', '1 reason', '1 headers', '1 body', '2 dropped']);
});

test('intended differences excuse only what they name', () => {
  const one = { id: 'area/one' };
  const differences = [{ step: 1, what: 'body', left: 'abc: left', right: 'abc: right' }];
  const remaining = (entry) => new intended_differences([{ case: 'area/*', what: 'body', reason: 'because', ...entry }]).remaining(one, differences).length;
  assert.equal(remaining({}), 0);
  assert.equal(remaining({ case: 'other/*' }), 1);
  assert.equal(remaining({ what: 'status' }), 1);
  assert.equal(remaining({ step: 2 }), 1);
  assert.equal(remaining({ step: [1, 2] }), 0);
  assert.equal(remaining({ ours: 'abc: right' }), 0);
  assert.equal(remaining({ ours: 'abc: wrong' }), 1);
  assert.equal(remaining({ up_to: ': left' }), 1);
  assert.equal(remaining({ without: '(left|right)' }), 0);
  assert.equal(remaining({ without: 'left' }), 1);
  const cut = new intended_differences([{ case: '*', what: 'body', up_to: 'tail', reason: 'because' }]);
  assert.equal(cut.remaining(one, [{ step: 1, what: 'body', left: 'head tail one', right: 'head tail two' }]).length, 0);
  assert.equal(cut.remaining(one, [{ step: 1, what: 'body', left: 'head tail one', right: 'other tail one' }]).length, 1);
});

test('an entry that excuses nothing is reported', () => {
  const list = new intended_differences([{ case: 'area/one', what: 'body', reason: 'because' }, { case: 'absent/case', what: 'body', reason: 'because' }]);
  assert.deepEqual(list.unused([{ id: 'area/one' }]).map((entry) => entry.case), ['area/one']);
  list.remaining({ id: 'area/one' }, [{ step: 1, what: 'body', left: 'a', right: 'b' }]);
  assert.deepEqual(list.unused([{ id: 'area/one' }]), []);
});

test('every case has recorded answers', async () => {
  const cases = await load_cases();
  assert.ok(count_exchanges(cases) >= 600);
  assert.deepEqual(cases.filter((test_case) => !existsSync(expected_path(test_case))).map((test_case) => test_case.id), []);
});

test('a step becomes the bytes that it describes', () => {
  const target = { host: '127.0.0.1', port: 99 };
  assert.equal(step_bytes({ send: 'GET /a', headers: { A: ['1', '2'] } }, target).toString(), 'GET /a HTTP/1.1\r\nHost: localhost:99\r\nA: 1\r\nA: 2\r\n\r\n');
  assert.equal(step_bytes({ send: 'PUT /a', json: { a: '${PORT}' } }, target).toString(), 'PUT /a HTTP/1.1\r\nHost: localhost:99\r\nContent-Length: 10\r\n\r\n{"a":"99"}');
  assert.equal(step_bytes({ raw: 'X ${HOST}' }, target).toString(), 'X localhost:99');
});

/** Plays `pieces` as the answer of a server and resolves to what the client makes of it. */
async function answered(pieces, { end = false, head_only = false } = {}) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', async () => {
      for (const piece of pieces) { socket.write(piece); await new Promise((resolve) => { setImmediate(resolve); }); }
      if (end) socket.end();
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const connection = new http_connection('127.0.0.1', server.address().port);
  const result = await connection.exchange(request_bytes({ method: 'GET', target: '/' }), { head_only, settle_ms: 40, timeout_ms: 500 });
  connection.close();
  server.close();
  return result;
}

test('the client tells how an answer ended', async () => {
  const head = 'HTTP/1.1 200 OK\r\n';
  const cases = [
    [[`${head}content-length: 2\r\n\r\nok`], {}, 'length', 'ok'],
    [[head, 'content-le', 'ngth: 2\r\n', '\r\n', 'o', 'k'], {}, 'length', 'ok'],
    [[`${head}transfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n`], {}, 'chunked', 'ok'],
    [[`${head}content-length: 5\r\n\r\nok`], { end: true }, 'truncated', 'ok'],
    [[`${head}\r\nok`], { end: true }, 'close', 'ok'],
    [[`${head}\r\nok`], {}, 'open', 'ok'],
    [[`${head}content-length: 2\r\n\r\n`], { head_only: true }, 'none', ''],
  ];
  for (const [pieces, options, framing, body] of cases) {
    const result = await answered(pieces, options);
    assert.deepEqual([result.framing, result.body.toString()], [framing, body]);
  }
  assert.equal((await answered([], { end: true })).dropped, true);
  assert.equal((await answered([])).timeout, true);
  assert.equal((await answered(['garbage'], { end: true })).raw, true);
  assert.equal((await answered(['HTTP/1.1 100 Continue\r\n\r\n', `${head}content-length: 0\r\n\r\n`])).continued, true);
});

// What the tests of this folder share: a folder, servers on it, and what they answer.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { http_connection, request_bytes } from '../../support/http.mjs';
import { start_server } from '../../support/server.mjs';
import { control } from '../http/wire.mjs';

const binary = process.env.MOCKFLEET_BIN;
const plugin_dir = process.env.MOCKFLEET_PLUGIN_DIR;

/** A folder for one test: `file(name)`, `write`, `read`, `json`; gone when the test ends. */
export function folder_of(t) {
  const root = mkdtempSync(path.join(os.tmpdir(), 'mockfleet-kept-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const file = (name) => path.join(root, name);
  return {
    root,
    file,
    write: (name, content) => writeFileSync(file(name), typeof content === 'string' ? content : JSON.stringify(content)),
    read: (name) => readFileSync(file(name), 'utf8'),
    json: (name) => JSON.parse(readFileSync(file(name), 'utf8')),
  };
}

/** A server that the test may end in any way; it is killed at the end at the latest. */
export async function start(t, ...flags) {
  const server = await start_server({ binary, plugin_dir, flags });
  t.after(() => server.stop('SIGKILL'));
  return server;
}

/** The same with a working directory. */
export async function start_in(t, directory, ...flags) {
  const server = await start_server({ binary, plugin_dir, flags, directory });
  t.after(() => server.stop('SIGKILL'));
  return server;
}

export const persisting = (folder, ...more) => ['--persist-expectations', 'true', '--persisted-expectations-path', folder.file('p.json'), ...more];
export const reloading = (folder, ...more) => persisting(folder, '--initialization-json-path', folder.file('p.json'), ...more);

/** The server must refuse to start: resolves to its exit code and what it said. */
export function refused(...flags) {
  return new Promise((resolve) => {
    const child = spawn(binary, ['--server-port', '0', '--plugin-dir', plugin_dir, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { output += text; });
    const patience = setTimeout(() => child.kill('SIGKILL'), 15000);
    child.once('close', (code) => { clearTimeout(patience); resolve({ code, output }); });
  });
}

export const mock = (id, more = {}) => ({ id, httpRequest: { path: `/${id}` }, httpResponse: { body: id }, ...more });

export async function put(server, ...expectations) {
  const answer = await control(server, 'expectation', expectations);
  assert.equal(answer.status, 201, answer.body?.toString());
  return JSON.parse(answer.body.toString());
}

/** One request over a connection of its own; `host` instead of the address that it goes to. */
export async function get(server, target, host = `127.0.0.1:${server.port}`) {
  const connection = new http_connection('127.0.0.1', server.port);
  try {
    return await connection.exchange(request_bytes({ method: 'GET', target, headers: [['Host', host]] }), { timeout_ms: 20000 });
  } finally {
    connection.close();
  }
}

/** From now on everything that nothing else answers goes to `upstream`. */
export const forward_all = (server, upstream) => put(server, { id: 'forward', priority: -1, httpRequest: { path: '/.*' }, httpForward: { host: '127.0.0.1', port: upstream.port, scheme: 'HTTP' } });

export async function recorded_of(server) {
  return JSON.parse((await control(server, 'retrieve?type=RECORDED_EXPECTATIONS')).body.toString());
}

export async function active(server) {
  const answer = await control(server, 'retrieve?type=ACTIVE_EXPECTATIONS');
  return JSON.parse(answer.body.toString());
}
export const ids = (expectations) => expectations.map((one) => one.id);

export async function until(condition, what, patience_ms = 15000) {
  const deadline = Date.now() + patience_ms;
  for (;;) {
    try {
      if (await condition()) return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    assert.ok(Date.now() < deadline, `in time: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}

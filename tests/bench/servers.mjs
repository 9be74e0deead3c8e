// Starts and stops what is measured: mockfleet, nginx and, on request, the peers; each on a free loopback port, pinned to a core.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync, readFileSync, rmSync, readdirSync, existsSync, mkdirSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import http from 'node:http';
import { free_port as freePort } from '../support/server.mjs';

export { freePort };

const here = dirname(fileURLToPath(import.meta.url));

export function call(port, method, path, body, headers = {}) {
  return new Promise((done, failed) => {
    const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => done({ status: answer.statusCode, body: Buffer.concat(parts).toString() }));
    });
    request.once('error', failed);
    request.end(body);
  });
}

export async function until(what, seconds, check) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
    } catch (failure) {
      if (Date.now() > deadline) throw failure;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((next) => setTimeout(next, 5));
  }
}

// Where a result comes from: for the JSON that is written.
export function provenance({ server, pins, rounds }) {
  const text = (command, args) => { try { return execFileSync(command, args, { cwd: join(here, '..', '..'), encoding: 'utf8' }).trim(); } catch { return 'unknown'; } };
  return { date: new Date().toISOString(), commit: text('git', ['rev-parse', 'HEAD']), dirty: text('git', ['status', '--porcelain']) !== '',
    cpu: cpus()[0].model, cores: cpus().length, kernel: readFileSync('/proc/version', 'utf8').trim(), pins, server: text(resolve(server), ['version']),
    flags: process.argv.slice(2), rounds };
}

// All processes of one server: the worker of nginx is a child of the one that was started.
function family(pid) {
  const found = [pid];
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
      for (const child of children ? children.split(/\s+/) : []) found.push(...family(Number(child)));
    }
  } catch {
    // It ended meanwhile.
  }
  return found;
}

class Server {
  constructor(name, child, port, cleanup = () => {}) {
    Object.assign(this, { name, child, port, cleanup });
  }

  // Seconds of CPU used so far by all its processes.
  cpu() {
    let ticks = 0;
    for (const pid of family(this.child.pid)) {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    }
    return ticks / 100;
  }

  // Resident memory in MB.
  rss() {
    return family(this.child.pid).reduce((sum, pid) => {
      const found = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
      return sum + (found ? Number(found[1]) / 1024 : 0);
    }, 0);
  }

  async stop(patience = 5) {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((done) => this.child.once('exit', done));
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), patience * 1000);
      await gone;
      clearTimeout(timer);
    }
    this.cleanup();
  }
}

const pinned = (core, command, args) => (core === null ? [command, args] : ['taskset', ['-c', String(core), command, ...args]]);

function start(name, core, command, args, port, options = {}, cleanup) {
  const [program, all] = pinned(core, command, args);
  const child = spawn(program, all, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  child.output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { child.output = (child.output + text).slice(-20000); });
  return new Server(name, child, port, cleanup);
}

export async function startMockfleet({ server, pluginDir, core = null, args = [], patience = 10 }) {
  const began = process.hrtime.bigint();
  const started = start('mockfleet', core, resolve(server),
    ['run', '--plugin-dir', resolve(pluginDir), '--server-port', '0', '--local-bound-ip', '127.0.0.1', ...args], 0, { cwd: tmpdir() });
  started.port = await until('mockfleet', patience, () => {
    if (started.child.exitCode !== null) throw new Error(started.child.output);
    const found = /started on port: (\d+)/.exec(started.child.output);
    return found && Number(found[1]);
  });
  started.began = began;
  return started;
}

/** Answers itself, or passes everything on to the port `upstream`. */
export async function startNginx({ core = null, upstream = null }) {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'bench-nginx-'));
  writeFileSync(join(folder, '16k'), 'x'.repeat(16384));
  writeFileSync(join(folder, 'nginx.conf'), `
daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; client_body_temp_path ${folder}; proxy_temp_path ${folder};
  fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
${upstream === null ? `  server { listen 127.0.0.1:${port}; location / { return 200 "hello"; } location = /16k { root ${folder}; } }` : `
  upstream origin { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 1000000000; }
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; } }`}
}
`);
  const started = start('nginx', core, 'nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], port, {},
    () => rmSync(folder, { recursive: true, force: true }));
  await until('nginx', 10, async () => {
    if (started.child.exitCode !== null) throw new Error(started.child.output);
    return (await call(port, 'GET', '/')).status === 200;
  });
  return started;
}

export async function startMockServer({ core = null, starter }) {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'bench-peer-'));
  const started = start('MockServer', core, starter, [String(port), '-Dmockserver.logLevel=WARN'], port, { cwd: folder },
    () => rmSync(folder, { recursive: true, force: true }));
  await until('MockServer', 120, async () => (await call(port, 'PUT', '/mockserver/status')).status === 200);
  return started;
}

function npmFolder(packages) {
  const folder = join(here, '..', '..', 'build-peers');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const missing = packages.filter((name) => !existsSync(join(folder, 'node_modules', name.replace(/(.)@.*$/, '$1'))));
  if (missing.length > 0) execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', ...missing], { cwd: folder, stdio: 'inherit' });
  return folder;
}

export async function startWireMock({ core = null }) {
  const folder = npmFolder(['wiremock@3.13.2']);
  const port = await freePort();
  const started = start('WireMock', core, join(folder, 'node_modules/.bin/wiremock'),
    ['--port', String(port), '--no-request-journal', '--disable-banner', '--async-response-enabled', 'false'], port, { cwd: tmpdir() });
  await until('WireMock', 60, async () => (await call(port, 'GET', '/__admin/mappings')).status === 200);
  await call(port, 'POST', '/__admin/mappings', JSON.stringify({ request: { method: 'ANY', urlPath: '/hello' }, response: { status: 200, body: 'hello' } }));
  return started;
}

export async function startMountebank({ core = null }) {
  const folder = npmFolder(['mountebank@2.9.1']);
  const [admin, port] = [await freePort(), await freePort()];
  const started = start('Mountebank', core, join(folder, 'node_modules/.bin/mb'),
    ['start', '--port', String(admin), '--loglevel', 'error', '--nologfile', '--pidfile', join(tmpdir(), `mb-${admin}.pid`)], port, { cwd: tmpdir() });
  await until('Mountebank', 60, async () => (await call(admin, 'GET', '/')).status === 200);
  await call(admin, 'POST', '/imposters', JSON.stringify({ port, protocol: 'http', stubs: [{
    predicates: [{ equals: { path: '/hello' } }], responses: [{ is: { statusCode: 200, body: 'hello' } }] }] }));
  return started;
}

export async function startMockoon({ core = null }) {
  const folder = npmFolder(['@mockoon/cli@9.9.0']);
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), 'bench-mockoon-'));
  writeFileSync(join(data, 'data.json'), JSON.stringify({
    uuid: '00000000-0000-4000-8000-000000000001', lastMigration: 33, name: 'bench', endpointPrefix: '', latency: 0, port, hostname: '127.0.0.1',
    folders: [], routes: [{ uuid: '00000000-0000-4000-8000-000000000002', type: 'http', documentation: '', method: 'all', endpoint: 'hello',
      responses: [{ uuid: '00000000-0000-4000-8000-000000000003', body: 'hello', latency: 0, statusCode: 200, label: '', headers: [], bodyType: 'INLINE',
        filePath: '', databucketID: '', sendFileAsBody: false, rules: [], rulesOperator: 'OR', disableTemplating: true, fallbackTo404: false,
        default: true, crudKey: 'id', callbacks: [] }], responseMode: null, streamingMode: null, streamingInterval: 0 }],
    rootChildren: [{ type: 'route', uuid: '00000000-0000-4000-8000-000000000002' }], proxyMode: false, proxyHost: '', proxyRemovePrefix: false,
    tlsOptions: { enabled: false, type: 'CERT', pfxPath: '', certPath: '', keyPath: '', caPath: '', passphrase: '' }, cors: false, headers: [],
    proxyReqHeaders: [], proxyResHeaders: [], data: [], callbacks: [] }));
  const started = start('Mockoon', core, join(folder, 'node_modules/.bin/mockoon-cli'),
    ['start', '--data', join(data, 'data.json'), '--disable-log-to-file', '--disable-admin-api'], port, { cwd: data },
    () => rmSync(data, { recursive: true, force: true }));
  await until('Mockoon', 60, async () => (await call(port, 'GET', '/hello')).status === 200);
  return started;
}

// The steady gate on the hot path: user instructions per request, counted by callgrind on the running server.
//   node instructions.mjs --server BIN --plugin-dir DIR
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { call, until } from './servers.mjs';

const { values: options } = parseArgs({ options: { server: { type: 'string' }, 'plugin-dir': { type: 'string' } } });

const body = JSON.stringify({ text: 'x'.repeat(488) });
const headers = ['Host: localhost', 'User-Agent: bench/1.0', 'Accept: application/json', 'Content-Type: application/json', 'X-Request-Id: 0123456789abcdef',
  'X-Tenant: acme', 'Accept-Language: en', 'Cache-Control: no-cache'].join('\r\n');
const requests = {
  GET: { limit: 5000, bytes: 'GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n' },
  'POST 500 B': { limit: 12000, bytes: `POST /hello HTTP/1.1\r\n${headers}\r\nContent-Length: ${body.length}\r\n\r\n${body}` },
};

// One request at a time on one connection, `count` times.
function drive(port, bytes, count) {
  return new Promise((done, failed) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    let left = count;
    socket.on('data', (part) => {
      text += part.toString('latin1');
      if (!text.includes('\r\n\r\nhello')) return;
      if (!text.startsWith('HTTP/1.1 200')) failed(new Error(text));
      text = '';
      if (--left === 0) socket.end(done);
      else socket.write(bytes);
    });
    socket.once('error', failed);
  });
}

async function total(bytes, count) {
  const folder = mkdtempSync(join(tmpdir(), 'callgrind-'));
  const child = spawn('valgrind', ['--tool=callgrind', `--callgrind-out-file=${join(folder, 'out.%p')}`, resolve(options.server), 'run', '--plugin-dir',
    resolve(options['plugin-dir']), '--server-port', '0', '--local-bound-ip', '127.0.0.1', '--io-threads', '1'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { output += text; });
  try {
    const port = await until('mockfleet under callgrind', 120, () => {
      if (child.exitCode !== null) throw new Error(output);
      const found = /started on port: (\d+)/.exec(output);
      return found && Number(found[1]);
    });
    const put = await call(port, 'PUT', '/mockserver/expectation', JSON.stringify({ httpRequest: { path: '/hello' }, httpResponse: { body: 'hello' } }));
    if (put.status !== 201) throw new Error(put.body);
    await drive(port, bytes, count);
    const gone = new Promise((ended) => child.once('exit', ended));
    child.kill('SIGTERM');
    await gone;
    const out = readdirSync(folder).find((name) => name.startsWith('out.'));
    return Number(/^(?:totals|summary): (\d+)/m.exec(readFileSync(join(folder, out), 'utf8'))[1]);
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

let failed = false;
for (const [name, { bytes, limit }] of Object.entries(requests)) {
  const [few, many] = [200, 1200];
  const perRequest = Math.round((await total(bytes, many) - await total(bytes, few)) / (many - few));
  console.log(`${name}: ${perRequest} user instructions per request (at most ${limit})`);
  if (!(perRequest > 0 && perRequest <= limit)) failed = true;
}
process.exit(failed ? 1 : 0);

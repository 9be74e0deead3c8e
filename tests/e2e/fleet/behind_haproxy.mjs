// The official client's tests, unchanged, against three nodes behind haproxy with the configuration of examples/fleet, round robin.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { free_port } from '../../support/server.mjs';
import { get, put, start_fleet } from './nodes.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'mockfleet-haproxy-'));
const port = await free_port();
const fleet = await start_fleet(3);
let balancer;
let failure = '';
try {
  let config = readFileSync(path.join(here, '../../../examples/fleet/haproxy.cfg'), 'utf8').replace('bind :1080', `bind 127.0.0.1:${port}`);
  fleet.nodes.forEach((node, n) => { config = config.replace(`mock${n + 1}:1080`, `127.0.0.1:${node.port}`); });
  const file = path.join(folder, 'haproxy.cfg');
  writeFileSync(file, config);
  balancer = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'inherit', 'inherit'] });
  balancer.once('error', (error) => { failure = `haproxy cannot be started (make test-deps installs it): ${error.message}`; });
  balancer.once('exit', (code) => { failure ||= `haproxy has ended with ${code}`; });
  const deadline = Date.now() + 20000;
  for (let answered = false; !answered && !failure;) {
    answered = await put({ port }, 'status').then((answer) => answer.status === 200, () => false);
    if (!answered && Date.now() > deadline) failure = 'haproxy does not answer';
  }
  if (!failure) {
    const tests = spawn(process.execPath, [path.join(here, '../client/run.mjs'), '--url', `http://localhost:${port}`], { stdio: 'inherit' });
    const status = await new Promise((resolve) => { tests.once('exit', resolve); });
    if (status !== 0) failure ||= 'the tests of the client failed';
  }
  for (const [n, node] of fleet.nodes.entries()) {
    const received = Number(/^mock_server_requests_received_total (\S+)$/m.exec((await get(node, '/mockserver/metrics')).text)?.[1]);
    console.log(`node ${n + 1} received ${received} requests`);
    if (!failure && !(received > 100)) failure = `node ${n + 1} hardly took part`;
  }
} finally {
  balancer?.removeAllListeners('exit');
  balancer?.kill('SIGTERM');
  await fleet.stop();
  rmSync(folder, { recursive: true, force: true });
}
if (failure) console.error(failure);
process.exitCode = failure ? 1 : 0;

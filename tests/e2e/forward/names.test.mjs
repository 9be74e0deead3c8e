// Names against the guard: a name server of the test's own gives them addresses that change, in a network of their own where every address is near.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { start_name_server } from '../../support/name_server.mjs';
import { ask, configure, control, ok, serve, start_upstream } from './steps.mjs';

const inside = process.env.MOCKFLEET_TEST_NAMES === 'inside';
const own_world = ['--map-root-user', '--mount', '--net'];
const outside = '93.184.216.34'; // public, and here an address of this machine
const outside_v6 = '2606:2800:220:1::1';
const near = ['127.0.0.1', '10.9.8.7', '169.254.169.254'];
const near_v6 = ['::1', '::ffff:127.0.0.1', 'fd00::7', '64:ff9b::7f00:1', '2002:7f00:1::1'];

function unavailable() {
  if (process.platform !== 'linux') return 'only Linux has the namespaces that this needs';
  if (spawnSync('ip', ['-V']).status !== 0) return 'the command ip is not installed (package iproute2)';
  const tried = spawnSync('unshare', [...own_world, 'ip', 'link', 'set', 'lo', 'up'], { encoding: 'utf8' });
  return tried.status === 0 ? false : `this machine permits no namespaces of one's own: ${(tried.stderr || tried.error?.message || '').trim()}`;
}

if (!inside) {
  test('names, in a network of their own', { skip: unavailable() }, () => {
    const env = { ...process.env, MOCKFLEET_TEST_NAMES: 'inside' };
    delete env.NODE_TEST_CONTEXT; // the inner run is no part of this runner
    const run = spawnSync('unshare', [...own_world, process.execPath, fileURLToPath(import.meta.url)], { env, encoding: 'utf8', timeout: 100000 });
    assert.equal(run.status, 0, `${run.stdout}\n${run.stderr}`);
  });
}

describe('inside', { skip: !inside }, () => {
  let names;
  let upstream;
  let server;
  let folder;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'forward-names-'));
    const instead = (target, text) => {
      const file = path.join(folder, path.basename(target));
      writeFileSync(file, text);
      if (existsSync(target)) execFileSync('mount', ['--bind', file, target]);
    };
    instead('/etc/resolv.conf', 'nameserver 127.0.0.1\noptions timeout:2 attempts:2\n');
    instead('/etc/nsswitch.conf', 'hosts: files dns\n');
    if (existsSync('/var/run/nscd')) execFileSync('mount', ['-t', 'tmpfs', 'none', '/var/run/nscd']);
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
    const has_v6 = existsSync('/proc/net/if_inet6');
    for (const address of [outside, ...near.slice(1)]) execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
    if (has_v6) for (const address of [outside_v6, ...near_v6.slice(2)]) execFileSync('ip', ['-6', 'address', 'add', `${address}/128`, 'dev', 'lo', 'nodad']);
    else near_v6.length = 0;
    names = await start_name_server();
    upstream = await start_upstream((request, socket) => ok(`at ${socket.localAddress.replace(/^::ffff:/, '')}`), { host: has_v6 ? '::' : '0.0.0.0' });
    server = await serve();
  });
  after(async () => {
    await server?.stop();
    await upstream?.stop();
    await names?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** Every request on a connection of its own, unless `settings` say otherwise. */
  async function guarded(on, work, settings = {}) {
    await control(server, 'reset');
    await configure(server, { forwardProxyBlockPrivateNetworks: on, forwardConnectionPoolEnabled: false, ...settings });
    try {
      await work();
    } finally {
      await configure(server, { forwardProxyBlockPrivateNetworks: false, forwardConnectionPoolEnabled: true, forwardHttpProxy: '', proxyRemoteHost: '', proxyRemotePort: 0 });
    }
  }
  const by_host = (name) => ask(server, '/a', { host: `${name}:${upstream.port}` });
  const by_target = (name) => ask(server, `http://${name}:${upstream.port}/a`);
  const by_action = async (name) => {
    await control(server, 'expectation', { id: 'one', httpRequest: {}, httpForward: { host: name, port: upstream.port } });
    return ask(server, '/a');
  };
  const by_remote = async (name) => {
    await control(server, 'reset');
    await configure(server, { proxyRemoteHost: name, proxyRemotePort: upstream.port });
    try { return await ask(server, '/a'); } finally { await configure(server, { proxyRemoteHost: '', proxyRemotePort: 0 }); }
  };
  async function refused(answer, what) {
    assert.equal(answer.status, 502, `${what}: ${answer.body}`);
    assert.match(answer.body.toString(), /forwardProxyBlockPrivateNetworks/, what);
  }

  test('a public name passes the guard, and what follows can be reached without it', async () => {
    names.set('good.test', { A: [[outside]] });
    await guarded(true, async () => {
      for (const way of [by_host, by_target, by_action, by_remote]) assert.equal((await way('good.test')).body.toString(), `at ${outside}`, way.name);
    });
    await guarded(false, async () => {
      for (const address of [...near, ...near_v6]) {
        names.set('bad.test', { [address.includes(':') ? 'AAAA' : 'A']: [[address]] });
        assert.equal((await by_host('bad.test')).status, 200, address);
      }
    });
  });

  test('a name that becomes a private one is refused, whatever its time to live was', async () => {
    for (const ttl of [0, 3600]) {
      for (const [number, way] of [by_host, by_target, by_action, by_remote].entries()) {
        const name = `turns${number}.test`;
        names.set(name, { A: [[outside], ['127.0.0.1']], ttl });
        await guarded(true, async () => {
          const connections = upstream.connections;
          assert.equal((await way(name)).body.toString(), `at ${outside}`, name);
          await refused(await way(name), name);
          assert.equal(upstream.connections, connections + 1, 'the second was not even connected to');
        });
      }
    }
  });

  test('the address that was looked at is the one connected to: one question a request', async () => {
    names.set('once.test', { A: [[outside], ['127.0.0.1'], [outside]] });
    await guarded(true, async () => {
      assert.equal((await by_host('once.test')).body.toString(), `at ${outside}`);
      assert.equal(names.asked('once.test', 'A'), 1);
      await refused(await by_host('once.test'), 'the second answer');
      assert.equal((await by_host('once.test')).body.toString(), `at ${outside}`);
      assert.equal(names.asked('once.test', 'A'), 3);
    });
  });

  test('one private address among public ones is enough, in any order and of any kind', async () => {
    await guarded(true, async () => {
      const connections = upstream.connections;
      for (const address of [...near, '0.0.0.0']) {
        for (const A of [[outside, address], [address, outside], [address]]) {
          names.set('several.test', { A: [A] });
          await refused(await by_host('several.test'), A.join());
        }
      }
      for (const address of [...near_v6, '::']) {
        names.set('several.test', { A: [[outside]], AAAA: [[address]] });
        await refused(await by_host('several.test'), address);
      }
      names.set('several.test', { CNAME: 'inner.test' });
      names.set('inner.test', { A: [['127.0.0.1']] });
      await refused(await by_host('several.test'), 'by another name');
      assert.equal(upstream.connections, connections);
    });
  });

  test('notations of the same name or address', async () => {
    names.set('bad.test', { A: [['127.0.0.1']] });
    names.set('localhost', { A: [['127.0.0.1']] }); // with a dot behind it the system asks for it
    const hosts = ['bad.test.', 'BAD.test', 'localhost.', 'LocalHost', '127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0x7F.0x0.0x0.0x1', '017700000001', '0177.1',
      '0', '0.0.0.0', '[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::127.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::1]',
      '[::1%lo]', '[::1%1]', '[fe80::1%lo]', '[fd00::7]', 'user:password@127.0.0.1', 'good.test@127.0.0.1', 'good.test:80@bad.test'];
    await guarded(true, async () => {
      const connections = upstream.connections;
      for (const host of hosts) await refused(await by_target(host), host);
      // What no resolver takes for an address is an unknown name, and what is no authority at all is not forwarded.
      for (const host of ['%31%32%37.0.0.1', '127。0。0。1', '①②⑦.0.0.1', '127.0.0.1%00.good.test', 'bad.test#good.test', '[::1', '127.0.0.1\\@good.test']) {
        const answer = await by_target(host);
        assert.ok([400, 404, 502].includes(answer.status) || answer.body.toString() === `at ${outside}`, `${host}: ${answer.status} ${answer.body}`);
      }
      assert.ok(upstream.connections - connections <= 1, 'only what stands before the @ of a public name');
    });
  });

  test('a redirection to the inside is handed to the client and refused when it follows', async () => {
    names.set('good.test', { A: [[outside]] });
    names.set('bad.test', { A: [['127.0.0.1']] });
    const redirecting = await start_upstream(() => `HTTP/1.1 302 Found\r\nLocation: http://bad.test:${upstream.port}/a\r\nContent-Length: 0\r\n\r\n`, { host: outside });
    await guarded(true, async () => {
      const connections = upstream.connections;
      const answer = await ask(server, `http://good.test:${redirecting.port}/`);
      assert.equal(answer.status, 302);
      await refused(await ask(server, answer.headers.find(([name]) => name.toLowerCase() === 'location')[1]), 'the next step');
      assert.equal(upstream.connections, connections);
    });
    await redirecting.stop();
  });

  test('kept connections: none from before the guard, and those of a name only as long as they last', async () => {
    names.set('kept.test', { A: [['127.0.0.1']] });
    await guarded(false, async () => {
      assert.equal((await by_host('kept.test')).body.toString(), 'at 127.0.0.1');
      assert.equal(names.asked('kept.test', 'A'), 1);
      assert.equal((await by_host('kept.test')).status, 200);
      assert.equal(names.asked('kept.test', 'A'), 1, 'the connection is used again');
      await configure(server, { forwardProxyBlockPrivateNetworks: true });
      await refused(await by_host('kept.test'), 'now with the guard');
    }, { forwardConnectionPoolEnabled: true });
    names.set('kept2.test', { A: [[outside], ['127.0.0.1']] });
    await guarded(true, async () => {
      for (let i = 0; i < 3; ++i) assert.equal((await by_host('kept2.test')).body.toString(), `at ${outside}`);
      assert.equal(names.asked('kept2.test', 'A'), 1);
    }, { forwardConnectionPoolEnabled: true });
  });

  test('a proxy on the way is given the address that was looked at, not the name', async () => {
    const heads = [];
    const proxy = await start_upstream((request) => { heads.push(request.line); return 'HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'; });
    names.set('proxied.test', { A: [[outside], ['127.0.0.1']] });
    await guarded(true, async () => {
      await by_host('proxied.test');
      assert.deepEqual(heads, [`CONNECT ${outside}:${upstream.port} HTTP/1.1`]);
      await refused(await by_host('proxied.test'), 'the second answer');
      assert.equal(heads.length, 1);
    }, { forwardHttpProxy: `127.0.0.1:${proxy.port}` });
    await proxy.stop();
  });
});

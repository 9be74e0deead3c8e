// How upstreams are reached: TLS and its verification, proxies on the way, and what the guard refuses.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { ask, configure, control, forward_to, ok, serve, start_upstream } from './steps.mjs';

let folder;
let server;
const file = (name) => path.join(folder, name);

function certificate(name, subject, alternative) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${subject}`,
    '-addext', `subjectAltName=${alternative}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)], { stdio: 'ignore' });
}

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'forward-tls-'));
  certificate('local', 'localhost', 'DNS:localhost,IP:127.0.0.1');
  certificate('other', 'other', 'DNS:other.example');
  certificate('client', 'client', 'DNS:client');
  server = await serve('--max-request-body-size', '67108864');
});
after(async () => { await server.stop(); rmSync(folder, { recursive: true, force: true }); });

const defaults = { forwardProxyTLSX509CertificatesTrustManagerType: 'ANY', forwardProxyTLSCustomTrustX509Certificates: '', forwardProxyTLSHostnameVerificationEnabled: true,
  forwardProxyCertificateChain: '', forwardProxyPrivateKey: '', forwardProxyBlockPrivateNetworks: false, forwardHttpProxy: '', forwardHttpsProxy: '', forwardSocksProxy: '',
  forwardProxyAuthenticationUsername: '', forwardProxyAuthenticationPassword: '', noProxyHosts: '' };

async function with_settings(settings, work) {
  await configure(server, settings);
  try { await work(); } finally { await configure(server, defaults); }
}

function tls_upstream(name, options = {}) {
  const names = [];
  return start_upstream((request, socket) => { names.push(socket.servername); return ok(`${socket.servername || 'no name'} ${socket.authorized} ${socket.getPeerCertificate?.()?.subject?.CN ?? ''}`); }, {
    make_server: (on_socket) => tls.createServer({ key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)), ...options }, on_socket),
  });
}

test('TLS: any certificate by default, over a pooled connection', async () => {
  const upstream = await tls_upstream('other');
  await forward_to(server, upstream, { scheme: 'HTTPS', host: 'localhost' });
  for (let i = 0; i < 3; ++i) {
    const answer = await ask(server, '/a');
    assert.equal(answer.status, 200);
    assert.match(answer.body.toString(), /^localhost /);
  }
  assert.equal(upstream.connections, 1);
  await upstream.stop();
});

test('TLS: certificates of a file, with and without the name', async () => {
  const local = await tls_upstream('local');
  const other = await tls_upstream('other');
  const custom = { forwardProxyTLSX509CertificatesTrustManagerType: 'CUSTOM', forwardProxyTLSCustomTrustX509Certificates: file('local.pem') };
  await with_settings(custom, async () => {
    await forward_to(server, local, { scheme: 'HTTPS', host: 'localhost' });
    assert.equal((await ask(server, '/a')).status, 200);
    await forward_to(server, local, { scheme: 'HTTPS' });
    assert.equal((await ask(server, '/a')).status, 200, 'by address');
    await forward_to(server, other, { scheme: 'HTTPS', host: 'localhost' });
    assert.equal((await ask(server, '/a')).status, 502, 'not in the file');
  });
  await with_settings({ ...custom, forwardProxyTLSCustomTrustX509Certificates: file('other.pem') }, async () => {
    await forward_to(server, other, { scheme: 'HTTPS', host: 'localhost' });
    const answer = await ask(server, '/a');
    assert.equal(answer.status, 502, 'another name');
    assert.match(answer.body.toString(), /does not name the host localhost/);
  });
  await with_settings({ ...custom, forwardProxyTLSCustomTrustX509Certificates: file('other.pem'), forwardProxyTLSHostnameVerificationEnabled: false }, async () => {
    assert.equal((await ask(server, '/a')).status, 200, 'any name');
  });
  await with_settings({ forwardProxyTLSX509CertificatesTrustManagerType: 'JVM' }, async () => {
    assert.equal((await ask(server, '/a')).status, 502, "not among the system's");
  });
  assert.equal((await control(server, 'configuration', { ...custom, forwardProxyTLSCustomTrustX509Certificates: file('missing.pem') })).status, 400, 'no file');
  await local.stop();
  await other.stop();
});

test('TLS: --proxy-to https://', async () => {
  const upstream = await tls_upstream('local');
  const other = await serve('--proxy-to', `https://localhost:${upstream.port}`);
  assert.match((await ask(other, '/a')).body.toString(), /^localhost /);
  await other.stop();
  await upstream.stop();
});

test('TLS: a connection with more than the answer is not used again', async () => {
  const upstream = await start_upstream((request, socket) => {
    if (!request.line.startsWith('HEAD')) return ok('right');
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n');
    setImmediate(() => socket.write(ok('wrong')));
    return undefined;
  }, { make_server: (on_socket) => tls.createServer({ key: readFileSync(file('local.key')), cert: readFileSync(file('local.pem')) }, on_socket) });
  // Both records come with one read.
  const front = net.createServer((client) => {
    const to = net.connect(upstream.port, '127.0.0.1');
    let held = [];
    const timer = setInterval(() => { if (held.length > 0) client.write(Buffer.concat(held)); held = []; }, 60);
    client.on('error', () => {}).on('close', () => { clearInterval(timer); to.destroy(); }).pipe(to);
    to.on('error', () => {}).on('data', (data) => held.push(data)).on('close', () => client.destroy());
  });
  await new Promise((resolve) => { front.listen(0, '127.0.0.1', resolve); });
  await forward_to(server, { port: front.address().port }, { scheme: 'HTTPS' });
  for (let i = 0; i < 3; ++i) {
    assert.equal((await ask(server, '/a', { method: 'HEAD' })).status, 200);
    assert.equal((await ask(server, '/a')).body.toString(), 'right');
  }
  await upstream.stop();
  front.close();
});

test('TLS: an upload that makes progress may take longer than a silence', async () => {
  const size = 24 * 1024 * 1024;
  // One that gathers the body would be silent itself for longer than is allowed.
  const upstream = tls.createServer({ key: readFileSync(file('local.key')), cert: readFileSync(file('local.pem')) }, (socket) => {
    let got = -1;
    socket.on('error', () => {}).on('data', (data) => {
      got = got < 0 ? data.length - data.indexOf('\r\n\r\n') - 4 : got + data.length;
      if (got === size) socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 8\r\nconnection: close\r\n\r\n${got}`);
    });
  });
  await new Promise((resolve) => { upstream.listen(0, '127.0.0.1', resolve); });
  const front = net.createServer((client) => {
    const to = net.connect(upstream.address().port, '127.0.0.1');
    client.on('error', () => {}).on('close', () => to.destroy());
    to.on('error', () => {}).on('close', () => client.destroy()).pipe(client);
    let taken = 0;
    client.on('data', (data) => {
      to.write(data);
      // Only the first half is slow: what the system buffers is behind the last byte that the server sees go.
      const pauses = Math.floor(taken / (size / 24));
      taken += data.length;
      if (taken > size / 2 || Math.floor(taken / (size / 24)) === pauses) return;
      client.pause();
      setTimeout(() => client.resume(), 300);
    });
  });
  await new Promise((resolve) => { front.listen(0, '127.0.0.1', resolve); });
  await forward_to(server, { port: front.address().port }, { scheme: 'HTTPS' });
  await configure(server, { maxSocketTimeoutInMillis: 2000 });
  try {
    const answer = await ask(server, '/a', { method: 'POST', body: Buffer.alloc(size), timeout_ms: 30000 });
    assert.equal(answer.body.toString(), String(size));
  } finally {
    await configure(server, { maxSocketTimeoutInMillis: 20000 });
    upstream.close();
    front.close();
  }
});

test('TLS: a certificate of our own', async () => {
  const upstream = await tls_upstream('local', { requestCert: true, rejectUnauthorized: true, ca: readFileSync(file('client.pem')) });
  await forward_to(server, upstream, { scheme: 'HTTPS', host: 'localhost' });
  assert.equal((await ask(server, '/a')).status, 502);
  await with_settings({ forwardProxyCertificateChain: file('client.pem'), forwardProxyPrivateKey: file('client.key') }, async () => {
    assert.equal((await ask(server, '/a')).body.toString(), 'localhost true client');
  });
  await upstream.stop();
});

/** An HTTP proxy that knows CONNECT; `asked` has the heads. */
async function connect_proxy(status = '200 OK') {
  const asked = [];
  const proxy = net.createServer((client) => {
    client.on('error', () => {});
    client.once('data', (head) => {
      asked.push(head.toString());
      const [, host, port] = /^CONNECT (\S+):(\d+) HTTP\/1.1\r\n/.exec(head.toString()) ?? [];
      client.write(`HTTP/1.1 ${status}\r\n\r\n`);
      if (!status.startsWith('2')) { client.end(); return; }
      const to = net.connect(Number(port), host.replace(/[[\]]/g, ''));
      to.on('error', () => client.destroy());
      client.pipe(to).pipe(client);
    });
  });
  await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
  return { port: proxy.address().port, asked, stop: () => proxy.close() };
}

test('through an HTTP proxy', async () => {
  const upstream = await start_upstream(() => ok('through'));
  const secure = await tls_upstream('local');
  const proxy = await connect_proxy();
  await with_settings({ forwardHttpProxy: `127.0.0.1:${proxy.port}`, forwardHttpsProxy: `127.0.0.1:${proxy.port}`, forwardProxyAuthenticationUsername: 'u', forwardProxyAuthenticationPassword: 'p' }, async () => {
    await forward_to(server, upstream, { host: 'localhost' });
    assert.equal((await ask(server, '/a')).body.toString(), 'through');
    assert.match(proxy.asked[0], new RegExp(`^CONNECT localhost:${upstream.port} HTTP/1.1\\r\\n`));
    assert.match(proxy.asked[0], /Proxy-Authorization: Basic dTpw\r\n/);
    await forward_to(server, secure, { scheme: 'HTTPS', host: 'localhost' });
    assert.match((await ask(server, '/a')).body.toString(), /^localhost /);
    assert.equal(proxy.asked.length, 2);
  });
  await with_settings({ forwardHttpProxy: `127.0.0.1:${proxy.port}`, noProxyHosts: 'localhost' }, async () => {
    await forward_to(server, upstream, { host: 'localhost' });
    assert.equal((await ask(server, '/a')).status, 200);
    assert.equal(proxy.asked.length, 2);
  });
  proxy.stop();
  const refusing = await connect_proxy('407 Proxy Authentication Required');
  await with_settings({ forwardHttpProxy: `127.0.0.1:${refusing.port}` }, async () => {
    assert.equal((await ask(server, '/a')).status, 502);
  });
  refusing.stop();
  await upstream.stop();
  await secure.stop();
});

/** A SOCKS5 proxy; with `login` it wants one. */
async function socks_proxy(login) {
  const asked = [];
  const proxy = net.createServer((client) => {
    client.on('error', () => {});
    let stage = 'offer';
    client.on('data', (data) => {
      if (stage === 'offer') {
        const way = login ? 2 : 0;
        client.write(Buffer.from([5, data.subarray(2).includes(way) ? way : 255]));
        stage = login ? 'login' : 'request';
      } else if (stage === 'login') {
        const user = data.subarray(2, 2 + data[1]).toString();
        const password = data.subarray(3 + data[1]).toString();
        const right = `${user}:${password}` === login;
        client.write(Buffer.from([1, right ? 0 : 1]));
        stage = 'request';
      } else if (stage === 'request') {
        const named = data[3] === 3;
        const host = named ? data.subarray(5, 5 + data[4]).toString() : [...data.subarray(4, 8)].join('.');
        const port = data.readUInt16BE(named ? 5 + data[4] : 8);
        asked.push(`${host}:${port}`);
        const to = net.connect(port, host);
        to.once('connect', () => { client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 80])); client.pipe(to).pipe(client); });
        to.on('error', () => client.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])));
        stage = 'through';
      }
    });
  });
  await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
  return { port: proxy.address().port, asked, stop: () => proxy.close() };
}

test('through a SOCKS proxy', async () => {
  const upstream = await start_upstream(() => ok('through'));
  const open = await socks_proxy();
  await with_settings({ forwardSocksProxy: `127.0.0.1:${open.port}` }, async () => {
    await forward_to(server, upstream, { host: 'localhost' });
    assert.equal((await ask(server, '/a')).body.toString(), 'through');
    await forward_to(server, upstream);
    assert.equal((await ask(server, '/a')).body.toString(), 'through');
    assert.deepEqual(open.asked, [`localhost:${upstream.port}`, `127.0.0.1:${upstream.port}`]);
    await forward_to(server, { port: 1 });
    assert.equal((await ask(server, '/a')).status, 502);
  });
  open.stop();
  const closed = await socks_proxy('u:p');
  await forward_to(server, upstream);
  await with_settings({ forwardSocksProxy: `127.0.0.1:${closed.port}`, forwardProxyAuthenticationUsername: 'u', forwardProxyAuthenticationPassword: 'p' }, async () => {
    assert.equal((await ask(server, '/a')).body.toString(), 'through');
  });
  await with_settings({ forwardSocksProxy: `127.0.0.1:${closed.port}`, forwardProxyAuthenticationUsername: 'u', forwardProxyAuthenticationPassword: 'wrong' }, async () => {
    assert.equal((await ask(server, '/a')).status, 502);
  });
  await with_settings({ forwardSocksProxy: `127.0.0.1:${closed.port}` }, async () => {
    assert.equal((await ask(server, '/a')).status, 502);
  });
  closed.stop();
  await upstream.stop();
});

test('the guard refuses private addresses however they are written, before anything is sent', async () => {
  const upstream = await start_upstream(() => ok('inside'));
  await control(server, 'reset');
  await with_settings({ forwardProxyBlockPrivateNetworks: true }, async () => {
    for (const host of ['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '127.0.0.2']) {
      const answer = await ask(server, '/a', { host: `${host}:${upstream.port}` });
      assert.equal(answer.status, 502, host);
      const absolute = await ask(server, `http://${host}:${upstream.port}/a`);
      assert.equal(absolute.status, 502, host);
    }
    await forward_to(server, upstream);
    assert.equal((await ask(server, '/a')).status, 502);
    await configure(server, { proxyRemoteHost: '127.0.0.1', proxyRemotePort: upstream.port });
    await control(server, 'reset');
    assert.equal((await ask(server, '/a')).status, 502);
    await configure(server, { proxyRemoteHost: '' });
    // A proxy on the way changes nothing.
    await configure(server, { forwardHttpProxy: '127.0.0.1:1' });
    await forward_to(server, upstream);
    assert.equal((await ask(server, '/a')).status, 502);
  });
  assert.equal(upstream.connections, 0);
  // A redirection is the client's to follow, and each step is looked at anew.
  const redirecting = await start_upstream(() => `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${upstream.port}/inside\r\nContent-Length: 0\r\n\r\n`);
  await forward_to(server, redirecting);
  assert.equal((await ask(server, '/a')).status, 302);
  assert.equal(upstream.connections, 0);
  await redirecting.stop();
  await upstream.stop();
});

test('connections that were made before the guard was set are not used after it', async () => {
  const upstream = await start_upstream(() => ok('inside'));
  await forward_to(server, upstream);
  assert.equal((await ask(server, '/a')).status, 200);
  await with_settings({ forwardProxyBlockPrivateNetworks: true }, async () => { assert.equal((await ask(server, '/a')).status, 502); });
  await upstream.stop();
});

// Where requests go that no expectation answers: fixed upstreams, mappings of paths, absolute targets, Host headers, loops, logins.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, beforeEach, test } from 'node:test';
import { http_connection, request_bytes } from '../../support/http.mjs';
import { ask, configure, control, forward_to, header, ok, retrieve, serve, start_upstream, wire } from './steps.mjs';

let server;
let upstream;
before(async () => {
  server = await serve();
  upstream = await start_upstream((request) => ok(request.line.split(' ')[1]));
});
after(async () => { await server.stop(); await upstream.stop(); });
beforeEach(async () => { await control(server, 'reset'); upstream.seen.length = 0; });

const seen_header = (name) => upstream.seen.at(-1).headers.find(([key]) => key.toLowerCase() === name)?.[1];

/** Runs `work` with settings that are taken back afterwards. */
async function with_settings(settings, defaults, work) {
  await configure(server, settings);
  try { await work(); } finally { await configure(server, defaults); }
}

test('a Host header that names another server', async () => {
  const host = `127.0.0.1:${upstream.port}`;
  assert.equal((await ask(server, '/a?q=1', { host })).body.toString(), '/a?q=1');
  assert.equal(seen_header('host'), host);
  assert.match(seen_header('x-forwarded-by'), /^MockServer_[0-9a-f-]{36}$/);
  await with_settings({ attemptToProxyIfNoMatchingExpectation: false }, { attemptToProxyIfNoMatchingExpectation: true }, async () => {
    assert.equal((await ask(server, '/a', { host })).status, 404);
  });
  await with_settings({ noProxyHosts: '127.0.0.1' }, { noProxyHosts: '' }, async () => {
    assert.equal((await ask(server, '/a', { host })).status, 404);
  });
});

test('an expectation comes first', async () => {
  await control(server, 'expectation', { httpRequest: { path: '/mock' }, httpResponse: { body: 'mocked' } });
  assert.equal((await ask(server, `http://127.0.0.1:${upstream.port}/mock`)).body.toString(), 'mocked');
  assert.equal(upstream.seen.length, 0);
});

test('an absolute target, whatever the Host header says', async () => {
  const answer = await ask(server, `http://127.0.0.1:${upstream.port}/a?b`, { headers: [['Proxy-Connection', 'keep-alive']] });
  assert.equal(answer.body.toString(), '/a?b');
  assert.equal(seen_header('host'), `127.0.0.1:${upstream.port}`);
  assert.equal(seen_header('proxy-connection'), undefined);
  assert.equal((await ask(server, `http://127.0.0.1:${server.port}/a`)).status, 404);
  assert.equal((await ask(server, 'http://127.0.0.1:1/a')).status, 502);
});

test('a fixed upstream', () => with_settings({ proxyRemoteHost: '127.0.0.1', proxyRemotePort: upstream.port }, { proxyRemoteHost: '' }, async () => {
  assert.equal((await ask(server, '/fixed')).body.toString(), '/fixed');
  assert.equal(seen_header('host'), `127.0.0.1:${server.port}`);
}));

test('mappings of paths', async () => {
  const mappings = [{ pathPrefix: '/api', targetUri: `http://127.0.0.1:${upstream.port}/v2` }, { pathPrefix: '/kept', targetUri: `http://127.0.0.1:${upstream.port}`, preserveHost: true }];
  await with_settings({ proxyPass: mappings }, { proxyPass: [] }, async () => {
    assert.equal((await ask(server, '/api/users?q=%20')).body.toString(), '/v2/users?q=%20');
    assert.equal(seen_header('host'), `127.0.0.1:${upstream.port}`);
    assert.equal((await ask(server, '/kept/x')).body.toString(), '/x');
    assert.equal(seen_header('host'), `127.0.0.1:${server.port}`);
    assert.equal((await ask(server, '/other')).status, 404);
  });
});

test('a request that comes back is not sent again', async () => {
  const answer = await ask(server, '/loop', { host: `127.0.0.2:${server.port}` });
  assert.equal(answer.status, 404);
  assert.equal((await retrieve(server, 'REQUESTS')).length, 1);
});

test('CONNECT is not forwarded', async () => {
  assert.equal((await ask(server, `127.0.0.1:${upstream.port}`, { method: 'CONNECT', host: `127.0.0.1:${upstream.port}` })).status, 404);
  assert.equal(upstream.seen.length, 0);
});

test('a login for the proxy', () => with_settings({ proxyAuthenticationUsername: 'user', proxyAuthenticationPassword: 'secret' }, { proxyAuthenticationUsername: '', proxyAuthenticationPassword: '' }, async () => {
  const target = `http://127.0.0.1:${upstream.port}/a`;
  const refused = await ask(server, target);
  assert.equal(refused.status, 407);
  assert.equal(header(refused, 'proxy-authenticate'), 'Basic realm="MockServer HTTP Proxy", charset="UTF-8"');
  const login = (text) => [['Proxy-Authorization', `Basic ${Buffer.from(text).toString('base64')}`]];
  assert.equal((await ask(server, target, { headers: login('user:wrong') })).status, 407);
  assert.equal((await ask(server, target, { headers: login('user:secret') })).status, 200);
  assert.equal(seen_header('proxy-authorization'), undefined);
}));

test('refusals of HEAD requests have no body', async () => {
  const connection = new http_connection('127.0.0.1', server.port);
  const head = async (status) => {
    const answer = await connection.exchange(request_bytes({ method: 'HEAD', target: '/a', headers: [['Host', `127.0.0.1:${server.port}`]] }), { head_only: true });
    assert.equal(answer.status, status);
    assert.ok(Number(header(answer, 'content-length')) > 0);
    const next = await connection.exchange(request_bytes({ method: 'PUT', target: '/mockserver/status', headers: [['Host', 'x']] }));
    assert.equal(next.status, 200, 'the connection is in step');
  };
  await forward_to(server, { port: 1 });
  await head(502);
  await forward_to(server, server);
  await head(508);
  connection.close();
});

test('a request without a Host header gets the one of the fixed upstream', () => with_settings({ proxyRemoteHost: '127.0.0.1', proxyRemotePort: upstream.port }, { proxyRemoteHost: '' }, async () => {
  const client = new wire(server);
  client.send('GET /old HTTP/1.0\r\n\r\n');
  assert.match(await client.end(), /\/old$/);
  assert.equal(seen_header('host'), `127.0.0.1:${upstream.port}`);
}));

test('settings that say only half of it end the start, and are refused while the server runs', async () => {
  for (const [flags, name] of [[['--proxy-authentication-username', 'u'], 'proxyAuthenticationPassword'], [['--proxy-authentication-password', 'p'], 'proxyAuthenticationUsername'],
    [['--proxy-remote-host', 'a'], 'proxyRemotePort'], [['--proxy-remote-port', '80'], 'proxyRemoteHost'], [['--forward-http-proxy', 'a'], 'forwardHttpProxy'],
    [['--proxy-pass', '[{"pathPrefix":"a"}]'], 'proxyPass'], [['--forward-proxy-tls-x509-certificates-trust-manager-type', 'CUSTOM'], 'forwardProxyTLSCustomTrustX509Certificates']]) {
    const ended = spawnSync(process.env.MOCKFLEET_BIN, ['run', '--server-port', '0', ...flags], { encoding: 'utf8', timeout: 10000 });
    assert.equal(ended.status, 78, `${flags}: ${ended.stdout} ${ended.stderr}`);
    assert.ok(ended.stderr.includes(name) && ended.stderr.trim().split('\n').length === 1, ended.stderr);
  }
  for (const change of [{ proxyAuthenticationUsername: 'u' }, { proxyRemoteHost: 'https://a/b' }, { proxyPass: {} }, { forwardHttpsProxy: 'https://a:1' }]) {
    const answer = await control(server, 'configuration', change);
    assert.equal(answer.status, 400, JSON.stringify(change));
    assert.ok(answer.body.toString().includes(Object.keys(change)[0]), answer.body.toString());
  }
  assert.equal((await ask(server, '/a')).status, 404);
});

test('a host that cannot be reached', async () => {
  for (const host of ['127.0.0.1:1', 'nowhere.invalid']) {
    const answer = await ask(server, '/a', { host, timeout_ms: 15000 });
    assert.equal(answer.status, 502, host);
    assert.equal(header(answer, 'connection'), 'keep-alive');
  }
});

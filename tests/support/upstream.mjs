// A server that requests are forwarded to: answers with exactly the bytes it is told to and keeps what it received.
import net from 'node:net';

const head_end = Buffer.from('\r\n\r\n');

/** The first complete request of `data` as {line, headers, body, size}; null while incomplete. */
function take_request(data) {
  const end = data.indexOf(head_end);
  if (end < 0) return null;
  const [line, ...rest] = data.subarray(0, end).toString('latin1').split('\r\n');
  const headers = rest.map((text) => { const colon = text.indexOf(':'); return [text.slice(0, colon), text.slice(colon + 1).trim()]; });
  const value = (name) => headers.find(([key]) => key.toLowerCase() === name)?.[1];
  const begin = end + head_end.length;
  if (/chunked/i.test(value('transfer-encoding') ?? '')) {
    const parts = [];
    for (let at = begin; ;) {
      const line_end = data.indexOf('\r\n', at);
      if (line_end < 0) return null;
      const size = parseInt(data.subarray(at, line_end).toString('latin1'), 16);
      if (data.length < line_end + 2 + size + 2) return null;
      if (size === 0) return { line, headers, body: Buffer.concat(parts), size: line_end + 4 };
      parts.push(data.subarray(line_end + 2, line_end + 2 + size));
      at = line_end + 2 + size + 2;
    }
  }
  const length = Number(value('content-length') ?? 0);
  if (data.length < begin + length) return null;
  return { line, headers, body: data.subarray(begin, begin + length), size: begin + length };
}

/**
 * Listens on a free loopback port. `answer(request, socket, number)` is called for each request, with the number of its connection; a string or
 * Buffer that it returns is written. `seen` has the requests in order, `connections` how many connections there were.
 */
export async function start_upstream(answer, { host = '127.0.0.1', make_server = (on_socket) => net.createServer(on_socket) } = {}) {
  const sockets = new Set();
  const made = { seen: [], connections: 0, open: () => sockets.size };
  const server = make_server((socket) => {
    const number = ++made.connections;
    let data = Buffer.alloc(0);
    sockets.add(socket);
    socket.setNoDelay?.(true);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (piece) => {
      data = Buffer.concat([data, piece]);
      for (let request = take_request(data); request; request = take_request(data)) {
        data = data.subarray(request.size);
        made.seen.push(request);
        const bytes = answer(request, socket, number);
        if (bytes !== undefined) socket.write(bytes);
      }
    });
  });
  await new Promise((resolve, reject) => { server.once('error', reject); server.listen(0, host, resolve); });
  made.port = server.address().port;
  made.stop = () => new Promise((resolve) => { server.close(resolve); for (const socket of sockets) socket.destroy(); });
  return made;
}

/** An answer with a content-length. */
export function ok(body = '', { status = '200 OK', headers = [] } = {}) {
  return `HTTP/1.1 ${status}\r\n${headers.map((line) => `${line}\r\n`).join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

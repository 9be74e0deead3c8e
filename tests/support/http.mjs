// A small HTTP/1.1 client over a raw socket, so that tests see the exact bytes, header order and connection state a server produces.
import net from 'node:net';

const header_end = Buffer.from('\r\n\r\n');

/** One answer: `headers` keeps order and case; `framing` says how the end of the body was found. */
function parse_head(text) {
  const lines = text.split('\r\n');
  const found = /^HTTP\/(\d\.\d) (\d{3}) ?(.*)$/.exec(lines[0]);
  if (!found) return null;
  const headers = lines.slice(1).filter((line) => line.length > 0).map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { version: found[1], status: Number(found[2]), reason: found[3], headers };
}

export function header(answer, name) {
  const found = answer.headers.find(([key]) => key.toLowerCase() === name.toLowerCase());
  return found ? found[1] : undefined;
}

/** Decodes a chunked body at `from`; null while incomplete. */
function decode_chunked(data, from) {
  const parts = [];
  let at = from;
  for (;;) {
    const line_end = data.indexOf('\r\n', at);
    if (line_end < 0) return null;
    const size = parseInt(data.subarray(at, line_end).toString('latin1'), 16);
    if (!Number.isFinite(size)) return { error: 'bad chunk size', end: data.length, body: Buffer.concat(parts) };
    at = line_end + 2;
    if (size === 0) {
      if (data.subarray(at, at + 2).toString('latin1') === '\r\n') return { body: Buffer.concat(parts), end: at + 2, chunks: parts.length };
      const trailer_end = data.indexOf(header_end, at);
      if (trailer_end < 0) return null;
      return { body: Buffer.concat(parts), end: trailer_end + 4, chunks: parts.length };
    }
    if (data.length < at + size + 2) return null;
    parts.push(data.subarray(at, at + size));
    at += size + 2;
  }
}

/** Reads one answer from the start of `data`; null while incomplete, {raw: true} if the bytes are no HTTP answer. */
function parse_answer(data, { head_only, closed, settled }) {
  const end = data.indexOf(header_end);
  if (end < 0) {
    const could_be_http = 'HTTP/'.startsWith(data.subarray(0, 5).toString('latin1'));
    if ((closed || settled) && data.length > 0) return { raw: true, body: data, end: data.length };
    return could_be_http || !(closed || settled) ? null : { raw: true, body: data, end: data.length };
  }
  const head = parse_head(data.subarray(0, end).toString('latin1'));
  if (!head) return closed || settled ? { raw: true, body: data, end: data.length } : null;
  const start = end + 4;
  if (head_only || head.status === 204 || head.status === 304 || (head.status >= 100 && head.status < 200)) {
    return { ...head, framing: 'none', body: Buffer.alloc(0), end: start };
  }
  if (/chunked/i.test(header(head, 'transfer-encoding') ?? '')) {
    const decoded = decode_chunked(data, start);
    if (decoded) return { ...head, framing: 'chunked', ...decoded };
    return closed ? { ...head, framing: 'truncated', body: data.subarray(start), end: data.length } : null;
  }
  const length = header(head, 'content-length');
  if (length !== undefined && /^\d+$/.test(length)) {
    const size = Number(length);
    if (data.length >= start + size) return { ...head, framing: 'length', body: data.subarray(start, start + size), end: start + size };
    return closed || settled ? { ...head, framing: 'truncated', body: data.subarray(start), end: data.length } : null;
  }
  return closed || settled ? { ...head, framing: closed ? 'close' : 'open', body: data.subarray(start), end: data.length } : null;
}

/** A keep-alive connection; one request at a time. */
export class http_connection {
  constructor(host, port) {
    this.host = host;
    this.port = port;
    this.socket = null;
    this.data = Buffer.alloc(0);
    this.closed = true;
    this.reusable = false;
    this.wake = null;
  }

  async open() {
    if (this.socket && !this.closed && this.reusable && this.data.length === 0) return;
    this.close();
    this.reusable = true;
    this.data = Buffer.alloc(0);
    this.closed = false;
    const socket = net.connect({ host: this.host, port: this.port, noDelay: true });
    this.socket = socket;
    const notify = () => { if (this.wake) this.wake(); };
    socket.on('data', (piece) => { if (this.socket === socket) { this.data = Buffer.concat([this.data, piece]); notify(); } });
    const ended = () => { if (this.socket === socket) { this.closed = true; notify(); } };
    socket.on('close', ended);
    socket.on('end', ended);
    socket.on('error', ended);
    await new Promise((resolve, reject) => { socket.once('connect', resolve); socket.once('error', reject); });
  }

  async changed(milliseconds) {
    let timer;
    const expired = new Promise((resolve) => { timer = setTimeout(() => resolve(false), milliseconds); });
    const woken = new Promise((resolve) => { this.wake = () => resolve(true); });
    const result = await Promise.race([expired, woken]);
    clearTimeout(timer);
    this.wake = null;
    return result;
  }

  /**
   * Writes `bytes` and reads one answer. `settle_ms`: how long the line must be silent before an answer without a framed end counts as
   * complete. Resolves to {dropped: true} when the peer closes without a byte and to {timeout: true} when nothing comes.
   */
  async exchange(bytes, { head_only = false, timeout_ms = 5000, settle_ms = 250 } = {}) {
    await this.open();
    if (bytes.length > 0) this.socket.write(bytes);
    const deadline = Date.now() + timeout_ms;
    let settled = false;
    let continued = false;
    for (;;) {
      const answer = this.data.length > 0 ? parse_answer(this.data, { head_only, closed: this.closed, settled }) : null;
      if (answer) {
        this.data = this.data.subarray(answer.end);
        if (answer.status === 100) {
          continued = true;
          continue;
        }
        if (continued) answer.continued = true;
        this.reusable = answer.framing === 'none' || answer.framing === 'length' || answer.framing === 'chunked';
        if (/close/i.test(answer.raw ? '' : header(answer, 'connection') ?? '')) this.reusable = false;
        return answer;
      }
      if (this.closed) return { dropped: true, body: Buffer.alloc(0) };
      const left = deadline - Date.now();
      if (left <= 0) {
        this.reusable = false;
        return { timeout: true, body: this.data };
      }
      const wait = this.data.length > 0 ? Math.min(settle_ms, left) : left;
      const had_bytes = this.data.length > 0;
      if (!(await this.changed(wait)) && had_bytes) settled = true;
      else settled = false;
    }
  }

  /** True if the peer closes the connection within the given time. */
  async closes_within(milliseconds) {
    const deadline = Date.now() + milliseconds;
    while (!this.closed) {
      const left = deadline - Date.now();
      if (left <= 0) return false;
      await this.changed(left);
    }
    return true;
  }

  close() {
    if (this.socket) this.socket.destroy();
    this.closed = true;
  }
}

/** The bytes of a request; `headers` is a list of pairs; content-length is added for a body unless transfer-encoding is given. */
export function request_bytes({ method, target, headers = [], body = Buffer.alloc(0) }) {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  if (!names.has('content-length') && !names.has('transfer-encoding') && (body.length > 0 || method === 'PUT' || method === 'POST')) {
    lines.push(`Content-Length: ${body.length}`);
  }
  return Buffer.concat([Buffer.from(lines.join('\r\n') + '\r\n\r\n', 'utf8'), body]);
}

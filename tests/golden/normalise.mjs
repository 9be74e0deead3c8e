// Turns an answer into a comparable value: whatever changes from run to run (ids, times, ports, versions) becomes a fixed mark.

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

// Multi-valued containers are maps: the order of their members carries no meaning and differs even inside the original.
const containers = /^(\s*)("(?:headers|cookies|queryStringParameters|pathParameters|parameters)" : )\{$/;

// The original's HTTP layer adds this member to recorded requests that were sent without a body; cases never send the name in lower case.
const added_length = /^"content-length" : \[\s*"0"\s*\]$/;

// How long an upstream took: the original adds it to recorded answers.
const response_time = /^"x-mockserver-response-time-ms" : /;

// What every ordinary control-plane answer carries; one mark keeps the recorded files readable.
const control_plane = new Map(Object.entries({
  'access-control-allow-origin': '*',
  'access-control-allow-credentials': 'false',
  'access-control-allow-methods': 'CONNECT, DELETE, GET, HEAD, OPTIONS, POST, PUT, PATCH, TRACE',
  'access-control-allow-headers': 'Allow, Content-Encoding, Content-Length, Content-Type, ETag, Expires, Last-Modified, Location, Server, Vary, Authorization',
  'access-control-expose-headers': 'Allow, Content-Encoding, Content-Length, Content-Type, ETag, Expires, Last-Modified, Location, Server, Vary, Authorization',
  'access-control-max-age': '0',
}));

// A debugging aid of the original that explains each 404; one case looks at it, the others would only repeat it.
const hint_header = 'x-mockserver-closest-match-hint';

// Error texts that end in pages of schema or samples: only the statement counts.
const long_explanation = /(should match one of its valid types:|the following are valid examples:)[^]*?(?=\n +- |\n *\n *OpenAPI Specification|$)/g;

function flatten(entry) {
  return entry.map((line) => line.trim()).join(' ');
}

/** Sorts the members of every container object in pretty-printed JSON, wherever it stands in the text. */
export function sort_containers(text) {
  const lines = text.split('\n');
  const out = [];
  for (let i = 0; i < lines.length; i += 1) {
    const found = containers.exec(lines[i]);
    const end = found ? lines.findIndex((line, at) => at > i && (line === `${found[1]}}` || line === `${found[1]}},`)) : -1;
    if (end < 0) { out.push(lines[i]); continue; }
    const entries = [];
    for (let at = i + 1; at < end; at += 1) {
      const indent = lines[at].length - lines[at].trimStart().length;
      if (indent === found[1].length + 2 && lines[at].trimStart().startsWith('"')) entries.push([lines[at]]);
      else if (entries.length > 0) entries[entries.length - 1].push(lines[at]);
    }
    const kept = entries.map((entry) => { const copy = [...entry]; copy.push(copy.pop().replace(/,$/, '')); return copy; })
      .filter((entry) => !added_length.test(flatten(entry)) && !response_time.test(flatten(entry)))
      .sort((a, b) => (flatten(a) < flatten(b) ? -1 : 1));
    if (kept.length > 0) {
      out.push(lines[i]);
      kept.forEach((entry, at) => {
        const last = entry.pop();
        out.push(...entry, at + 1 < kept.length ? `${last},` : last);
      });
      out.push(lines[end]);
    } else if (lines[end].endsWith(',')) {
      // An emptied container is left out, as the original leaves out empty ones.
    } else if (out.length > 0) {
      out.push(out.pop().replace(/,$/, ''));
    }
    i = end;
  }
  return out.join('\n');
}

/** Marks stay the same within a case: equal ids get equal marks. */
export class marks {
  constructor(port, upstream) {
    this.port = port;
    this.upstream = upstream;
    this.ids = new Map();
  }

  text(input) {
    const own_port = new RegExp(`(?<![0-9])${this.port}(?![0-9])`, 'g');
    const other_port = new RegExp(`(?<![0-9])${this.upstream}(?![0-9])`, 'g');
    return sort_containers(input)
      .replace(long_explanation, '$1 <explanation>')
      .replace(uuid, (id) => {
        if (!this.ids.has(id)) this.ids.set(id, `<id-${this.ids.size + 1}>`);
        return this.ids.get(id);
      })
      .replace(/MockServer_(?:[0-9a-f]{32}|<id-\d+>)/g, 'MockServer_<mark>')
      .replace(/,\n *"timing" : \{[^}]*\}/g, '')
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}/g, '<time>')
      .replace(/("(?:epochTime|lastUsed)" : )\d+/g, '$1<epoch>')
      .replace(/("remoteAddress" : "127\.0\.0\.1:)\d+"/g, '$1<remote>"')
      .replace(/("ports" : \[ )[0-9, ]+( \])/g, '$1<port>$2')
      .replace(own_port, '<port>')
      .replace(other_port, '<upstream>')
      .replace(/("version" : ")[^"]*"/g, '$1<version>"')
      .replace(/("gitHash" : ")[^"]*"/g, '$1<hash>"')
      .replace(/(mock-server-openapi\/)\S+/g, '$1<version>');
  }
}

// A length that agrees with the body says nothing that the body does not say; any other is kept.
function normal_headers(answer, mark, keep_hint) {
  // `version` is left out: the Java client refuses a server that names another version than its own .
  const pairs = answer.headers.map(([name, value]) => [name, mark.text(value)])
    .filter(([name]) => name.toLowerCase() !== 'version' && (keep_hint || name.toLowerCase() !== hint_header))
    .map(([name, value]) => (name.toLowerCase() === 'content-length' && Number(value) === answer.body.length && answer.body.length > 0
      ? [name, '<length>'] : [name, value]));
  const plain = pairs.filter(([name, value]) => control_plane.get(name) === value);
  const is_control_plane = plain.length === control_plane.size;
  const rest = is_control_plane ? pairs.filter((pair) => !plain.includes(pair)) : pairs;
  // Sorted by name; a stable sort keeps the order of repeated headers, which does mean something.
  const lines = rest.sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : Number(a.toLowerCase() > b.toLowerCase()))).map(([name, value]) => `${name}: ${value}`);
  return is_control_plane ? ['<control plane>', ...lines] : lines;
}

function readable(bytes) {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : null;
}

/** The comparable form of one answer; members that say nothing are left out. */
export function normal_answer(answer, mark, { keep_hint = false } = {}) {
  if (answer.dropped) return { dropped: true };
  if (answer.timeout) return { timeout: true };
  const text = readable(answer.body);
  const body = text === null ? `base64:${answer.body.toString('base64')}` : mark.text(text);
  const lines = body.includes('\n') ? body.split('\n') : body;
  if (answer.raw) return { raw: lines };
  const result = { status: answer.status, reason: answer.reason, headers: normal_headers(answer, mark, keep_hint) };
  if (answer.continued) result.continued = true;
  if (answer.framing !== 'length' && answer.framing !== 'none') result.framing = answer.framing;
  if (answer.chunks) result.chunks = answer.chunks;
  if (body !== '') result.body = lines;
  return result;
}

// A DNS server (RFC 1035) that says what a test tells it to, one answer after the other; on port 53, so for a network namespace of one's own.
import dgram from 'node:dgram';
import net from 'node:net';

const types = { A: 1, CNAME: 5, AAAA: 28 };

/** The 16 bytes of an IPv6 address. */
function v6_bytes(text) {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const plain = dotted ? `${dotted[1]}${(dotted[2] * 256 + Number(dotted[3])).toString(16)}:${(dotted[4] * 256 + Number(dotted[5])).toString(16)}` : text;
  const [left, right] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const groups = right === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  return Buffer.from(groups.map((one) => one.padStart(4, '0')).join(''), 'hex');
}

const name_bytes = (name) => Buffer.concat([...name.split('.').filter(Boolean).map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);

function record(owner, type, ttl, data) {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(types[type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([name_bytes(owner), fixed, data]);
}

/**
 * set(name, {A: [[address, ...], ...], AAAA: the same, CNAME: name, ttl: seconds}): each question takes the next list, the last one stays; names that were
 * not set do not exist. asked(name, type): how often since set().
 */
export async function start_name_server({ host = '127.0.0.1', port = 53 } = {}) {
  const zone = new Map();

  function records_of(name, type) {
    const entry = zone.get(name);
    if (!entry) return [];
    const number = entry.asked[type] = (entry.asked[type] ?? 0) + 1;
    if (entry.CNAME) return [record(name, 'CNAME', entry.ttl ?? 0, name_bytes(entry.CNAME)), ...records_of(entry.CNAME, type)];
    const lists = entry[type] ?? [];
    return (lists[Math.min(number, lists.length) - 1] ?? []).map((address) =>
      record(name, type, entry.ttl ?? 0, net.isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : v6_bytes(address)));
  }

  const socket = dgram.createSocket('udp4');
  socket.on('message', (question, from) => {
    let at = 12;
    const labels = [];
    while (question[at] !== 0) { labels.push(question.subarray(at + 1, at + 1 + question[at]).toString('latin1')); at += question[at] + 1; }
    const name = labels.join('.').toLowerCase();
    const type = Object.keys(types).find((one) => types[one] === question.readUInt16BE(at + 1));
    const records = type ? records_of(name, type) : [];
    const head = Buffer.alloc(12);
    question.copy(head, 0, 0, 2);
    head.writeUInt16BE(zone.has(name) ? 0x8180 : 0x8183, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    socket.send(Buffer.concat([head, question.subarray(12, at + 5), ...records]), from.port, from.address);
  });
  await new Promise((resolve, reject) => { socket.once('error', reject); socket.bind(port, host, resolve); });
  return {
    set: (name, entry) => zone.set(name, { ...entry, asked: {} }),
    asked: (name, type) => zone.get(name)?.asked[type] ?? 0,
    stop: () => new Promise((resolve) => { socket.close(resolve); }),
  };
}

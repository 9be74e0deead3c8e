// A name server for A records, and the resolver configuration that points at it; in the runner's own mount namespace only.
import { execFileSync } from 'node:child_process';
import dgram from 'node:dgram';

const address = '10.77.0.254';
const type_a = 1;

/** Reads the question of a query: {name, type, end}. */
function question_of(query) {
  const labels = [];
  let at = 12;
  while (query[at] !== 0) {
    labels.push(query.subarray(at + 1, at + 1 + query[at]).toString('latin1'));
    at += 1 + query[at];
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** An answer with these addresses; `known` false: there is no such name. */
function answer_to(query, { end }, addresses, known) {
  const head = Buffer.from(query.subarray(0, end));
  head.writeUInt16BE(known ? 0x8580 : 0x8583, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const records = addresses.map((one) => Buffer.from([0xc0, 12, 0, type_a, 0, 1, 0, 0, 0, 1, 0, 4, ...one.split('.').map(Number)]));
  return Buffer.concat([head, ...records]);
}

export class name_server {
  constructor() {
    this.records = new Map();
    this.questions = 0;
    this.socket = dgram.createSocket('udp4');
    this.socket.on('message', (query, from) => {
      const question = question_of(query);
      this.questions += 1;
      const found = this.records.get(question.name);
      this.socket.send(answer_to(query, question, question.type === type_a ? found ?? [] : [], found !== undefined), from.port, from.address);
    });
  }

  async listen() {
    await new Promise((resolve, reject) => {
      this.socket.once('error', reject);
      this.socket.bind(53, address, resolve);
    });
    return this;
  }

  /** Every process that is started from now on asks this server. `write` = writeFileSync. */
  use_for_all(file, write) {
    write(file, `nameserver ${address}\noptions timeout:1\n`);
    execFileSync('mount', ['--bind', file, '/etc/resolv.conf']);
    this.mounted = true;
  }

  close() {
    if (this.mounted) execFileSync('umount', ['/etc/resolv.conf']);
    this.socket.close();
  }
}

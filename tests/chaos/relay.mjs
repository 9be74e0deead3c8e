// A TCP relay that can delay and reset what passes: stands in for netem, which kernels without modules do not have.
import net from 'node:net';

/** Listens on `host`:`port` (0: any) and passes everything on to `to` = {host, port}. */
export class relay {
  constructor(to) {
    this.to = to;
    this.delay_ms = 0;
    this.pairs = new Set();
    this.server = net.createServer((from) => this.accept(from));
  }

  async listen(host = '127.0.0.1', port = 0) {
    await new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
    this.port = this.server.address().port;
    return this;
  }

  accept(from) {
    const pair = { from, onward: null };
    this.pairs.add(pair);
    from.setNoDelay(true);
    from.on('error', () => {});
    const onward = net.connect({ ...this.to, noDelay: true });
    pair.onward = onward;
    const end = () => {
      this.pairs.delete(pair);
      from.destroy();
      onward.destroy();
    };
    onward.on('error', end);
    onward.on('close', end);
    from.on('close', end);
    this.pass(from, onward);
    this.pass(onward, from);
  }

  pass(source, target) {
    // Also when the delay has just become shorter, no byte may overtake another.
    let due = 0;
    source.on('data', (piece) => {
      const send = () => {
        if (!target.destroyed) target.write(piece);
      };
      const now = performance.now();
      due = Math.max(due, now + this.delay_ms);
      if (due <= now) send();
      else setTimeout(send, due - now);
    });
  }

  /** Every byte takes that much longer. */
  slow(milliseconds) { this.delay_ms = milliseconds; }

  /** Ends every connection with a reset; new ones are taken. */
  reset() {
    for (const { from, onward } of this.pairs) {
      from.resetAndDestroy();
      onward?.resetAndDestroy();
    }
    this.pairs.clear();
  }

  heal() { this.delay_ms = 0; }

  close() {
    this.server.close();
    this.reset();
  }
}

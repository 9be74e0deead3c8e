// Gives the histories to porcupine as well, where Go and that module can be had.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const source = path.join(path.dirname(fileURLToPath(import.meta.url)), 'porcupine');

/** `histories`: [{name, registers: {key: operations}}]; lines to print. */
export function second_opinion(histories) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mockfleet-porcupine-'));
  try {
    cpSync(source, folder, { recursive: true });
    const flat = histories.flatMap(({ name, registers }) => Object.entries(registers).map(([key, operations]) => ({
      name: `${name}, ${key}`,
      operations: operations.map((one) => ({
        write: one.op === 'write', value: one.value ?? '', node: one.node,
        call: Math.round(one.call * 1e6), ret: one.ret === Infinity ? -1 : Math.round(one.ret * 1e6),
      })),
    })));
    writeFileSync(path.join(folder, 'history.json'), JSON.stringify(flat));
    const run = (...words) => execFileSync('go', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, GOFLAGS: '-mod=mod' } }).toString();
    run('get', 'github.com/anishathalye/porcupine@v1.3.1');
    return run('run', '.', 'history.json').trim().split('\n').map((line) => `porcupine: ${line}`);
  } catch (error) {
    const said = `${error.stderr ?? error.message}`.trim().split('\n').slice(-3).join(' / ');
    return [`porcupine: not used (${said})`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

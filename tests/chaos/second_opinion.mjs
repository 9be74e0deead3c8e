// Gives the histories that our own checker explains to porcupine, another checker, which must explain them too.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { check_register } from './linearizability.mjs';

/** `program`: built from porcupine/; `histories`: [{name, registers: {key: operations}}]. Resolves to {text, agrees}. */
export function second_opinion(program, histories) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mockfleet-porcupine-'));
  try {
    const explained = histories.flatMap(({ name, registers }) => Object.entries(registers)
      .filter(([, operations]) => check_register(operations, null).ok)
      .map(([key, operations]) => ({
        name: `${name}, ${key}`,
        operations: operations.map((one) => ({
          write: one.op === 'write', value: one.value ?? '', node: one.node,
          call: Math.round(one.call * 1e6), ret: one.ret === Infinity ? -1 : Math.round(one.ret * 1e6),
        })),
      })));
    const file = path.join(folder, 'history.json');
    writeFileSync(file, JSON.stringify(explained));
    const ran = spawnSync(program, [file], { encoding: 'utf8' });
    const text = ran.error ? String(ran.error) : `${ran.stdout}${ran.stderr}`.trim();
    return { text, agrees: ran.status === 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Load and arithmetic: paired wrk slices with an nginx slice before and after each, open-model runs, medians.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? NaN : sorted[Math.floor((sorted.length - 1) / 2)];
};
export const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

// Seconds of CPU on the whole machine so far: used by anyone, and taken away by the host.
function machine() {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
  return { busy: (user + nice + system + irq + softirq) / 100, steal: steal / 100 };
}

const unit = { us: 1, ms: 1000, s: 1e6 };

// What wrk --latency prints. Microseconds; `refused` were answered, but not with 2xx or 3xx; `broken` were not answered.
export function readWrk(stdout) {
  const time = (share) => { const [, value, scale] = new RegExp(`${share}%\\s+([\\d.]+)(us|ms|s)`).exec(stdout); return Number(value) * unit[scale]; };
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout);
  return {
    requests: Number(/(\d+) requests in/.exec(stdout)[1]), rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]), p50: time(50), p99: time(99),
    refused: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0), broken: (broken ?? []).slice(1).reduce((sum, one) => sum + Number(one), 0),
  };
}

// One closed-loop slice. Microseconds.
export async function slice(server, { path, core, seconds = 1, connections = 64, script }) {
  const before = { machine: machine(), cpu: server.cpu(), at: process.hrtime.bigint() };
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...(script ? ['-s', script] : []), `http://127.0.0.1:${server.port}${path}`];
  const { stdout } = await run('taskset', ['-c', String(core), 'wrk', ...args]);
  const after = { machine: machine(), cpu: server.cpu(), at: process.hrtime.bigint() };
  const { requests, rate, p99, refused } = readWrk(stdout);
  const elapsed = Number(after.at - before.at) / 1e9;
  const serverCpu = after.cpu - before.cpu;
  return {
    rate, p99, cpuPerRequest: (serverCpu / requests) * 1e6, requests, refused,
    // wrk uses at most its own core, so what is busy beyond it and the server is somebody else's.
    foreign: Math.max(0, (after.machine.busy - before.machine.busy - serverCpu) / elapsed - 1), steal: (after.machine.steal - before.machine.steal) / (2 * elapsed),
  };
}

// Each variant `rounds` times in random order, nginx directly before and after; ratios are against the mean of the two.
export async function paired(nginx, variants, { core, rounds = 5, seconds = 1, mostForeign = 0.08, onRound = () => {} }) {
  const results = new Map(variants.map((variant) => [variant.name, []]));
  for (let round = 0; round < rounds; ++round) {
    for (const variant of [...variants].sort(() => Math.random() - 0.5)) {
      const first = await slice(nginx, { core, seconds, path: variant.nginxPath ?? '/', script: variant.nginxScript ?? variant.script });
      const own = await slice(variant.server, { core, seconds, path: variant.path, script: variant.script });
      const last = await slice(nginx, { core, seconds, path: variant.nginxPath ?? '/', script: variant.nginxScript ?? variant.script });
      if ([first, own, last].some((one) => one.steal > 0.05 || one.foreign > mostForeign)) continue;
      const reference = (field) => (first[field] + last[field]) / 2;
      results.get(variant.name).push({
        rps: own.rate / reference('rate'), cpu: own.cpuPerRequest / reference('cpuPerRequest'), p99: own.p99 / reference('p99'),
        rate: own.rate, cpuUs: own.cpuPerRequest, p99Us: own.p99, nginxRate: reference('rate'), nginxP99Us: reference('p99'), refused: own.refused,
      });
    }
    onRound(round);
  }
  return [...results].map(([name, samples]) => ({
    name, samples: samples.length, refused: samples.reduce((sum, sample) => sum + sample.refused, 0),
    ...Object.fromEntries(['rps', 'cpu', 'p99', 'rate', 'cpuUs', 'p99Us', 'nginxRate', 'nginxP99Us'].map((field) => {
      const values = samples.map((sample) => sample[field]);
      return [field, { median: median(values), min: Math.min(...values), max: Math.max(...values) }];
    })),
  }));
}

// Open model: requests are due at a fixed rate whether or not earlier ones were answered. Microseconds.
export async function openModel(server, { path, core, rate, seconds = 5, connections = 16 }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-h2load-'));
  const log = join(folder, 'log');
  await run('taskset', ['-c', String(core), 'h2load', '--h1', `-c${connections}`, '-t1', `-D${seconds}`, '--warm-up-time=1',
    `--rps=${Math.max(1, Math.round(rate / connections))}`, `--log-file=${log}`, `http://127.0.0.1:${server.port}${path}`], { maxBuffer: 1 << 26 });
  const times = readFileSync(log, 'utf8').trim().split('\n').map((line) => Number(line.split('\t')[2])).sort((a, b) => a - b);
  rmSync(folder, { recursive: true });
  return { requests: times.length, p50: percentile(times, 0.5), p99: percentile(times, 0.99), p999: percentile(times, 0.999) };
}

export function wrkScript(folder, name, { method = 'GET', headers = {}, body }) {
  const file = join(folder, `${name}.lua`);
  writeFileSync(file, [`wrk.method = "${method}"`,
    ...Object.entries(headers).map(([key, value]) => `wrk.headers["${key}"] = "${value}"`),
    ...(body ? [`wrk.body = ${JSON.stringify(body)}`] : [])].join('\n') + '\n');
  return file;
}

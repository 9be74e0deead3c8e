// Compares two lists of answers and sets reviewed differences aside.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const aspects = ['dropped', 'timeout', 'raw', 'continued', 'status', 'reason', 'headers', 'framing', 'chunks', 'body', 'connection', 'surplus', 'waited', 'seen'];

const text_of = (value) => (value === undefined ? undefined : Array.isArray(value) ? value.join('\n') : String(value));

/** The differences of one step: [{what, left, right}], values as text, undefined where an answer has no such aspect. */
export function step_differences(left, right) {
  return aspects.map((what) => ({ what, left: text_of(left?.[what]), right: text_of(right?.[what]) }))
    .filter((difference) => difference.left !== difference.right);
}

/** All differences of a case; steps count from 1. */
export function case_differences(left, right) {
  const found = [];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    found.push(...step_differences(left[at], right[at]).map((difference) => ({ step: at + 1, ...difference })));
  }
  return found;
}

function wildcard(pattern) {
  return new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`);
}

function excuses(entry, difference) {
  if (entry.up_to !== undefined) {
    const cut = (text) => (text ?? '').split(entry.up_to)[0].trimEnd();
    return (difference.left ?? '').includes(entry.up_to) && cut(difference.left) === cut(difference.right);
  }
  if (entry.without !== undefined) {
    const pattern = new RegExp(entry.without, 'gm');
    return (difference.left ?? '').replace(pattern, '') === (difference.right ?? '').replace(pattern, '');
  }
  if (entry.ours !== undefined) return text_of(entry.ours) === difference.right;
  return true;
}

/**
 * The reviewed list of intended differences. An entry:
 *   case    id of the case, * for any text            what    an aspect (status, headers, body, ...) or *
 *   step    number or list of numbers, left out: any  reason  why we differ
 * and at most one of: ours (the exact value that we give), up_to (only what precedes this text must be equal),
 * without (a regular expression; what it matches is taken out on both sides before comparing).
 */
export class intended_differences {
  constructor(entries) {
    this.entries = entries.map((entry, at) => {
      if (!entry.case || !entry.what || !entry.reason) throw new Error(`intended difference ${at + 1}: case, what and reason are required`);
      return { ...entry, pattern: wildcard(entry.case), steps: entry.step === undefined ? null : [entry.step].flat(), uses: 0 };
    });
  }

  static load(file) {
    return new intended_differences(JSON.parse(readFileSync(file, 'utf8')));
  }

  /** The differences that no entry excuses. */
  remaining(test_case, differences) {
    return differences.filter((difference) => {
      const entry = this.entries.find((one) => one.pattern.test(test_case.id) && (one.what === '*' || [one.what].flat().includes(difference.what))
        && (!one.steps || one.steps.includes(difference.step)) && excuses(one, difference));
      if (entry) entry.uses += 1;
      return !entry;
    });
  }

  /** Entries that excused nothing although one of the played cases bears their name. */
  unused(cases) {
    return this.entries.filter((entry) => entry.uses === 0 && cases.some((test_case) => entry.pattern.test(test_case.id)));
  }
}

export const default_intended = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'differential', 'intended.json');

const shorten = (text) => (text === undefined ? '(none)' : text.length > 1500 ? `${text.slice(0, 1500)}… (${text.length} characters)` : text);

function line_by_line(left, right) {
  const a = left.split('\n');
  const b = right.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const from = Math.max(0, start - 1);
  return [...a.slice(from, start).map((line) => `      ${line}`), ...a.slice(start, a.length - end).map((line) => `    - ${line}`), ...b.slice(start, b.length - end).map((line) => `    + ${line}`)].join('\n');
}

/** A difference as text for people; `names` are the two sides. */
export function describe(test_case, difference, names) {
  const step = test_case.steps.filter((one) => !one.wait_ms)[difference.step - 1];
  const request = step ? (step.seen ? 'what the upstream received' : step.send ?? step.raw.split('\n')[0]) : '(no such step)';
  const body = step && (step.json !== undefined ? JSON.stringify(step.json) : step.body ?? '');
  const head = `${test_case.id} step ${difference.step}: ${difference.what} differs\n    ${request} ${body ? shorten(body).slice(0, 300) : ''}`;
  if (difference.left !== undefined && difference.right !== undefined && (difference.left.includes('\n') || difference.right.includes('\n'))) {
    return `${head}\n    - ${names[0]}   + ${names[1]}\n${shorten(line_by_line(difference.left, difference.right))}`;
  }
  return `${head}\n    ${names[0]}: ${shorten(difference.left)}\n    ${names[1]}: ${shorten(difference.right)}`;
}

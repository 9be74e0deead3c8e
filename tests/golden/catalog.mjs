// Finds the cases: every cases/<area>/<file>.mjs exports a list, and a case is known as <area>/<name>.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const expected_directory = path.join(here, 'expected');

/** All cases in a fixed order; `filter` keeps those whose id contains it. */
export async function load_cases(filter = '') {
  const root = path.join(here, 'cases');
  const cases = [];
  const seen = new Set();
  const areas = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
  for (const area of areas) {
    const files = (await readdir(path.join(root, area))).filter((name) => name.endsWith('.mjs')).sort();
    for (const file of files) {
      const module = await import(pathToFileURL(path.join(root, area, file)));
      for (const test_case of module.default) {
        const id = `${area}/${test_case.name}`;
        if (!/^[a-z0-9_]+$/.test(test_case.name)) throw new Error(`${id}: a case name is made of a-z, 0-9 and _`);
        if (!test_case.description || !Array.isArray(test_case.steps)) throw new Error(`${id}: description or steps missing`);
        if (seen.has(id)) throw new Error(`${id} stands twice in the cases`);
        seen.add(id);
        cases.push({ ...test_case, area, id });
      }
    }
  }
  return cases.filter((test_case) => test_case.id.includes(filter));
}

/** Where the recorded answers of a case stand. */
export function expected_path(test_case) {
  return path.join(expected_directory, test_case.area, `${test_case.name}.json`);
}

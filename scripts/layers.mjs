// The layer rule: data moves left to right, and a folder of lib imports only folders to its left, or the base.
// napi.h is included by native/node/setup.h alone, and native/ outside native/node knows nothing of it.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';

export const FLOW = [
  'events',
  'synth',
  'graph',
  'text',
  'sampler',
  'hgnn',
  'two-tower',
  'retrieval',
  'evaluation',
  'pipeline',
  'cli',
];
const BASE = ['native', 'errors', 'random', 'artifacts', 'progress'];
/** lib/tensor needs the base alone; only these may use it. */
const TENSOR_USERS = ['hgnn', 'two-tower', 'retrieval', 'evaluation', 'pipeline', 'cli'];

function allowed(from, to) {
  if (from === to || BASE.includes(to)) return true;
  if (BASE.includes(from) || from === 'tensor') return false;
  if (to === 'tensor') return TENSOR_USERS.includes(from);
  return FLOW.indexOf(to) >= 0 && FLOW.indexOf(to) < FLOW.indexOf(from);
}

const list = (folder, pattern) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .map((n) => join(folder, String(n)))
        .filter((n) => pattern.test(n))
    : [];

/** Violations in the tree below the current folder, a line each. `read` gives a file's text. */
export function layerViolations(read, tree = { ts: list('lib', /\.ts$/), cc: list('native', /\.(cc|h)$/) }) {
  const violations = [];
  for (const file of tree.ts) {
    const [, from, ...rest] = file.split(sep);
    if (rest.length === 0) continue; // lib/index.ts, the package's front
    if (![...FLOW, ...BASE, 'tensor'].includes(from)) {
      violations.push(`${file}: lib/${from} is not a known layer (scripts/layers.mjs lists them)`);
      continue;
    }
    for (const [, target] of read(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const path = normalize(join(dirname(file), target)).split(sep);
      if (path[0] !== 'lib' || path.length < 3) {
        if (path[0] === 'lib' && from === 'cli') continue;
        violations.push(`${file}: imports ${target}, want a folder of lib`);
      } else if (!allowed(from, path[1])) {
        violations.push(`${file}: lib/${from} must not import lib/${path[1]} (it is not to its left)`);
      }
    }
  }
  for (const file of tree.cc) {
    const text = read(file);
    if (/#include\s*[<"]napi\.h[>"]/.test(text) && file !== join('native', 'node', 'setup.h'))
      violations.push(`${file}: includes napi.h; only native/node/setup.h may`);
    if (!file.startsWith(join('native', 'node') + sep) && /#include\s*"node\//.test(text))
      violations.push(`${file}: the core must know nothing of native/node`);
  }
  return violations;
}

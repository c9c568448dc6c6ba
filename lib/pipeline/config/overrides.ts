import { CohearError, require } from '../../errors/index.js';

/** One `--set path=value`. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * A value as it is typed in a shell: JSON where it is JSON (`3`, `true`, `null`, `"7"`, `[1, 2]`, `{"a": 1}`),
 * a list of such values in brackets without quotes (`[popularity, 2t]`), else the text itself.
 */
export function parseValue(text: string): unknown {
  const trimmed = text.trim();
  try {
    return JSON.parse(trimmed);
  } catch {
    const list = /^\[(.*)\]$/s.exec(trimmed);
    if (list && !/[[\]{}"]/.test(list[1]!))
      return list[1]!
        .split(',')
        .filter((part) => part.trim() !== '')
        .map((part) => parseValue(part));
    return trimmed;
  }
}

/**
 * Reads `path=value`.
 * @throws CohearError ERR_CONFIG when it has no "=", or an empty or forbidden name in its path
 */
export function parseOverride(text: string): Override {
  const at = text.indexOf('=');
  require(at > 0, 'ERR_CONFIG', () =>
    `--set wants path=value, e.g. --set graph.topK=20, got ${JSON.stringify(text)}`);
  const path = text.slice(0, at).trim().split('.');
  for (const name of path)
    require(name !== '' && !['__proto__', 'constructor', 'prototype'].includes(name), 'ERR_CONFIG', () =>
      `--set ${text}: ${JSON.stringify(name)} cannot be the name of a field`);
  return { path, value: parseValue(text.slice(at + 1)) };
}

/**
 * A copy of `config` with overrides put in, in order. Sections on the way are made where they are missing;
 * a plain value on the way gives place to one, so that `text.encoder.onnx=DIR` replaces `encoder: 'hashing'`.
 */
export function applyOverrides(config: unknown, overrides: readonly Override[]): unknown {
  let copy: unknown;
  try {
    copy = structuredClone(config);
  } catch (cause) {
    throw new CohearError('ERR_CONFIG', `a config holds plain data only: ${(cause as Error).message}`, {
      cause,
    });
  }
  for (const { path, value } of overrides) {
    let place = copy as Record<string, unknown>;
    for (const name of path.slice(0, -1)) {
      const inside = place[name];
      if (typeof inside !== 'object' || inside === null) place[name] = {};
      place = place[name] as Record<string, unknown>;
    }
    place[path.at(-1)!] = value;
  }
  return copy;
}

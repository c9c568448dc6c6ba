import type { z } from 'zod';
import { type FieldSchema, fieldAt, namesIn, wanted } from './fields.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const dotted = (path: Path): string => path.map(String).join('.') || 'the config';

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}

/** A value that came, in words and short. */
function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Edits (insert, delete, replace) between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** The known name that was most likely meant, if any is near: at most a third of its letters differ. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[-_ ]/g, '');
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

function unknownFields(issue: Issue & { keys: string[] }, path: Path, fields: FieldSchema): string[] {
  const known = namesIn(fieldAt(fields, path));
  return issue.keys.map((key) => {
    const meant = nearest(key, known);
    const advice = meant ? `did you mean "${meant}"?` : `want one of ${known.join(', ')}`;
    return `${dotted([...path, key])}: unknown field; ${advice}`;
  });
}

/**
 * Of a field with several forms, the issues of the one that was meant: of those that do not fail at their very
 * root, the one that knows (or nearly knows) the most of the names that came. Undefined when that is not one.
 */
function meantForm(
  issue: Issue & { errors: Issue[][] },
  value: unknown,
  field: FieldSchema | undefined,
): Issue[] | undefined {
  const came = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const forms = issue.errors.flatMap((issues, i) => {
    if (issues.some(({ path, code }) => path.length === 0 && /^invalid_(type|value)$/.test(code))) return [];
    const known = namesIn(field?.anyOf?.[i]);
    const near = (name: string) => (known.includes(name) ? 2 : nearest(name, known) ? 1 : 0);
    return [{ issues, fit: came.reduce((sum, name) => sum + near(name), 0) }];
  });
  forms.sort((a, b) => b.fit - a.fit);
  return forms.length > 0 && forms[0]!.fit !== forms[1]?.fit ? forms[0]!.issues : undefined;
}

/** The problems of one issue; `above` is the path of the union that it was found in. */
function lines(issue: Issue, above: Path, input: unknown, fields: FieldSchema): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return unknownFields(issue, path, fields);
  if (issue.code === 'custom') return [`${dotted(path)}: ${issue.message}`];
  if (issue.code === 'invalid_union') {
    const meant = meantForm(issue, valueAt(input, path), fieldAt(fields, path));
    if (meant !== undefined) return meant.flatMap((inner) => lines(inner, path, input, fields));
  }
  const field = fieldAt(fields, path);
  const value = valueAt(input, path);
  const want = field === undefined ? issue.message : `want ${wanted(field)}`;
  return [`${dotted(path)}: ${value === undefined ? `is missing; ${want}` : `${want}, got ${shown(value)}`}`];
}

/** Every problem of a config that was refused: its path, what was wanted, what came. */
export function problems(error: z.core.$ZodError, input: unknown, fields: FieldSchema): string[] {
  return error.issues.flatMap((issue) => lines(issue, [], input, fields));
}

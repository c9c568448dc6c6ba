import { z } from 'zod';
import { readJson } from '../../artifacts/index.js';
import { CohearError, require } from '../../errors/index.js';
import { derive, type Seed, uniform } from '../../random/index.js';
import { type Override, parseOverride } from '../config/index.js';

const range = z.tuple([z.number(), z.number()]).refine(([low, high]) => low < high, {
  error: 'want [low, high] with low < high',
});
const positive = range.refine(([low]) => low > 0, { error: 'want a low end above 0' });

const dimensionSchema = z.union([
  z.strictObject({ choice: z.array(z.unknown()).min(1) }),
  z.strictObject({ uniform: range }),
  z.strictObject({ log: positive }),
  z.strictObject({ int: range }),
  z.strictObject({ logInt: positive }),
]);

/** How the values of one field are drawn: evenly from a list or a range, or evenly in the logarithm. */
export type Dimension = z.infer<typeof dimensionSchema>;
/** Config paths with how their values are drawn. */
export type Space = Readonly<Record<string, Dimension>>;

const FORMS =
  '{ "choice": [...] }, { "uniform": [low, high] }, { "log": [low, high] }, { "int": [low, high] } or { "logInt": [low, high] }';

/** Checks a search space. @throws CohearError ERR_CONFIG that names the path */
export function parseSpace(from: unknown, source: string): Space {
  require(typeof from === 'object' && from !== null && !Array.isArray(from), 'ERR_CONFIG', () =>
    `${source}: want an object of config paths, { "hgnn.learningRate": { "log": [1e-4, 1e-2] } }`);
  const entries = Object.entries(from);
  require(entries.length > 0, 'ERR_CONFIG', `${source}: the space is empty`);
  return Object.fromEntries(
    entries.map(([path, dimension]) => {
      parseOverride(`${path}=`); // refuses what cannot be a path
      const result = dimensionSchema.safeParse(dimension);
      if (result.success) return [path, result.data];
      const why = result.error.issues.flatMap((issue) =>
        issue.code === 'invalid_union'
          ? issue.errors.flat().filter(({ code }) => code === 'custom')
          : [issue],
      );
      throw new CohearError(
        'ERR_CONFIG',
        `${source}: ${path}: want ${FORMS}${why[0] ? ` (${why[0].message})` : ''}, got ${JSON.stringify(dimension)}`,
      );
    }),
  );
}

/** Reads a search space. @throws CohearError ERR_CONFIG where it is none */
export async function readSpace(path: string): Promise<Space> {
  const from = await readJson<unknown>(path).catch((cause: Error) => {
    throw new CohearError('ERR_CONFIG', `${path} cannot be read as JSON: ${cause.message}`, { cause });
  });
  return parseSpace(from, path);
}

/** The point of a trial: a function of (seed, path, trial) alone, so more trials or paths change no value. */
export function pointOf(space: Space, seed: Seed, trial: number): Override[] {
  return Object.entries(space).map(([path, dimension]) => ({
    path: path.split('.'),
    value: drawn(dimension, uniform(derive(seed, `tune ${path}`), trial)),
  }));
}

/** The value of a dimension at u in [0, 1). */
function drawn(dimension: Dimension, u: number): unknown {
  if ('choice' in dimension) return dimension.choice[Math.floor(u * dimension.choice.length)];
  if ('uniform' in dimension) return between(dimension.uniform, u);
  if ('log' in dimension) return Number(Math.exp(between(logs(dimension.log), u)).toPrecision(6));
  if ('int' in dimension) return Math.floor(between([dimension.int[0], dimension.int[1] + 1], u));
  const [low, high] = dimension.logInt;
  return Math.min(high, Math.max(low, Math.round(Math.exp(between(logs([low, high]), u)))));
}

const between = ([low, high]: readonly [number, number], u: number) => low + u * (high - low);
const logs = ([low, high]: readonly [number, number]) => [Math.log(low), Math.log(high)] as const;

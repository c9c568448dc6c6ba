import { require } from '../errors/index.js';
import type { Catalogue, Users } from './types.js';

type TextColumn = readonly (string | null)[];

/** The columns that a catalogue is made of; rows must be sorted by (type, id) as {@link Catalogue} says. */
export interface CatalogueColumns {
  readonly ids: readonly string[];
  readonly types: readonly string[];
  readonly typeOffsets: Uint32Array;
  readonly titles?: TextColumn;
  readonly descriptions?: TextColumn;
  readonly categories?: Readonly<Record<string, TextColumn>>;
}

/** Row of each id, made when first asked for: ten million ids take seconds and many callers never ask. */
function lookup(ids: readonly string[]): (id: string) => number | undefined {
  let rows: Map<string, number> | undefined;
  return (id) => {
    if (rows === undefined) {
      rows = new Map();
      for (let row = 0; row < ids.length; row++) rows.set(ids[row]!, row);
    }
    return rows.get(id);
  };
}

const checkLengths = (
  what: string,
  size: number,
  columns: Readonly<Record<string, { readonly length: number }>>,
) => {
  for (const [key, column] of Object.entries(columns))
    require(column.length === size, 'ERR_SHAPE', () =>
      `${what}: ${key} has ${column.length} rows, the ids ${size}`);
};

/** A catalogue over columns (kept, not copied). @throws CohearError ERR_SHAPE when their sizes differ */
export function makeCatalogue(columns: CatalogueColumns): Catalogue {
  const { ids, types, typeOffsets, categories = {} } = columns;
  const size = ids.length;
  const empty = columns.titles && columns.descriptions ? [] : new Array<null>(size).fill(null);
  const { titles = empty, descriptions = empty } = columns;
  checkLengths('catalogue', size, { titles, descriptions, ...categories });
  require(typeOffsets.length === types.length + 1 &&
    typeOffsets[0] === 0 &&
    typeOffsets[types.length] === size, 'ERR_SHAPE', () =>
    `catalogue: want type offsets from 0 to ${size} for ${types.length} types, got [${typeOffsets}]`);
  const typeOf = (row: number): number => {
    require(row >= 0 && row < size, 'ERR_RANGE', () => `item row ${row} is not in [0, ${size})`);
    let type = 0;
    while (row >= typeOffsets[type + 1]!) type++;
    return type;
  };
  return { size, ids, types, typeOffsets, titles, descriptions, categories, rowOf: lookup(ids), typeOf };
}

/** The columns that users are made of; rows must be sorted by id. */
export interface UserColumns {
  readonly ids: readonly string[];
  readonly categories?: Readonly<Record<string, TextColumn>>;
  readonly numbers?: Readonly<Record<string, Float32Array>>;
}

/** Users over columns (kept, not copied). @throws CohearError ERR_SHAPE when their sizes differ */
export function makeUsers({ ids, categories = {}, numbers = {} }: UserColumns): Users {
  checkLengths('users', ids.length, { ...categories, ...numbers });
  return { size: ids.length, ids, categories, numbers, rowOf: lookup(ids) };
}

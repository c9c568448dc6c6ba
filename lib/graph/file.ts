import { readSafetensorsHeader, type TensorType } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import type { GraphSections, RelationSections, Section } from '../native/graph.js';

/**
 * A graph as named tensors: `type_offsets`, `item_users`, and `<source>.<destination>.<array>` for the arrays
 * of a relation. Metadata: kind, version, users. native/graph/graph_file.cc writes it.
 */
const KIND = 'cohear item graph';
const VERSION = '1';

const ARRAYS = {
  offsets: 'U64',
  indices: 'U32',
  counts: 'U32',
  scores: 'F32',
  lastTimes: 'F64',
} as const satisfies Record<string, TensorType>;
type ArrayName = keyof typeof ARRAYS;
const NEEDED: readonly ArrayName[] = ['offsets', 'indices'];

/**
 * Where the arrays of a graph lie in its file.
 * @throws CohearError ERR_IO when it cannot be read, ERR_FORMAT naming what is missing or of the wrong kind
 */
export async function graphSections(path: string): Promise<GraphSections> {
  const { tensors, metadata } = await readSafetensorsHeader(path);
  const bad = (why: string): never => {
    throw new CohearError('ERR_FORMAT', `${path}: ${why}; want an item graph saved by cohear`);
  };
  if (metadata.kind !== KIND) bad(`its metadata says kind ${JSON.stringify(metadata.kind)}`);
  if (metadata.version !== VERSION) bad(`its version is ${metadata.version}, this cohear reads ${VERSION}`);
  const section = (name: string, type: TensorType): Section | undefined => {
    const tensor = tensors[name];
    if (!tensor) return undefined;
    if (tensor.dtype !== type || tensor.shape.length !== 1) bad(`${name} is no list of ${type}`);
    return [tensor.begin, tensor.shape[0]!];
  };
  const relations = new Map<string, Record<string, unknown>>();
  for (const name of Object.keys(tensors)) {
    const parts = /^(\d+)\.(\d+)\.(\w+)$/.exec(name);
    if (!parts) continue;
    const [, source, destination, array] = parts;
    if (!Object.hasOwn(ARRAYS, array!)) bad(`${name} is unknown`);
    const key = `${source}.${destination}`;
    const relation = relations.get(key) ?? {
      sourceType: Number(source),
      destinationType: Number(destination),
    };
    relations.set(key, relation);
    relation[array!] = section(name, ARRAYS[array as ArrayName]);
  }
  for (const [key, relation] of relations) {
    for (const array of NEEDED) if (!relation[array]) bad(`relation ${key} has no ${array}`);
  }
  const users = Number(metadata.users);
  if (!Number.isSafeInteger(users) || users < 0) bad(`its number of users is ${metadata.users}`);
  const itemUsers = section('item_users', 'U32');
  return {
    typeOffsets: section('type_offsets', 'U32') ?? bad('it has no type_offsets'),
    relations: [...relations.values()] as unknown as RelationSections[],
    ...(itemUsers && { itemUsers }),
    users,
  };
}

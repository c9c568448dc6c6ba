import type { NamedTensor, TensorArray } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import type { RelationArrays } from '../native/graph.js';
import type { ItemGraphParts } from './item-graph.js';

/**
 * A graph as named tensors: `type_offsets`, `item_users`, and `<source>.<destination>.<array>` for the arrays
 * of a relation. Metadata: kind, version, users.
 */
const KIND = 'cohear item graph';
const VERSION = '1';

const ARRAYS = {
  offsets: BigUint64Array,
  indices: Uint32Array,
  counts: Uint32Array,
  scores: Float32Array,
  lastTimes: Float64Array,
} as const;
type ArrayName = keyof typeof ARRAYS;
const NEEDED: readonly ArrayName[] = ['offsets', 'indices'];

export function toTensors(parts: ItemGraphParts): {
  tensors: Record<string, NamedTensor>;
  metadata: Record<string, string>;
} {
  const tensors: Record<string, NamedTensor> = {};
  const put = (name: string, data: TensorArray) => {
    tensors[name] = { data, shape: [data.length] };
  };
  put('type_offsets', parts.typeOffsets);
  if (parts.itemUsers) put('item_users', parts.itemUsers);
  for (const relation of parts.relations) {
    for (const array of Object.keys(ARRAYS) as ArrayName[]) {
      const data = relation[array];
      if (data) put(`${relation.sourceType}.${relation.destinationType}.${array}`, data);
    }
  }
  return { tensors, metadata: { kind: KIND, version: VERSION, users: String(parts.users ?? 0) } };
}

/** @throws CohearError ERR_FORMAT naming what is missing or of the wrong kind */
export function fromTensors(
  path: string,
  tensors: Record<string, NamedTensor>,
  metadata: Record<string, string>,
): ItemGraphParts {
  const bad = (why: string): never => {
    throw new CohearError('ERR_FORMAT', `${path}: ${why}; want an item graph saved by cohear`);
  };
  if (metadata.kind !== KIND) bad(`its metadata says kind ${JSON.stringify(metadata.kind)}`);
  if (metadata.version !== VERSION) bad(`its version is ${metadata.version}, this cohear reads ${VERSION}`);
  const get = <T extends TensorArray>(name: string, type: new (length: number) => T): T | undefined => {
    const tensor = tensors[name];
    if (!tensor) return undefined;
    return tensor.data instanceof type ? tensor.data : bad(`${name} is no ${type.name}`);
  };
  const relations = new Map<string, Record<string, unknown>>();
  for (const name of Object.keys(tensors)) {
    const parts = /^(\d+)\.(\d+)\.(\w+)$/.exec(name);
    if (!parts) continue;
    const [, source, destination, array] = parts;
    const type = ARRAYS[array as ArrayName] ?? bad(`${name} is unknown`);
    const key = `${source}.${destination}`;
    const relation = relations.get(key) ?? {
      sourceType: Number(source),
      destinationType: Number(destination),
    };
    relations.set(key, relation);
    relation[array!] = get<TensorArray>(name, type);
  }
  for (const [key, relation] of relations) {
    for (const array of NEEDED) if (!relation[array]) bad(`relation ${key} has no ${array}`);
  }
  const users = Number(metadata.users);
  if (!Number.isSafeInteger(users) || users < 0) bad(`its number of users is ${metadata.users}`);
  return {
    typeOffsets: get('type_offsets', Uint32Array) ?? bad('it has no type_offsets'),
    relations: [...relations.values()] as unknown as RelationArrays[],
    itemUsers: get('item_users', Uint32Array),
    users,
  };
}

import { require } from '../errors/index.js';
import { cscOf, type EdgeList } from '../graph/edge-list.js';
import type { GraphHandle } from '../native/graph.js';
import { addon } from '../native/index.js';

interface RelationTypes {
  /** Number of the item type that edges come from; 0 unless given. */
  readonly sourceType?: number | undefined;
  /** Number of the item type that edges lead to; 0 unless given. */
  readonly destinationType?: number | undefined;
}

/** Edges listed by destination: row v of the destination type has neighbours indices[offsets[v] .. offsets[v + 1]). */
export interface CscRelation extends RelationTypes {
  /** One per node of the destination type, and one more. */
  readonly offsets: BigUint64Array;
  /** Catalogue rows of the source type, ascending and without repeats within a node. */
  readonly indices: Uint32Array;
  /** Per edge: its strength, for weighted sampling. */
  readonly scores?: Float32Array | undefined;
  /** Per edge: when it was last seen, for temporal sampling; any unit. */
  readonly lastTimes?: Float64Array | undefined;
}

/** Edges in any order. One that is there more than once becomes one: scores are added, the latest time stays. */
export interface EdgeListRelation extends RelationTypes, EdgeList {}

export interface GraphArrays {
  /** Nodes of a graph of one type ... */
  readonly nodes?: number | undefined;
  /** ... or, for several, where each type's rows begin, and how many there are in all. */
  readonly typeOffsets?: Uint32Array | undefined;
  /** Per node: when it came to be, for temporal sampling; the unit of lastTimes. */
  readonly nodeTimes?: Float64Array | undefined;
  readonly relations: readonly (CscRelation | EdgeListRelation)[];
}

/**
 * A graph from typed arrays, to sample from; the arrays are copied and checked whole.
 *
 *     createGraph({ nodes: 4, relations: [{ sources, destinations, scores }] })
 *     createGraph({ typeOffsets: Uint32Array.of(0, 3, 9), relations: [{ sourceType: 0, destinationType: 1, offsets, indices }] })
 *
 * Nodes are rows 0 .. nodes - 1, those of one type next to each other. Messages flow from source to destination:
 * sampling from a node finds its sources. Give both directions of an undirected graph. There is one relation per
 * ordered pair of types.
 * @throws CohearError ERR_SHAPE, ERR_RANGE, ERR_VALUE or ERR_DTYPE where the arrays are no such graph
 */
export function createGraph(arrays: GraphArrays): GraphHandle {
  const { nodes, relations, nodeTimes } = arrays;
  require((nodes === undefined) !==
    (arrays.typeOffsets === undefined), 'ERR_VALUE', 'createGraph: want either nodes or typeOffsets');
  require(nodes === undefined ||
    (Number.isInteger(nodes) && nodes >= 0 && nodes < 2 ** 32), 'ERR_RANGE', () =>
    `nodes: want a whole number below 2^32, got ${nodes}`);
  require(Array.isArray(relations), 'ERR_DTYPE', 'relations: want a list with one entry per relation');
  const typeOffsets = arrays.typeOffsets ?? Uint32Array.of(0, nodes!);
  return addon.createGraph({
    typeOffsets,
    ...(nodeTimes && { nodeTimes }),
    relations: relations.map((relation, r) => {
      const { sourceType = 0, destinationType = 0 } = relation;
      if (!('sources' in relation)) {
        const { offsets, indices, scores, lastTimes } = relation;
        return {
          sourceType,
          destinationType,
          offsets,
          indices,
          ...(scores && { scores }),
          ...(lastTimes && { lastTimes }),
        };
      }
      const last = typeOffsets[destinationType + 1];
      require(last !== undefined, 'ERR_RANGE', () =>
        `relations[${r}]: destination type ${destinationType}, want below ${typeOffsets.length - 1}`);
      const range = [typeOffsets[destinationType]!, last] as const;
      return { sourceType, destinationType, ...cscOf(relation, range, typeOffsets.at(-1)!) };
    }),
  });
}

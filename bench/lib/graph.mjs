import { createGraph } from '../../dist/sampler/index.js';

/** A quick generator of numbers in [0, 1) for benchmark data. */
export function generator(state = 0x9e3779b9) {
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

/** Shares of all edges by [source type][destination type]. */
const SHARES = [
  [0.2, 0.2],
  [0.2, 0.4],
];

/**
 * A power-law graph as the peers' scripts make it: degrees Zipf-like (exponent 0.75) on both ends, scores in
 * [0.05, 1.05), times 0 to 999. `hetero`: a quarter of the nodes of type 0 and four relations; else one.
 */
export function syntheticGraph({ nodes, edges, hetero }) {
  const random = generator();
  const typeOffsets = hetero ? [0, nodes / 4, nodes] : [0, nodes];
  const ends = (count, first, last) => {
    const n = last - first;
    return Uint32Array.from({ length: count }, () => {
      const rank = Math.min(n - 1, Math.floor((random() * (n ** 0.25 - 1) + 1) ** 4) - 1);
      return first + ((rank * 40503) % n); // ranks scattered, so that popular rows are not neighbours in memory
    });
  };
  return createGraph({
    typeOffsets: Uint32Array.from(typeOffsets),
    relations: (hetero ? SHARES : [[1]]).flatMap((row, sourceType) =>
      row.map((share, destinationType) => {
        const count = Math.floor(edges * share);
        return {
          sourceType,
          destinationType,
          sources: ends(count, typeOffsets[sourceType], typeOffsets[sourceType + 1]),
          destinations: ends(count, typeOffsets[destinationType], typeOffsets[destinationType + 1]),
          scores: Float32Array.from({ length: count }, () => random() + 0.05),
          lastTimes: Float64Array.from({ length: count }, () => Math.floor(random() * 1000)),
        };
      }),
    ),
  });
}

/** Sampled edges of a message flow. */
export const edgesOf = ({ blocks }) =>
  blocks.reduce((sum, hop) => sum + hop.reduce((own, block) => own + block.indices.length, 0), 0);

/**
 * Random reads that sampling cannot do without: each node that draws reads its offsets and, if it has neighbours,
 * at least one line of them; each edge reads the place that its neighbour has in the batch.
 */
export const lookupsOf = ({ blocks }) => {
  let sum = 0;
  for (const { offsets, indices } of blocks.flat()) {
    sum += offsets.length - 1 + indices.length;
    for (let v = 1; v < offsets.length; v++) sum += Number(offsets[v] !== offsets[v - 1]);
  }
  return sum;
};

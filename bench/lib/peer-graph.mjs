import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGraph } from '../../dist/sampler/index.js';
import { readNpy } from './npy.mjs';

/**
 * The graph that the peers' scripts have written, with its four message-passing relations: aa, ap, ap backwards, pp.
 * @returns graph: its handle; nodes: how many; relations: their types; ap: the ends of its edges
 */
export function peerGraph(path) {
  const { nodes: sizes } = JSON.parse(readFileSync(join(path, 'relations.json'), 'utf8'));
  const offsets = [0, sizes.audiobook, sizes.audiobook + sizes.podcast];
  const ends = (name, source, destination) => {
    const colptr = readNpy(join(path, `${name}.colptr.npy`));
    const sources = Uint32Array.from(readNpy(join(path, `${name}.row.npy`)), (row) => row + offsets[source]);
    const destinations = new Uint32Array(sources.length);
    for (let v = 0; v + 1 < colptr.length; v++)
      destinations.fill(offsets[destination] + v, colptr[v], colptr[v + 1]);
    return { sources, destinations };
  };
  const ap = ends('ap', 0, 1);
  const relations = [
    { sourceType: 0, destinationType: 0, ...ends('aa', 0, 0) },
    { sourceType: 0, destinationType: 1, ...ap },
    { sourceType: 1, destinationType: 0, sources: ap.destinations, destinations: ap.sources }, // walked backwards
    { sourceType: 1, destinationType: 1, ...ends('pp', 1, 1) },
  ];
  const graph = createGraph({ typeOffsets: Uint32Array.from(offsets), relations });
  return { graph, nodes: offsets[2], relations, ap };
}

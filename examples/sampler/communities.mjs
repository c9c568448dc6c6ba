// A toy to learn on: 2,000 nodes in two communities. Most edges stay inside; a node's two features say which
// community it is of, under so much noise that alone they are wrong for one node in six.
const NODES = 2000;
const DEGREE = 12;

export function communities(seed = 1) {
  const random = generator(seed);
  const labels = Uint8Array.from({ length: NODES }, () => (random() < 0.5 ? 0 : 1));
  const features = new Float32Array(2 * NODES);
  for (let node = 0; node < NODES; node++) {
    for (let f = 0; f < 2; f++)
      features[2 * node + f] = (labels[node] === f ? 1 : 0) + 2.4 * (random() - 0.5);
  }
  const sources = new Uint32Array(NODES * DEGREE);
  const destinations = new Uint32Array(NODES * DEGREE);
  for (let e = 0; e < sources.length; e++) {
    const destination = Math.floor(e / DEGREE);
    let source = Math.floor(random() * NODES);
    if (random() < 0.8) while (labels[source] !== labels[destination]) source = (source + 1) % NODES;
    sources[e] = source;
    destinations[e] = destination;
  }
  return { nodes: NODES, labels, features, sources, destinations };
}

/** A small generator of numbers in [0, 1), so that the example says the same everywhere. */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// What is promised of each subject of `npm run bench:versus`, and its cases in words.

/** Which figures a promise is about, and the least ratio. */
const promise = (peer, name, times) => ({ peer, case: name, times });

const FANOUTS = (text) => text.replace(/ ?b1024$/, '').replace(/\[(.*)\]/, 'fan-outs $1');
const MODES = [
  ['temporal-last', 'the latest before a time, a tree per seed'],
  ['temporal-uniform', 'any before a time, a tree per seed'],
  ['link triplet 1:1', 'links with a negative each (ours checked against the graph)'],
  ['NeighborLoader', 'seeds through the loader'],
  ['weighted', 'by weight, without replacement'],
];

export const SUBJECTS = {
  sampling: {
    title: 'Neighbour sampling',
    about:
      'A power-law graph of 1 M nodes and 20 M edges, four relations ("hetero") or one ("homo"), 1,024 seeds a batch, sampled edges per second. The same files on both sides; pyg-lib draws for new nodes alone in each hop, GraphBolt and we for all.',
    words: (text) =>
      FANOUTS(
        MODES.reduce(
          (all, [name, words]) => all.replace(`${name} disjoint`, words).replace(name, words),
          text.replace('hetero', 'four relations:').replace('homo', 'one relation:'),
        ),
      ),
    rules: [
      promise(/^(pyg|torch)/i, /^hetero uniform \[15, 10\]/, 4),
      promise(/^(pyg|torch)/i, /^hetero uniform \[10, 10, 5\]/, 5),
      promise(/^(pyg|torch)/i, /^homo uniform \[10, 10, 5\]/, 7),
      promise(/^(pyg|torch)/i, / weighted /, 12),
      promise(/^(pyg|torch)/i, / temporal-/, 4),
      promise(/^PyG/, / link /, 8),
    ],
  },
  'co-interaction': {
    title: 'Items that share users',
    about:
      'Counts of users that two items share, the 100 strongest neighbours of each item, from distinct pairs of user and item. Edges found are compared; ours keep their last time as well.',
    words: (text) => text.replace('train.parquet', 'gowalla'),
    rules: [promise(/^implicit/, /./, 1.5)],
  },
  aggregation: {
    title: 'Gather–aggregate',
    about:
      'A sampled block of 20,000 targets and some 196,000 edges from 200,000 source rows, through tfjs tensors; gigabytes of rows gathered per second (of forward alone, also where the gradient is taken). Results are compared.',
    words: (text) => text.replace(/, \d+ edges to \d+/, ''),
    rules: [
      promise(/^DGL/, /with gradient/, 3),
      promise(/^DGL/, /^max/, 2),
      promise(/^DGL/, /^(mean|sum)/, 1.3),
    ],
  },
  'top-k': {
    title: 'Exact top 100 by inner product',
    about:
      'The peers’ scores are compared with ours. Our lists are those of 32-bit floats; where the processor has AVX-512 VNNI, most items are only looked at in 8 bits.',
    words: (text) => text.replace('exact ', ''),
    rules: [promise(/./, /x128.*1000000|1000000x128/, 3), promise(/./, /20000x128/, 1.3)],
  },
  tensor: {
    title: 'Two-tower training step',
    about:
      'Towers 700 and 900 → 512 → 256 → 128, in-batch softmax with logQ, Adam; 32-bit floats on both sides.',
    rules: [promise(/^torch/, /^batch 128 /, 1), promise(/^torch/, /^batch (1024|4096) /, 1.3)],
  },
  tfjs: {
    title: 'tfjs backends',
    about:
      'The same tfjs programs on other backends, in processes of their own, in turn; results are compared.',
    rules: [
      promise(/tfjs-node/, /^(elementwise|gather|unsortedSegmentSum|softmax)/, 1),
      promise(/tfjs-node/, /two-tower.* 128\b/, 3),
      promise(/tfjs-node/, /two-tower.* 1024\b/, 2),
      promise(/tfjs-node/, /two-tower.* 4096\b/, 1.5),
    ],
  },
  hgnn: {
    title: 'Graph network training step',
    about:
      'Two layers, four relations, fan-outs 15 and 10, 384 → 256 → 128, one negative a link; the peer runs the same convolution, trimmed.',
    rules: [promise(/./, /^hgnn step \d+$/, 4)],
  },
  als: {
    title: 'Alternating least squares',
    about:
      'Gowalla’s 810,128 training pairs, confidence 10, three steps of conjugate gradient a row and round; pairs of one round per second. Recall@20 on the held-out items is compared (.140 on both sides at 64 factors).',
    rules: [promise(/^implicit/, /./, 1)],
  },
  text: {
    title: 'Text encoders',
    about:
      'Titles of food-kitchen; `tokenizers` alone only splits words, which our encoder does as one of its steps.',
    rules: [promise(/^onnxruntime/, /./, 1.1)],
  },
};

/** Of our own rates by case and threads: [what, ratio, promised]. */
export function within(rate) {
  const uniform = 'hetero uniform [15, 10] b1024';
  const link = 'hetero linkLoader, 1 exact negative [15, 10] b1024';
  return [
    [
      'by weight, without replacement, of uniform',
      rate('hetero weighted [15, 10] b1024', 1) / rate(uniform, 1),
      0.6,
    ],
    [
      'by weight among what is older, a tree per seed, of uniform',
      rate('hetero weighted temporal disjoint [15, 10] b1024', 1) / rate(uniform, 1),
      0.5,
    ],
    ['links with exact negatives, two threads of one', rate(link, 2) / rate(link, 1), 1.8],
  ].filter(([, ratio]) => Number.isFinite(ratio));
}

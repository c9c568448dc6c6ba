import type { ItemGraph } from '../graph/index.js';
import type { LongWork } from '../progress/index.js';
import { derive } from '../random/index.js';
import { type Links, sampleNegatives } from '../sampler/index.js';
import { embedCatalogue } from './embed.js';
import type { NodeFeatures } from './features.js';
import type { Hgnn } from './model.js';
import type { HgnnOptions } from './options.js';
import type { HgnnEpoch } from './training.js';

/** Most validation edges that are scored after an epoch. */
const VALIDATION_EDGES = 20_000;

/** What a model is judged on after an epoch. */
export interface HeldOutLinks {
  readonly validation: Links;
  /** What messages go along; without the validation edges. */
  readonly messages: ItemGraph;
  /** The unpruned graph, against which negatives are rejected. */
  readonly full: ItemGraph;
  readonly features: NodeFeatures;
}

/** The max-margin loss of the held-out edges, and how many score above a negative, over whole neighbourhoods. */
export async function validate(
  model: Hgnn,
  { validation, messages, full, features }: HeldOutLinks,
  { margin, seed }: Pick<HgnnOptions, 'margin' | 'seed'>,
  { signal }: LongWork,
): Promise<Pick<HgnnEpoch, 'validationLoss' | 'validationAccuracy'>> {
  const anchors = validation.anchors.slice(0, VALIDATION_EDGES);
  const positives = validation.positives.slice(0, VALIDATION_EDGES);
  const z = await embedCatalogue(model, messages, features, { signal });
  const { negatives } = await sampleNegatives(
    full,
    { anchors, positives },
    { seed: derive(seed, 'hgnn validation') },
  );
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let i = 0; i < z.cols; i++) sum += z.data[a * z.cols + i]! * z.data[b * z.cols + i]!;
    return sum;
  };
  let [loss, right] = [0, 0];
  for (let e = 0; e < anchors.length; e++) {
    const difference = dot(anchors[e]!, negatives[e]!) - dot(anchors[e]!, positives[e]!);
    loss += Math.max(0, difference + margin);
    right += difference < 0 ? 1 : difference === 0 ? 0.5 : 0;
  }
  return { validationLoss: loss / anchors.length, validationAccuracy: right / anchors.length };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  evaluate,
  meanVectors,
  type NeighbourHits,
  neighbourHits,
  type SystemResult,
  vectorRecommender,
} from '../evaluation/index.js';
import { histories, readDataset } from '../events/index.js';
import type { LongWork } from '../progress/index.js';
import { encodeToFile, makeEncoder } from '../text/index.js';
import type { Config } from './config/index.js';
import { textCacheFolder } from './stages/text.js';
import { catalogueTexts } from './texts.js';
import { timeline, timelineConfig } from './timeline.js';

/** How good an encoder is on the events of a config. */
export interface TextEvaluation {
  readonly encoder: { readonly name: string; readonly dimension: number; readonly fingerprint: string };
  /** Of making the vectors; short where they came from the cache. */
  readonly seconds: number;
  readonly neighbours: NeighbourHits;
  /** LLM-KNN (a user is the mean of the vectors of what they took) on the validation window, by slice. */
  readonly llmKnn: readonly SystemResult[];
}

/**
 * Says without training how good the encoder of a config is for its events: how often neighbours in words share a
 * user (over all events), and what LLM-KNN is worth on the validation window, which choices are made on.
 * @throws CohearError what reading the tables, the encoder and `evaluate` throw; ERR_CANCELLED
 */
export async function evaluateText(
  config: Config,
  work: LongWork & { readonly onWarning?: (message: string) => void } = {},
): Promise<TextEvaluation> {
  const { signal, onProgress } = work;
  const { events, items, users, folder } = config;
  const dataset = await readDataset({ events, items, users }, { folder, signal, onProgress });
  const { catalogue } = dataset;
  const { texts } = await catalogueTexts(config.text, catalogue, {
    ...work,
    folder: textCacheFolder(),
    ...(work.onWarning && { onMessage: work.onWarning }),
  });
  const encoder = await makeEncoder(config.text, config.folder, { ...work, onMessage: work.onWarning });
  const scratch = await mkdtemp(join(tmpdir(), 'cohear-text-'));
  try {
    const start = performance.now();
    using vectors = await encodeToFile(encoder, texts, {
      ...work,
      onPlan: work.onWarning,
      folder: textCacheFolder(),
      path: join(scratch, 'text.safetensors'),
      storage: config.text.storage,
    });
    const seconds = (performance.now() - start) / 1000;
    const withWords = Uint32Array.from(texts.flatMap((text, row) => (text === '' ? [] : [row])));
    const neighbours = await neighbourHits(vectors, withWords, dataset.log, { ...work, seed: config.seed });

    const times = timeline(dataset, {
      ...timelineConfig(config),
      window: 'validation',
    });
    const history = histories(times.known.log, dataset.users.size);
    const { halfLifeDays } = config.knn;
    const { systems } = await evaluate({
      catalogue,
      history,
      judged: times.judged(),
      systems: [
        vectorRecommender('llm-knn', {
          itemVectors: vectors,
          userVectors: meanVectors(history, vectors, {
            cut: times.cut,
            ...(halfLifeDays !== null && { halfLifeDays }),
          }),
        }),
      ],
      seed: config.seed,
      bootstrap: config.evaluation.bootstrap,
      signal,
      onProgress,
    });
    const { name, dimension, fingerprint } = encoder;
    return { encoder: { name, dimension, fingerprint }, seconds, neighbours, llmKnn: systems };
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await encoder.close?.();
  }
}

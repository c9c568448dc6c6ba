import type { Config, PipelineOptions, Recommendations, RunResult } from '../pipeline/index.js';

/** What the commands call. The real one loads each part when it is first needed, so that `--help` is quick. */
export interface Product {
  run(options: PipelineOptions): Promise<RunResult>;
  storedConfig(
    workdir: string,
    overrides: Parameters<typeof import('../pipeline/index.js').storedConfig>[1],
  ): Promise<Config>;
  open(workdir: string): Promise<Recommendations>;
}

export const product: Product = {
  run: async (options) => (await import('../pipeline/index.js')).runPipeline(options),
  storedConfig: async (...args) => (await import('../pipeline/index.js')).storedConfig(...args),
  open: async (workdir) => (await import('../pipeline/recommendations.js')).openRecommendations(workdir),
};

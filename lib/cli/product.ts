import type { Override } from '../pipeline/config/index.js';
import type {
  AblateOptions,
  Ablation,
  evaluateText,
  leakcheck,
  PipelineOptions,
  Recommendations,
  RunResult,
  StoredGraphStats,
  storedConfig,
  TextEvaluation,
  TuneOptions,
  Tuning,
  Variant,
} from '../pipeline/index.js';
import type { LongWork } from '../progress/index.js';
import type { SynthOptions, SynthReport, SynthSizes } from '../synth/index.js';
import type { DistillOptions, StaticTable } from '../text/index.js';

export type { SynthSizes };

/** What the commands call. The real one loads each part when it is first needed, so that `--help` is quick. */
export interface Product {
  run(options: PipelineOptions): Promise<RunResult>;
  storedConfig: typeof storedConfig;
  open(workdir: string): Promise<Recommendations>;
  graphStats(from: { workdir: string } | { file: string }): Promise<StoredGraphStats>;
  /** Loads the config in a file, with overrides, and judges its encoder. */
  evaluateText(
    file: string,
    overrides: readonly Override[],
    work: Parameters<typeof evaluateText>[1],
  ): Promise<TextEvaluation>;
  leakcheck: typeof leakcheck;
  /** The variants that `ablate` would run. */
  variantsOf(options: AblateOptions): Promise<Variant[]>;
  ablate(options: AblateOptions): Promise<Ablation>;
  tune(options: TuneOptions): Promise<Tuning>;
  distill(options: DistillOptions, work: LongWork): Promise<StaticTable>;
  synth(options: SynthOptions): Promise<SynthReport>;
  /** All parameters of a platform, defaults filled in. */
  synthParameters(sizes: SynthSizes): Promise<SynthReport['parameters']>;
}

export const product: Product = {
  run: async (options) => (await import('../pipeline/index.js')).runPipeline(options),
  storedConfig: async (...given) => (await import('../pipeline/index.js')).storedConfig(...given),
  open: async (workdir) => (await import('../pipeline/index.js')).openRecommendations(workdir),
  graphStats: async (from) => (await import('../pipeline/index.js')).storedGraphStats(from),
  evaluateText: async (file, overrides, work) => {
    const { evaluateText, loadConfig } = await import('../pipeline/index.js');
    return evaluateText(await loadConfig(file, overrides), work);
  },
  leakcheck: async (...given) => (await import('../pipeline/index.js')).leakcheck(...given),
  variantsOf: async (options) => (await import('../pipeline/index.js')).variantsOf(options),
  ablate: async (options) => (await import('../pipeline/index.js')).ablate(options),
  tune: async (options) => (await import('../pipeline/index.js')).tune(options),
  distill: async (...given) => (await import('../text/index.js')).distill(...given),
  synth: async (options) => (await import('../synth/index.js')).generate(options),
  synthParameters: async (sizes) => (await import('../synth/index.js')).synthSchema.parse(sizes),
};

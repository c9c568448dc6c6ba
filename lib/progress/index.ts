export { checkCancelled } from './cancel.js';
export { formatBytes, formatCount, formatSeconds } from './format.js';
export { Meter } from './meter.js';
export { createReporter, type Reporter, type ReporterOptions, type ReporterStream } from './reporter.js';

/** How long work tells of itself. One object per named task; `done` and `total` count in `unit`. */
export interface ProgressEvent {
  readonly task: string;
  readonly done: number;
  /** Undefined when it cannot be known. */
  readonly total?: number;
  readonly unit: string;
  /** A short live figure, e.g. "loss 0.1312". */
  readonly note?: string;
}

/** Receives progress; called often, so it must be cheap. */
export type Progress = (event: ProgressEvent) => void;

/** Options that every long operation takes. */
export interface LongWork {
  readonly onProgress?: Progress | undefined;
  /** Stops the work at its next safe point with a CohearError ERR_CANCELLED. */
  readonly signal?: AbortSignal | undefined;
}

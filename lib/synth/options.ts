import { z } from 'zod';

/** Days since 1970-01-01 of the first day of events, 2025-01-06, a Monday. */
export const FIRST_DAY = 20_094;

const count = (least: number, most: number, value: number) => z.int().min(least).max(most).default(value);

/**
 * What `generate` takes. These are the sizes and the one knob; what the generator is calibrated to stands in
 * calibration.ts and is no option.
 */
export const synthSchema = z.strictObject({
  seed: z.int().min(0).default(0),
  users: count(1, 100_000_000, 3_000),
  podcasts: count(1, 20_000_000, 1_500),
  audiobooks: count(1, 20_000_000, 400),
  /** Length of the event log. */
  days: count(28, 1_000, 120),
  /** Mean events of a user, strong and weak. */
  eventsPerUser: z.number().positive().max(2_000).default(30),
  /** 0 to 1: how much of taste goes by hidden communities that only co-interaction reveals. */
  graphSignal: z.number().min(0).max(1).default(0.6),
});

/** Every option with its value. */
export type SynthParameters = z.output<typeof synthSchema>;
/** Options as a caller gives them; all may be left out. */
export type SynthSizes = z.input<typeof synthSchema>;

/** One call of the model: texts of equal token count, so nothing is padded. */
export interface Batch {
  /** Tokens of each text. */
  readonly length: number;
  /** Positions of the texts in the input. */
  readonly texts: Uint32Array;
}

export const BATCH_SIZE = 32;

/**
 * Groups texts by token count, longest first, in input order within a count, at most {@link BATCH_SIZE} to a
 * batch. Texts of no tokens are left out.
 *
 * Equal counts instead of padding: a row then comes from arrays whose shape along the sentence is its own, so it
 * does not change with its neighbours, and no multiplication is spent on padding.
 */
export function batchesByLength(lengths: readonly number[]): Batch[] {
  const byLength = new Map<number, number[]>();
  for (let i = 0; i < lengths.length; i++) {
    if (lengths[i] === 0) continue;
    const group = byLength.get(lengths[i]!);
    if (group) group.push(i);
    else byLength.set(lengths[i]!, [i]);
  }
  const batches: Batch[] = [];
  for (const length of [...byLength.keys()].sort((a, b) => b - a)) {
    const group = byLength.get(length)!;
    for (let at = 0; at < group.length; at += BATCH_SIZE)
      batches.push({ length, texts: Uint32Array.from(group.slice(at, at + BATCH_SIZE)) });
  }
  return batches;
}

import { expect } from 'vitest';
import { CohearError } from '../lib/errors/index.js';

/** The code of the CohearError that body throws or rejects with. */
export async function codeOf(body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    expect(error).toBeInstanceOf(CohearError);
    return (error as CohearError).code;
  }
  return 'no error';
}

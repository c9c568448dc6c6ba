import { CohearError } from '../errors/index.js';
import type { ServiceOptions } from './http.js';

/** Tokens of a text by its size: a quarter of its ASCII characters, and one for each other character. */
export function estimateTokens(text: string): number {
  let other = 0;
  for (const character of text) if (character > '\x7f') other++;
  return Math.ceil((text.length - other) / 4) + other + 2;
}

/** What a service may take in tokens and money, and what it has taken. */
export class Budget {
  private spent = 0;

  /**
   * @param field of the config that holds the limits, for messages
   * @throws CohearError ERR_CONFIG for a limit of cost without a price
   */
  constructor(
    private readonly limits: Pick<ServiceOptions, 'pricePerMillionTokens' | 'limitTokens' | 'limitCost'>,
    private readonly field: string,
  ) {
    if (limits.limitCost !== undefined && limits.pricePerMillionTokens === undefined)
      throw new CohearError('ERR_CONFIG', `${field}.limitCost needs ${field}.pricePerMillionTokens`);
  }

  /**
   * The tokens and their cost in words, asked before anything is sent.
   * @throws CohearError ERR_CONFIG where they and what was spent are over a limit
   */
  plan(tokens: number): string {
    this.check(this.spent + tokens, 'is estimated at');
    const { pricePerMillionTokens: price } = this.limits;
    return `about ${tokens} tokens${price === undefined ? '' : `, a cost of ${((tokens * price) / 1e6).toFixed(2)}`}`;
  }

  /**
   * Counts what an answer took, by its own word where it has one.
   * @throws CohearError ERR_CONFIG once all of it is over a limit: the estimate was wrong
   */
  spend(usage: { readonly total_tokens?: unknown } | undefined, estimate: number): void {
    const told = usage?.total_tokens;
    this.spent += typeof told === 'number' && told >= 0 ? told : estimate;
    this.check(this.spent, 'has used');
  }

  private check(tokens: number, what: string): void {
    const { pricePerMillionTokens: price, limitTokens, limitCost } = this.limits;
    const refuse = (amount: string, limit: string) => {
      throw new CohearError(
        'ERR_CONFIG',
        `${this.field} ${what} ${amount}, over ${this.field}.${limit}: raise it, or take a cheaper model`,
      );
    };
    if (limitTokens !== undefined && tokens > limitTokens)
      refuse(`${tokens} tokens`, `limitTokens = ${limitTokens}`);
    const cost = ((price ?? 0) * tokens) / 1e6;
    if (limitCost !== undefined && cost > limitCost)
      refuse(`a cost of ${cost.toFixed(2)}`, `limitCost = ${limitCost}`);
  }
}

import type { Catalogue } from '../events/index.js';
import type { LongWork } from '../progress/index.js';
import { type Described, describeItems, type ItemTexts, itemTexts, type TextConfig } from '../text/index.js';

export interface CatalogueTexts extends ItemTexts {
  /** What a language model wrote for each row, where the config asks for it. */
  readonly described?: readonly (Described | null)[];
}

/**
 * The text of every item as a config wants it: the template filled in, and what a language model writes from the
 * item's own prompt, as `{generated}`, or at the end where the template does not name it. An item of which nothing
 * is known but its type is not described.
 */
export async function catalogueTexts(
  { template, describe }: TextConfig,
  catalogue: Catalogue,
  work: LongWork & { readonly folder: string; readonly onMessage?: (message: string) => void },
): Promise<CatalogueTexts> {
  if (describe === undefined) return itemTexts(catalogue, template);
  const { endpoint: url, prompt, ...options } = describe;
  const bare = itemTexts(catalogue, template, { generated: catalogue.ids.map(() => null) }).texts;
  const prompts = itemTexts(catalogue, prompt).texts.map((text, row) => (bare[row] === '' ? '' : text));
  const described = await describeItems(prompts, { url, ...options }, work);
  const whole = template.includes('{generated}') ? template : `${template} {generated}`;
  return {
    ...itemTexts(catalogue, whole, { generated: described.map((one) => one?.text ?? null) }),
    described,
  };
}

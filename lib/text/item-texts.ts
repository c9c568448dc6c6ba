import { CohearError } from '../errors/index.js';
import type { Catalogue } from '../events/index.js';
import { cleanText } from './clean.js';

export interface ItemTexts {
  /** One text per catalogue row; '' where the row has none of the template's fields. */
  readonly texts: string[];
  /** How many rows have an empty text (their vectors are zero). */
  readonly empty: number;
}

export const DEFAULT_TEMPLATE = '{title}. {description}';

/** A template cut in fields and the literal text before each of them. */
interface Part {
  readonly before: string;
  readonly field: string;
}

function parse(template: string): { parts: Part[]; after: string } {
  const parts: Part[] = [];
  let end = 0;
  for (const match of template.matchAll(/\{([^{}]*)\}/g)) {
    parts.push({ before: template.slice(end, match.index), field: match[1]!.trim() });
    end = match.index + match[0].length;
  }
  return { parts, after: template.slice(end) };
}

/**
 * The text of every catalogue row, from a template such as "{title}. {description}": `{title}`,
 * `{description}`, `{type}` or any categorical column. Values are cleaned of HTML and extra space. What stands
 * between two fields appears only between two that have a value, so a missing title leaves no ". " behind.
 * @param more columns besides, a value per row
 * @throws CohearError ERR_CONFIG for a template without a field or with an unknown one
 */
export function itemTexts(
  catalogue: Catalogue,
  template: string = DEFAULT_TEMPLATE,
  more: Readonly<Record<string, readonly (string | null)[]>> = {},
): ItemTexts {
  const { parts, after } = parse(template);
  const columns: Readonly<Record<string, (row: number) => string | null | undefined>> = {
    ...Object.fromEntries(
      Object.entries({ ...catalogue.categories, ...more }).map(([name, values]) => [
        name,
        (row: number) => values[row],
      ]),
    ),
    title: (row) => catalogue.titles[row],
    description: (row) => catalogue.descriptions[row],
    type: (row) => catalogue.types[catalogue.typeOf(row)],
  };
  const known = Object.keys(columns)
    .sort()
    .map((name) => `{${name}}`)
    .join(', ');
  if (parts.length === 0)
    throw new CohearError('ERR_CONFIG', `text template "${template}" names no field; it may use ${known}`);
  const fields = parts.map(({ before, field }) => {
    if (!Object.hasOwn(columns, field))
      throw new CohearError('ERR_CONFIG', `text template: no field {${field}}; there are ${known}`);
    return { before, read: columns[field]! };
  });
  const first = fields[0]!.before;
  const texts: string[] = new Array(catalogue.size);
  let empty = 0;
  for (let row = 0; row < catalogue.size; row++) {
    let text = '';
    for (const { before, read } of fields) {
      const value = cleanText(read(row) ?? '');
      if (value !== '') text += text === '' ? value : before + value;
    }
    texts[row] = text === '' ? '' : (first + text + after).trim();
    if (text === '') empty++;
  }
  return { texts, empty };
}

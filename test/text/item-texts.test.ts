import { describe, expect, it } from 'vitest';
import type { Catalogue } from '../../lib/events/index.js';
import { cleanText, itemTexts } from '../../lib/text/index.js';

function catalogue(
  rows: [title: string | null, description: string | null, genre: string | null][],
): Catalogue {
  const ids = rows.map((_, i) => `i${i}`);
  return {
    size: rows.length,
    ids,
    types: ['book'],
    typeOffsets: Uint32Array.of(0, rows.length),
    titles: rows.map(([title]) => title),
    descriptions: rows.map(([, description]) => description),
    categories: { genre: rows.map(([, , genre]) => genre) },
    rowOf: (id) => ids.indexOf(id),
    typeOf: () => 0,
  };
}

describe('itemTexts', () => {
  const items = catalogue([
    ['Dune', 'A desert planet', 'sf'],
    [null, 'Only words', null],
    ['Only title', '  ', 'art'],
    [null, null, 'x'],
    ['<b>Salt &amp; Pepper</b>', null, null],
  ]);

  it('fills the template and leaves nothing behind where a field is missing', () => {
    const { texts, empty } = itemTexts(items);
    expect(texts).toEqual(['Dune. A desert planet', 'Only words', 'Only title', '', 'Salt & Pepper']);
    expect(empty).toBe(1);
  });

  it('takes categories and the type, and keeps what stands before the first and after the last field', () => {
    const { texts } = itemTexts(items, 'query: {title} [{genre}] ({type})');
    expect(texts[0]).toBe('query: Dune [sf] (book)');
    expect(texts[1]).toBe('query: book)');
    expect(itemTexts(items, '{ title }!').texts).toEqual(['Dune!', '', 'Only title!', '', 'Salt & Pepper!']);
  });

  it('names an unknown field and what there is; wants at least one', () => {
    const config = (message: RegExp) =>
      expect.objectContaining({ code: 'ERR_CONFIG', message: expect.stringMatching(message) });
    expect(() => itemTexts(items, '{titel}')).toThrow(
      config(/no field \{titel\}; there are .*\{genre\}.*\{title\}/),
    );
    expect(() => itemTexts(items, 'title')).toThrow(config(/names no field/));
    expect(() => itemTexts(items, '{toString}')).toThrow(config(/no field/));
  });
});

describe('cleanText', () => {
  it.each([
    ['<p>One</p><p>two</p>', 'One two'],
    ['a<br/>b', 'a b'],
    ['<script>x < 1</script>kept<!-- gone -->', 'kept'],
    ['1 < 2 and 3 > 2', '1 < 2 and 3 > 2'],
    ['AT&amp;T &#39;90s &#x2014; R&D &nosuch;', "AT&T '90s — R&D &nosuch;"],
    ['&amp;lt;', '&lt;'],
    ['Caf&eacute;&reg; &frac12; &Eacute;t&eacute; &hearts; &#128;5', 'Café® ½ Été ♥ €5'],
    ['R&B &copy 2001 ?a=1&lang=en', 'R&B &copy 2001 ?a=1&lang=en'],
    ['&#0;&#xD800;&#1114112;x', 'x'],
    ['  tabs\t\n\u00a0and\u0000 nul ', 'tabs and nul'],
    ['e\u0301', '\u00e9'],
    ['half \ud83d pair', 'half pair'],
    ['', ''],
  ])('%j -> %j', (raw, clean) => {
    expect(cleanText(raw)).toBe(clean);
  });
});

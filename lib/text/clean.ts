const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
};

function decode(whole: string, body: string): string {
  if (!body.startsWith('#')) return ENTITIES[body] ?? whole;
  const hex = body[1] === 'x' || body[1] === 'X';
  const code = Number.parseInt(body.slice(hex ? 2 : 1), hex ? 16 : 10);
  const valid = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return valid ? String.fromCodePoint(code) : ' ';
}

/**
 * Readable text from what catalogues hold: tags (with the content of script and style) become spaces,
 * character references their characters, runs of white space and control characters one space; NFC.
 * A bare "<" that opens no tag stays.
 */
export function cleanText(raw: string): string {
  let text = raw;
  if (text.includes('<'))
    text = text
      .replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, ' ')
      .replace(/<!--[\s\S]*?-->/g, ' ')
      .replace(/<\/?[a-z][^<>]*>/gi, ' ');
  if (text.includes('&')) text = text.replace(/&(#\d{1,7}|#[xX][\da-fA-F]{1,6}|[a-z]{2,6});/g, decode);
  return text
    .normalize('NFC')
    .replace(/\p{Cs}/gu, ' ') // half a surrogate pair
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

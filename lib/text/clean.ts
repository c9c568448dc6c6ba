import { decodeHTMLStrict } from 'entities';

/**
 * Readable text from what catalogues hold: tags (with the content of script and style) become spaces, character
 * references (all of HTML's, where their semicolon is there) their characters, runs of white space and control
 * characters one space; NFC. A bare "<" that opens no tag stays.
 */
export function cleanText(raw: string): string {
  let text = raw;
  if (text.includes('<'))
    text = text
      .replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, ' ')
      .replace(/<!--[\s\S]*?-->/g, ' ')
      .replace(/<\/?[a-z][^<>]*>/gi, ' ');
  if (text.includes('&')) text = decodeHTMLStrict(text);
  return text
    .normalize('NFC')
    .replace(/[\p{Cs}\ufffd]/gu, ' ') // half a surrogate pair, a reference to no character
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

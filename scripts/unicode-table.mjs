// Writes native/text/unicode_table.inc: what BERT's uncased normaliser and pre-tokeniser make of every code point,
// asked of Hugging Face's `tokenizers` itself, so that our ids equal its. Run again when that package changes.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bertNormalizer, bertPreTokenizer } from 'tokenizers';

const OUT = fileURLToPath(new URL('../native/text/unicode_table.inc', import.meta.url));
const LAST = 0x10ffff;
const normalizer = bertNormalizer();
const splitter = bertPreTokenizer();
const codes = (text) => [...text].map((c) => c.codePointAt(0));

/** [kind, characters]: drop, space, word (characters of a word), alone (a word by itself). */
function actionOf(code) {
  if (code >= 0xd800 && code <= 0xdfff) return ['drop', []];
  const text = normalizer.normalizeString(`a${String.fromCodePoint(code)}b`);
  const inner = text.slice(1, -1);
  if (inner === '') return ['drop', []];
  const pieces = splitter.preTokenizeString(text).map(([piece]) => piece);
  if (pieces.join() === 'a,b') return ['space', []];
  if (pieces.length === 1) return ['word', codes(inner)];
  if (pieces.length === 3 && pieces[0] === 'a' && pieces[2] === 'b') return ['alone', codes(pieces[1])];
  throw new Error(`U+${code.toString(16)} becomes ${JSON.stringify(text)}, cut as ${JSON.stringify(pieces)}`);
}

const runs = [];
const many = [];
for (let code = 0x80; code <= LAST; code++) {
  if (code === 0xac00) {
    runs.push([code, 'kHangul', 0]); // decomposed by rule
    code = 0xd7a3;
    continue;
  }
  const [kind, out] = actionOf(code);
  const [name, delta] =
    out.length > 1
      ? ['kMany', many.push([code, ...out]) - 1]
      : [{ drop: 'kDrop', space: 'kSpace', word: 'kWord', alone: 'kAlone' }[kind], (out[0] ?? code) - code];
  if (kind === 'alone' && out.length !== 1) throw new Error(`U+${code.toString(16)}: several, alone`);
  const last = runs.at(-1);
  if (last?.[1] === name && last[2] === delta && name !== 'kMany') continue;
  runs.push([code, name, delta]);
}

const wrap = (entries) => {
  const lines = [''];
  for (const entry of entries) {
    if (lines.at(-1).length + entry.length > 108) lines.push('');
    lines[lines.length - 1] += `${entry}, `;
  }
  return lines.map((line) => line.trimEnd()).join('\n');
};
writeFileSync(
  OUT,
  `// Written by scripts/unicode-table.mjs; do not edit.
// From the first code point of each entry to that of the next: what becomes of it, and how far its character lies.
constexpr Run kRuns[] = {
${wrap(runs.map(([code, kind, delta]) => `{${code}, ${kind}, ${delta}}`))}
};
// Code points that become several, at most three.
constexpr Several kSeveral[] = {
${wrap(many.map(([, a, b, c]) => `{${a}, ${b}, ${c ?? 0}}`))}
};
`,
);
console.error(`${OUT}: ${runs.length} runs, ${many.length} of several characters`);

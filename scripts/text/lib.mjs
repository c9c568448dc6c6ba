// What the scripts of this folder share. They need dist and COHEAR_SHARED, and write the tables of docs/text.md.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

export const MODEL = resolve(process.env.COHEAR_SHARED ?? '../shared', 'models/all-MiniLM-L6-v2');
export const CONFIG = 'examples/food-kitchen/cohear.config.ts';
const PORT = 8484; // always the same: rows of an endpoint are kept under its address

/** The endpoint around {@link MODEL}; every `trouble`th request goes wrong, 0 for none. */
export async function startEmbeddings({ trouble = 0 } = {}) {
  const child = spawn(
    process.execPath,
    [
      'examples/embeddings-server/main.mjs',
      '--model',
      MODEL,
      '--port',
      String(PORT),
      '--trouble',
      String(trouble),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  const ended = new Promise((done) => child.on('close', done));
  await Promise.race([
    new Promise((done) => child.stdout.once('data', done)),
    ended.then((code) => Promise.reject(new Error(`the embeddings server ended with ${code}`))),
  ]);
  return {
    encoder: {
      endpoint: `http://127.0.0.1:${PORT}/v1`,
      model: 'all-MiniLM-L6-v2',
      dimension: 384,
      pauseSeconds: 0.1,
    },
    /** Ends it, and says how many texts it encoded. */
    async stop() {
      child.kill('SIGTERM');
      await ended;
      return { texts: Number(/encoded (\d+) texts/.exec(said)?.[1]) };
    },
  };
}

export const interval = ({ value, low, high }) =>
  `${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;

/** A Markdown table. */
export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Puts `text` between docs/text.md's markers of that name. */
export function writePart(name, text) {
  const page = 'docs/text.md';
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const whole = readFileSync(page, 'utf8');
  const [from, to] = [whole.indexOf(begin), whole.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`${page} lacks ${begin} … ${end}`);
  writeFileSync(page, `${whole.slice(0, from)}${begin}\n${text}\n${whole.slice(to)}`);
}

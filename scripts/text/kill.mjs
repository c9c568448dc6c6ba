// Kills `cohear text eval` at random moments while it encodes food-kitchen's titles, starts it again, and counts what
// was encoded twice; puts what it found into docs/text.md with --write:
//
//     node scripts/text/kill.mjs [onnx endpoint] [--kills 5] [--write]
//
// Each encoder has an empty cache of its own, whose rows are read back and compared with those of a run without kills: a
// key that is there twice was encoded again although it was finished. What the endpoint was asked for beyond the
// distinct titles was under way at a kill.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CONFIG, MODEL, startEmbeddings, table, writePart } from './lib.mjs';

const { values, positionals } = parseArgs({
  options: { kills: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const { textCacheFolder } = await import('../../dist/pipeline/stages/text.js');
const USUAL = textCacheFolder();
const kinds = positionals.length > 0 ? positionals : ['onnx', 'endpoint'];
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** The keys of all rows in a cache, with a hash of their rows. */
function keptRows(cache) {
  const rows = [];
  for (const name of readdirSync(cache, { recursive: true }).filter((file) => file.endsWith('.rows'))) {
    const bytes = readFileSync(join(cache, name));
    const head = bytes.indexOf('\n') + 1;
    if (head === 0) continue;
    const size = 36 + 4 * JSON.parse(bytes.subarray(0, head)).dimension;
    for (let at = head; at + size <= bytes.length; at += size)
      rows.push([
        bytes.toString('hex', at, at + 32),
        createHash('sha256')
          .update(bytes.subarray(at + 32, at + size))
          .digest('hex'),
      ]);
  }
  return rows;
}

function start(cache, encoder) {
  const child = spawn(
    process.execPath,
    [
      ...['bin/cohear.mjs', 'text', 'eval', '--config', CONFIG, '--json'],
      ...['--set', `text.encoder=${JSON.stringify(encoder)}`, '--set', 'evaluation.bootstrap=10'],
    ],
    { env: { ...process.env, COHEAR_CACHE: cache }, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let out = '';
  child.stdout.on('data', (data) => (out += data));
  return {
    child,
    ended: new Promise((done) => child.on('close', (code) => done({ code, out }))),
  };
}

async function run(kind) {
  const cache = mkdtempSync(join(tmpdir(), 'cohear-kill-'));
  // Without a kill, in the usual cache: quick where the rows are there already.
  const first = kind === 'endpoint' ? await startEmbeddings() : undefined;
  await start(USUAL, first?.encoder ?? { onnx: MODEL }).ended;
  await first?.stop();
  const server = kind === 'endpoint' ? await startEmbeddings() : undefined;
  const encoder = server?.encoder ?? { onnx: MODEL };
  const kept = [];
  for (let kill = 0; kill < Number(values.kills); kill++) {
    const before = keptRows(cache).length;
    const { child, ended } = start(cache, encoder);
    while (keptRows(cache).length === before && child.exitCode === null) await pause(50);
    await pause(Math.random() * 4000);
    child.kill('SIGKILL');
    const { code } = await ended;
    if (code === 0) throw new Error(`${kind}: it was finished before kill ${kill + 1}`);
    kept.push(keptRows(cache).length);
    console.error(`${kind}: killed with ${kept.at(-1)} rows kept`);
  }
  const { code, out } = await start(cache, encoder).ended;
  const asked = (await server?.stop())?.texts;
  const rows = keptRows(cache);
  const result = {
    kind,
    kept,
    titles: new Set(rows.map(([key]) => key)).size,
    twice: rows.length - new Set(rows.map(([key]) => key)).size,
    again: asked && asked - rows.length,
    rows: new Map(rows),
    hitRate: code === 0 && JSON.parse(out)['neighbour_hit_rate@10'],
  };
  const unbroken = new Map(keptRows(USUAL));
  result.same = rows.every(([key, row]) => unbroken.get(key) === row) ? 'yes' : 'NO';
  rmSync(cache, { recursive: true });
  return result;
}

const results = [];
for (const kind of kinds) results.push(await run(kind));
const text = `${table(
  [
    'encoder',
    'distinct titles',
    'rows kept at each SIGKILL',
    'finished and encoded again',
    'under way at a kill, asked again',
    'same bits as without kills',
  ],
  results.map(({ kind, titles, kept, twice, again, same }) => [
    `\`${kind}\``,
    titles.toLocaleString('en'),
    kept.map((count) => count.toLocaleString('en')).join('; '),
    twice,
    again ?? '',
    same,
  ]),
)}

Made by \`node scripts/text/kill.mjs --write\`.`;
if (values.write) writePart('kills', text);
else console.log(text);

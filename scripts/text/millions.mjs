// A catalogue of millions through the text stage of `cohear run`, and the table of it in docs/text.md:
//
//     node scripts/text/millions.mjs [built-in endpoint] [--items 2000000] [--asked 200000] [--write]
//
// Titles are made of the words of food-kitchen's, the first half of one and the second half of another, with a number
// that makes each its own. "built-in" encodes all of them; "endpoint" asks a server on this machine, which answers at
// once with vectors of 384 numbers, for the first `--asked`. Each run is a process of its own with an empty cache; its
// memory is compared with that of a process that only reads the catalogue.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table, writePart } from './lib.mjs';

const { values, positionals } = parseArgs({
  options: {
    items: { type: 'string', default: '2000000' },
    asked: { type: 'string', default: '200000' },
    write: { type: 'boolean', default: false },
    // Of the processes that this one starts:
    child: { type: 'string' },
    folder: { type: 'string' },
    url: { type: 'string' },
  },
  allowPositionals: true,
});
const self = fileURLToPath(import.meta.url);
const DIMENSION = 384;
const mb = (bytes) => Math.round(bytes / 1e6).toLocaleString('en');

/** items.parquet and events.parquet in a folder. */
async function makeData(folder, items) {
  const { DuckDBInstance } = createRequire(import.meta.url)('@duckdb/node-api');
  const titles = resolve(process.env.COHEAR_SHARED ?? '../shared', 'data/food-kitchen/items.parquet');
  const database = await (await DuckDBInstance.create(':memory:')).connect();
  await database.run(`CREATE TABLE titles AS
    SELECT row_number() OVER (ORDER BY item_id) - 1 AS n, string_split(title, ' ') AS words
    FROM read_parquet('${titles}') WHERE length(title) > 0`);
  const count = (await database.runAndReadAll('SELECT count(*) FROM titles')).getRows()[0][0];
  await database.run(`COPY (
    SELECT format('i{:07d}', i) AS id, 'item' AS kind,
      array_to_string(a.words[:len(a.words) // 2 + 1] || b.words[len(b.words) // 2 + 1:], ' ') || ' ' || i AS title
    FROM range(${items}) r(i)
    JOIN titles a ON a.n = i % ${count} JOIN titles b ON b.n = CAST(hash(i) % ${count} AS BIGINT)
  ) TO '${join(folder, 'items.parquet')}' (FORMAT parquet)`);
  await database.run(`COPY (
    SELECT format('u{}', i // 10) AS u, format('i{:07d}', hash(i) % ${items}) AS i,
      make_timestamp(1700000000000000 + i * 1000000) AS t
    FROM range(100000) r(i)
  ) TO '${join(folder, 'events.parquet')}' (FORMAT parquet)`);
}

/** Reads the catalogue of a folder, encodes its titles, and tells the parent what that took. */
async function child(kind) {
  const { resolveConfig, runStages } = await import('../../dist/pipeline/index.js');
  const { eventsStage } = await import('../../dist/pipeline/stages/events.js');
  const { textStage } = await import('../../dist/pipeline/stages/text.js');
  const encoder =
    kind === 'endpoint'
      ? { endpoint: values.url, model: 'constant', dimension: DIMENSION, keyEnv: undefined }
      : 'built-in';
  const config = resolveConfig(
    {
      events: { file: 'events.parquet', columns: { user: 'u', item: 'i', time: 't' } },
      items: { file: 'items.parquet', columns: { item: 'id', type: 'kind', title: 'title' } },
      text: { template: '{title}', encoder },
    },
    values.folder,
  );
  const run = (stages) => runStages({ stages, config, seed: 1, workdir: join(values.folder, 'run') });
  if (kind === 'read') {
    await run([eventsStage]);
    return process.send({});
  }
  if (kind === 'load') {
    const { loadDataset } = await import('../../dist/events/index.js');
    const [folder] = readdirSync(join(values.folder, 'run/events'));
    const dataset = await loadDataset(join(values.folder, 'run/events', folder));
    return process.send({ items: dataset.catalogue.size, peak: process.resourceUsage().maxRSS * 1024 });
  }
  const { manifest } = await run([eventsStage, textStage]);
  const { seconds, counts } = manifest.stages.text;
  process.send({ items: counts.items, seconds, peak: process.resourceUsage().maxRSS * 1024 });
}

async function start(kind, folder, more = []) {
  const cache = join(folder, `cache-${kind}`);
  const running = fork(self, ['--child', kind, '--folder', folder, ...more], {
    env: { ...process.env, COHEAR_CACHE: cache },
  });
  const told = once(running, 'message');
  const [code] = await once(running, 'exit');
  if (code !== 0) throw new Error(`${kind} ended with ${code}`);
  return (await told)[0];
}

/** An endpoint that gives every text one vector, in a process of its own. */
async function startServer() {
  const server = spawn(process.execPath, [self, '--child', 'server'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(server.stdout, 'data');
  return { url: String(line).trim(), stop: () => server.kill() };
}
function serve() {
  const vector = JSON.stringify(Array.from({ length: DIMENSION }, (_, i) => Math.sin(i) / 14));
  createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { input } = JSON.parse(Buffer.concat(chunks));
    const data = input.map((_, index) => `{"index":${index},"embedding":${vector}}`);
    response.setHeader('content-type', 'application/json');
    response.end(`{"data":[${data.join()}],"usage":{"total_tokens":${16 * input.length}}}`);
  }).listen(0, '127.0.0.1', function () {
    console.log(`http://127.0.0.1:${this.address().port}/v1`);
  });
}

async function measure(kind) {
  const folder = mkdtempSync(join(tmpdir(), 'cohear-millions-'));
  const server = kind === 'endpoint' ? await startServer() : undefined;
  try {
    await makeData(folder, Number(kind === 'endpoint' ? values.asked : values.items));
    await start('read', folder);
    const loaded = await start('load', folder);
    const encoded = await start(kind, folder, server && ['--url', server.url]);
    const [text] = readdirSync(join(folder, 'run/text'));
    const { size } = statSync(join(folder, 'run/text', text, 'text.safetensors'));
    return [
      `\`${kind}\``,
      encoded.items.toLocaleString('en'),
      encoded.seconds.toFixed(1),
      Math.round(encoded.items / encoded.seconds).toLocaleString('en'),
      mb(loaded.peak),
      mb(encoded.peak),
      mb(size),
    ];
  } finally {
    server?.stop();
    rmSync(folder, { recursive: true });
  }
}

if (values.child === 'server') serve();
else if (values.child) await child(values.child);
else {
  const rows = [];
  for (const kind of positionals.length > 0 ? positionals : ['built-in', 'endpoint'])
    rows.push(await measure(kind));
  const text = `${table(
    [
      'encoder',
      'titles',
      'seconds',
      'titles/s',
      'peak MB of reading the catalogue',
      'peak MB of the text stage',
      'MB of vectors',
    ],
    rows,
  )}

Seconds of the text stage from an empty cache to its artifact; the memory is all of its process. Made by \`node scripts/text/millions.mjs --write\`.`;
  if (values.write) writePart('millions', text);
  else console.log(text);
}

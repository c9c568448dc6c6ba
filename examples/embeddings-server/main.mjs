// An OpenAI-compatible embeddings endpoint around a local ONNX encoder: to try `text.encoder: { endpoint }` with,
// without an account anywhere, or to serve one model to several machines.
//
//     node examples/embeddings-server/main.mjs --model models/all-MiniLM-L6-v2 --port 8484
//     curl -s http://127.0.0.1:8484/v1/embeddings -H 'content-type: application/json' \
//       -d '{"model": "all-MiniLM-L6-v2", "input": ["a cast iron pan"]}'
//
// Where COHEAR_SERVER_KEY is set, requests need it as their bearer token. `--trouble 7` makes every seventh request
// go wrong, each time in another of the ways in which services do: what a client makes of it should be the same.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { onnxEncoder } from 'cohear';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    port: { type: 'string', default: '8484' },
    host: { type: 'string', default: '127.0.0.1' },
    trouble: { type: 'string', default: '0' },
  },
});
if (values.model === undefined) {
  console.error('want --model FOLDER: a sentence encoder in Hugging Face layout');
  process.exit(2);
}
const folder = resolve(values.model);
const name = basename(folder);
const key = process.env.COHEAR_SERVER_KEY;
const encoder = await onnxEncoder({ folder });
const { Tokenizer } = createRequire(import.meta.url)('tokenizers');
const tokenizer = Tokenizer.fromFile(join(folder, 'tokenizer.json'));
const MOST_TEXTS = 2048;

function send(response, status, value, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}
const refuse = (response, status, message) => send(response, status, { error: { message } });

/** What services do on a bad day; the first two as if the request had never come. */
const TROUBLES = [
  (response) => send(response, 429, { error: { message: 'slow down' } }, { 'retry-after': '0' }),
  (response) => refuse(response, 503, 'busy'),
  (response) => response.destroy(),
  (response, answer) => response.end(JSON.stringify(answer).slice(0, -40)),
  (response, answer) => send(response, 200, { ...answer, data: answer.data.slice(1).reverse() }),
  (response, answer) =>
    send(response, 200, {
      ...answer,
      data: answer.data.map((one) => ({ ...one, embedding: one.embedding.map(() => null) })),
    }),
];

let requests = 0;
let encoded = 0;
async function embeddings(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let input;
  try {
    ({ input } = JSON.parse(Buffer.concat(chunks)));
  } catch {
    return refuse(response, 400, 'the body is no JSON');
  }
  const texts = typeof input === 'string' ? [input] : input;
  if (!Array.isArray(texts) || texts.length === 0 || !texts.every((text) => typeof text === 'string'))
    return refuse(response, 400, '"input" must be a text or a list of texts');
  if (texts.length > MOST_TEXTS) return refuse(response, 413, `at most ${MOST_TEXTS} texts`);
  const every = Number(values.trouble);
  requests++;
  const trouble = every > 0 && requests % every === 0 && TROUBLES[(requests / every) % TROUBLES.length];
  if (trouble && trouble.length === 1) return trouble(response);

  const rows = await encoder.encode(texts);
  encoded += texts.length;
  const tokens = (await tokenizer.encodeBatch(texts)).reduce((sum, one) => sum + one.getIds().length, 0);
  const answer = {
    object: 'list',
    model: name,
    data: texts.map((_, index) => ({
      object: 'embedding',
      index,
      embedding: Array.from(rows.data.subarray(index * rows.cols, (index + 1) * rows.cols)),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
  return trouble ? trouble(response, answer) : send(response, 200, answer);
}

const server = createServer((request, response) => {
  const path = request.url.split('?')[0];
  if (request.method === 'GET' && path === '/v1/models')
    return send(response, 200, { object: 'list', data: [{ id: name, object: 'model' }] });
  if (request.method !== 'POST' || path !== '/v1/embeddings') return refuse(response, 404, 'no such page');
  if (key !== undefined && request.headers.authorization !== `Bearer ${key}`)
    return refuse(response, 401, 'a key is wanted');
  embeddings(request, response).catch((error) => refuse(response, 500, error.message));
});
server.listen(Number(values.port), values.host, () => {
  const { address, port } = server.address();
  console.log(`http://${address}:${port}/v1 serves ${name}, ${encoder.dimension} dimensions`);
});
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    server.close();
    server.closeAllConnections();
    console.log(`encoded ${encoded} texts for ${requests} requests`);
    void encoder.close().then(() => process.exit(0));
  });

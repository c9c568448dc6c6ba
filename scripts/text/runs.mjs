// food-kitchen end to end with each kind of encoder, and the table of it in docs/text.md:
//
//     node scripts/text/runs.mjs [built-in onnx endpoint] [--epochs 2] [--steps 25] [--folder build/text-runs] [--write]
//
// Each is a whole `cohear run`, judged on the validation window, with less training than the example has (epochs and
// steps of the HGNN, as many epochs of the towers): the kinds are compared with each other. "endpoint" is examples/embeddings-server with the model of "onnx" behind it,
// and every seventh of its answers goes wrong. What is there is not done again; --write puts the table into the page.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CONFIG, interval, MODEL, startEmbeddings, table, writePart } from './lib.mjs';

const { values, positionals } = parseArgs({
  options: {
    epochs: { type: 'string', default: '2' },
    steps: { type: 'string', default: '25' },
    folder: { type: 'string', default: 'build/text-runs' },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const SYSTEMS = ['popularity-7d', 'llm-knn', 'hgnn-knn', '2t', '2t-hgnn'];
const kinds = positionals.length > 0 ? positionals : ['built-in', 'onnx', 'endpoint'];

async function run(kind) {
  const server = kind === 'endpoint' ? await startEmbeddings({ trouble: 7 }) : undefined;
  const settings = {
    'text.encoder': { 'built-in': 'built-in', onnx: { onnx: MODEL }, endpoint: server?.encoder }[kind],
    'hgnn.epochs': Number(values.epochs),
    'hgnn.stepsPerEpoch': Number(values.steps),
    'twoTower.epochs': Number(values.epochs),
    'evaluation.systems': SYSTEMS,
    'evaluation.window': 'validation',
  };
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [
      'bin/cohear.mjs',
      'run',
      ...['--config', CONFIG, '--workdir', join(values.folder, kind)],
      ...Object.entries(settings).flatMap(([path, value]) => ['--set', `${path}=${JSON.stringify(value)}`]),
    ],
    { stdio: 'inherit' },
  );
  const code = await new Promise((done) => child.on('close', done));
  await server?.stop();
  if (code !== 0) throw new Error(`${kind}: cohear run ended with ${code}`);
  console.error(`${kind}: ${Math.round((performance.now() - start) / 1000)} s`);
}

for (const kind of kinds) await run(kind);

const rows = kinds.map((kind) => {
  const { systems } = JSON.parse(readFileSync(join(values.folder, kind, 'evaluation.json'), 'utf8'));
  const of = (name) =>
    systems.find(
      (s) => s.name === name && [s.scope, s.users, s.items, s.candidates].every((part) => part === 'all'),
    );
  return [`\`${kind}\``, ...SYSTEMS.map((name) => interval(of(name).metrics['hr@10']))];
});
const text = `${table(['encoder', ...SYSTEMS], rows)}

\`cohear run\` on food-kitchen, validation window, HR@10 on all types with 95 % intervals; ${values.epochs} epochs of ${values.steps} steps of the HGNN, ${values.epochs} of the towers. Made by \`node scripts/text/runs.mjs --write\`.`;
if (values.write) writePart('runs', text);
else console.log(text);

// The tensor backend beside tfjs's other backends and torch: the same tfjs program in one process per backend (and the
// same work in torch, eager), turn by turn. wasm, one thread and an order of magnitude slower, takes part in one round,
// without the largest batch.
// Usage: node bench/versus/tfjs.mjs [--only REGEX] [--rounds 3] [--seconds 1] [--peer node,torch,wasm,cpu]
// COHEAR_PEERS_TFJS is the folder of the peers' npm packages (build/peers-tfjs unless set; made when it is missing).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { threads as poolThreads } from '../../dist/index.js';
import { ensurePeers, python, scripts } from '../lib/peers.mjs';
import { emit, median } from '../lib/subject.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '^(?!add)' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    peer: { type: 'string', default: 'node,torch,wasm' },
    threads: { type: 'string' }, // given by the runner; every backend but wasm (one thread) uses all
  },
});
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = resolve(process.env.COHEAR_PEERS_TFJS ?? join(root, 'build/peers-tfjs'));
if (!existsSync(join(folder, 'node_modules'))) {
  console.error(`versus: making the peers' packages in ${folder} (a minute, 0.9 GB)`);
  const { status } = spawnSync('sh', [join(scripts, 'tfjs/setup.sh'), folder], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`the peers' setup ended with status ${status}`);
}
const PEERS = {
  node: '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: '@tensorflow/tfjs',
  torch: 'torch',
};
const ours = join(root, 'dist/tensor/index.js');

/** The peers' program with more runs before it measures: JavaScript is compiled only after some. */
function warmedUp() {
  const [once, more] = [
    'if (!slow) tf.tidy(run);',
    'for (let i = 0; !slow && (i === 0 || (i < 100 && performance.now() - t < 1500)); i++) tf.tidy(run);',
  ];
  const source = readFileSync(join(scripts, 'tfjs/bench.mjs'), 'utf8');
  if (!source.includes(once)) throw new Error(`bench.mjs has no "${once}" any more; change tfjs.mjs with it`);
  const file = join(mkdtempSync(join(tmpdir(), 'cohear-versus-')), 'bench.mjs');
  writeFileSync(file, source.replace(once, more));
  return file;
}
const program = warmedUp();
process.on('exit', () => rmSync(dirname(program), { recursive: true, force: true }));
if (values.peer.split(',').includes('torch')) ensurePeers();

/** Milliseconds of each case on a backend, in a process of its own. */
function run(name, only) {
  const [runner, args] =
    name === 'torch'
      ? [python(), [join(root, 'bench/versus/torch_cases.py'), scripts, only, values.seconds]]
      : [process.execPath, [program, modules[name], `--only=${only}`, `--seconds=${values.seconds}`]];
  const { stdout, status } = spawnSync(runner, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} ended with status ${status}`);
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return new Map(lines.map((line) => JSON.parse(line)).map((figure) => [figure.case, figure]));
}

const modules = { cohear: ours };
for (const name of values.peer.split(',')) modules[name] = PEERS[name];
const figures = new Map(); // case -> backend -> figures of every round
for (let round = 0; round < Number(values.rounds); round++) {
  for (const name of Object.keys(modules)) {
    if (name === 'wasm' && round > 0) continue;
    const only = name === 'wasm' ? `(?!.*step 4096)${values.only}` : values.only;
    for (const [test, figure] of run(name, only)) {
      const of = figures.get(test) ?? {};
      (of[name] ??= []).push(figure);
      figures.set(test, of);
    }
  }
}
/** The same work: results agree to what float32 keeps, in another order of adding. */
const agree = (a, b) => Math.abs(a - b) <= 1e-3 * Math.max(1, Math.abs(a), Math.abs(b));
for (const [test, { cohear, ...peers }] of figures) {
  const time = (list) => median(list.map(({ ms_median }) => ms_median));
  if (cohear === undefined) continue; // a case of torch's own
  if (cohear.some(({ error }) => error)) {
    console.error(`versus: ${test}: ${cohear[0].error}`);
    continue;
  }
  const threads = poolThreads();
  emit(test, 'time_median', time(cohear), 'ms', threads, { rounds: cohear.length });
  for (const [name, list] of Object.entries(peers)) {
    if (list.some(({ error }) => error)) {
      console.error(`versus: ${test} on ${name}: ${list[0].error}`);
      continue;
    }
    if (!agree(list[0].first, cohear[0].first))
      console.error(
        `versus: ${test}: ${name} gives ${list[0].first}, we ${cohear[0].first}; not the same work`,
      );
    const peer = name === 'torch' ? list[0].backend : `tfjs-${name}`;
    const ratios = list.map(({ ms_median }, i) => ms_median / cohear[i].ms_median);
    const rate = { case: test, metric: 'rate_median', unit: 'runs/s', threads };
    console.log(JSON.stringify({ peer, ...rate, value: 1e3 / time(list) }));
    emit(test, 'rate_median', 1e3 / time(cohear), 'runs/s', threads, { beside: peer });
    emit(test, 'ratio', median(ratios), 'x', threads, {
      runs: ratios.length,
      beside: peer,
      low: Number(Math.min(...ratios).toPrecision(4)),
      high: Number(Math.max(...ratios).toPrecision(4)),
      time_ratio: Number((time(list) / time(cohear)).toPrecision(4)),
    });
  }
}

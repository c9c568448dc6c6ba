// The peers: Python programs in a folder of their own (COHEAR_PEERS), driven turn by turn beside ours.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readNpy } from './npy.mjs';
import { emit, median } from './subject.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = (name) => fileURLToPath(new URL(`../versus/${name}`, import.meta.url));

/** The folder of the peers' scripts, inside the shared folder. */
export const scripts = resolve(process.env.COHEAR_SHARED ?? join(root, '../shared'), 'peers');
/** The folder of the peers' Python; made by their setup.sh. */
export const environment = resolve(process.env.COHEAR_PEERS ?? join(root, 'build/peers'));

/** `which`: '' for torch, PyG and most others, '-dgl' for DGL with GraphBolt. */
export const python = (which = '') => `${environment}${which}/bin/python`;

/** Makes the peers' Python unless it is there (minutes, and gigabytes). */
export function ensurePeers() {
  if (!existsSync(scripts)) {
    throw new Error(`no peers' scripts in ${scripts}; set COHEAR_SHARED to the folder that holds peers/`);
  }
  if (existsSync(python()) && existsSync(python('-dgl'))) return;
  console.error(
    `versus: making the peers' Python in ${environment} (minutes; set COHEAR_PEERS to another folder)`,
  );
  const { status } = spawnSync('sh', [join(scripts, 'setup.sh'), environment], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`the peers' setup ended with status ${status}`);
}

export function runPython(script, args, which = '') {
  const { status } = spawnSync(python(which), [here(script), ...args], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${script} ended with status ${status}`);
}

/**
 * Runs a script of the peers, each of its timed runs followed at once by one of ours, and prints for each case the
 * figures of both sides and the ratio of every pair of runs: its median, least and largest.
 * @param give names of the script's variables that we are given, after its warm-up: numbers as they are, arrays flat;
 *   'result' is what its timed call gave
 * @param runs of each side; the script's number, 7 at least, unless given
 * @param wanted (case, peer) => whether we have a part in a case; all unless given
 * @param ours (case, threads, given) => a function that does the same work once and gives its amount (or nothing,
 *   where both sides do the same amount by definition), or undefined for a case that we have no part in; it throws
 *   where the peer's result is not ours
 * @param workOf the peer's figures of a case => the amount of work of one of its runs
 */
export async function versus(options) {
  const { script, args, which = '', give = [], unit, workOf, cwd = environment } = options;
  const folder = mkdtempSync(join(tmpdir(), 'versus-'));
  const turns = [here('turns.py'), scripts, `${folder}:${give.join(',')}`, script, ...args];
  const child = spawn(python(which), turns, {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
    // Threads that wait for work would spin through our turns.
    env: { ...process.env, OMP_WAIT_POLICY: 'passive', PYTHONWARNINGS: 'ignore', DGLBACKEND: 'pytorch' },
  });
  const ended = new Promise((done) => child.on('close', done));
  const read = reader();
  let current; // the case at hand
  const finish = () => {
    if (current?.theirs.length) compare(current, unit, workOf);
    current = undefined;
  };
  const hear = async (said) => {
    if (said.ask) {
      finish();
      const skip = options.wanted?.(said.ask.case, said.ask.peer) === false;
      current = { ...said.ask, theirs: [], own: [], figures: [] };
      return skip ? 'skip' : 'go';
    }
    if (said.given) {
      const given = Object.fromEntries(
        Object.entries(said.given).map(([name, value]) => [name, read(value)]),
      );
      current.call = options.ours(current.case, current.threads, given);
      if (!current.call) return '0';
      await current.call();
      return String(options.runs ?? '');
    }
    if (said.turn !== undefined) {
      const begun = performance.now();
      const work = await current.call();
      current.own.push({ seconds: (performance.now() - begun) / 1000, work });
      current.theirs.push(said.turn);
      return '';
    }
    if (current?.call) current.figures.push(said);
    return undefined;
  };
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('{')) {
        const answer = await hear(JSON.parse(line.replaceAll('NaN', 'null')));
        if (answer !== undefined) child.stdin.write(`${answer}\n`);
      } else {
        console.error(line);
      }
    }
    finish();
  } finally {
    child.stdin.end(); // a peer that still waits for an answer ends
    rmSync(folder, { recursive: true });
  }
  const status = await ended;
  if (status !== 0) throw new Error(`${script} ended with status ${status}`);
}

/** Files to arrays; a file that was given before is the same array again. */
function reader() {
  const known = new Map();
  return function read(value) {
    if (Array.isArray(value)) return value.map(read);
    if (typeof value !== 'string') return value;
    if (!known.has(value)) {
      const name = basename(value).replace(/-\d+-\d+\.npy$/, '');
      for (const other of known.keys()) if (basename(other).startsWith(`${name}-`)) known.delete(other);
      known.set(value, readNpy(value));
      rmSync(value);
    }
    return known.get(value);
  };
}

function compare({ peer, case: name, threads, theirs, own, figures }, unit, workOf) {
  const work = workOf?.(figures) ?? 1;
  const mine = own.map((run) => (run.work ?? 1) / run.seconds);
  const other = theirs.map((seconds) => work / seconds);
  const ratios = mine.map((rate, i) => rate / other[i]);
  const more = { runs: ratios.length };
  console.log(
    JSON.stringify({
      peer,
      case: name,
      metric: 'rate_median',
      value: Number(median(other).toPrecision(5)),
      unit,
      threads,
      ...more,
    }),
  );
  emit(name, 'rate_median', median(mine), unit, threads, { ...more, beside: peer });
  emit(name, 'ratio', median(ratios), 'x', threads, {
    ...more,
    beside: peer,
    low: Number(Math.min(...ratios).toPrecision(4)),
    high: Number(Math.max(...ratios).toPrecision(4)),
    time_ratio: Number((median(theirs) / median(own.map((run) => run.seconds))).toPrecision(4)),
  });
}

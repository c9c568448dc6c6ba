// Writes docs/performance-KIND.md from kept figures, so that no number in it is typed by hand; KIND is what the widest
// vectors of the machine are called, avx2 or avx512:
//   npm run bench:all                                            everything, into build/performance; what is there is not run again
//   node scripts/docs-performance.mjs build/performance          keeps those subjects' figures in docs/performance/KIND, then writes the pages
//   node scripts/docs-performance.mjs                            the pages alone, from what is kept
// bench/native's figures join in where they lie beside the others:
//   build/cohear_bench --benchmark_out=build/performance/native.json --benchmark_out_format=json
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { align, human } from '../bench/lib/table.mjs';
import { SUBJECTS, within } from './performance-promises.mjs';

const docs = fileURLToPath(new URL('../docs', import.meta.url));
const { positionals } = parseArgs({ allowPositionals: true });
if (positionals[0]) keep(resolve(positionals[0]));
const kinds = existsSync(join(docs, 'performance')) ? readdirSync(join(docs, 'performance')).sort() : [];
if (kinds.length === 0) {
  console.error('docs-performance: no figures in docs/performance; make them with: npm run bench:all');
  process.exit(2);
}
for (const kind of kinds) writePage(kind);

/** The machine in words, without the kernel's release. */
function inWords({ machine }) {
  return machine.replace(/linux \S+,/, 'linux,');
}

/** Copies the figures of a folder, and of the native benchmarks what the page shows. */
function keep(from) {
  const [any] = [...kept(from).values(), ...kept(join(from, 'versus')).values()];
  if (any === undefined) {
    console.error(`docs-performance: no figures in ${from}; make them with: npm run bench:all`);
    process.exit(2);
  }
  const folder = join(docs, 'performance', /\((\w+)\)/.exec(any.machine)[1]);
  for (const part of ['.', 'versus']) {
    mkdirSync(join(folder, part), { recursive: true });
    const names = existsSync(join(from, part)) ? readdirSync(join(from, part)) : [];
    for (const name of names.filter((name) => name.endsWith('.jsonl')))
      cpSync(join(from, part, name), join(folder, part, name));
  }
  const native = join(from, 'native.json');
  if (!existsSync(native)) return;
  const { benchmarks } = JSON.parse(readFileSync(native, 'utf8'));
  const shown = benchmarks.filter((b) => b.of_limit !== undefined);
  writeFileSync(join(folder, 'native.json'), `${JSON.stringify({ benchmarks: shown }, null, 1)}\n`);
}

/** The kept subjects of a folder: name -> { machine, command, figures }. */
function kept(path) {
  const names = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.jsonl')) : [];
  return new Map(
    names.sort().map((name) => {
      const [first, ...figures] = readFileSync(join(path, name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      return [name.replace('.jsonl', ''), { ...first, figures }];
    }),
  );
}

function times(value) {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)}x`;
}

/** Of one subject: a row per case, number of threads and peer, and what was promised of it. */
function compared(name, { figures }) {
  const { rules = [], words = (text) => text } = SUBJECTS[name] ?? {};
  return figures
    .filter(({ metric }) => metric === 'ratio')
    .map((ratio) => {
      const { beside: peer, threads } = ratio;
      const rate = (whose) =>
        figures.find(
          (f) =>
            f.metric === 'rate_median' &&
            f.case === ratio.case &&
            f.threads === threads &&
            (whose === 'cohear' ? f.peer === whose && f.beside === peer : f.peer === whose),
        );
      const rule = rules.find((r) => r.case.test(ratio.case) && r.peer.test(peer));
      return {
        ...{ what: words(ratio.case), threads, peer, ratio, promised: rule?.times },
        ...{ theirs: rate(peer), ours: rate('cohear') },
      };
    });
}

function verdict({ ratio, promised }) {
  const ahead = ratio.value < 1 ? '**the peer is ahead**' : '';
  if (promised === undefined) return ahead;
  return `${promised}x: ${ratio.value >= promised ? 'reached' : '**not reached**'}${ahead && `; ${ahead}`}`;
}

function section(name, subject, main) {
  const rows = compared(name, subject);
  const cells = rows.map((row) => [
    row.what,
    String(row.threads),
    row.peer,
    human(row.theirs.value, row.theirs.unit),
    human(row.ours.value, row.ours.unit),
    `${times(row.ratio.value)} (${times(row.ratio.low)} to ${times(row.ratio.high)})`,
    verdict(row),
  ]);
  const { title = name, about = '' } = SUBJECTS[name] ?? {};
  return [
    `## ${title}`,
    '',
    `${about}${about && ' '}\`${subject.command}\`${inWords(subject) === main ? '' : `, on ${inWords(subject)}`}`,
    '',
    align([['case', 'threads', 'peer', 'peer', 'cohear', 'ratio', 'promised'], ...cells]),
    '',
  ];
}

function summary(versus) {
  const rows = [...versus].flatMap(([name, subject]) => compared(name, subject));
  const promised = rows.filter((row) => row.promised !== undefined);
  const reached = promised.filter((row) => row.ratio.value >= row.promised);
  const behind = rows.filter((row) => row.ratio.value < 1);
  const list = behind.map(
    ({ what, threads, peer, ratio }) =>
      `- ${what}, ${threads} thread${threads === 1 ? '' : 's'}: ${peer} is ${times(1 / ratio.value)} as fast`,
  );
  return [
    `Of ${rows.length} comparisons, ${rows.length - behind.length} are at least level with the peer; of ${promised.length} ratios that were promised, ${reached.length} are reached.`,
    '',
    ...(list.length > 0 ? ['Where a peer is ahead:', '', ...list, ''] : []),
  ];
}

/** How near the machine's own limits our figures are. */
function limits(own) {
  const cells = [...own].flatMap(([, { figures }]) =>
    figures
      .filter((f) => f.of_limit !== undefined)
      .map((f) => [
        f.case,
        String(f.threads),
        human(f.value, f.unit),
        human(f.limit, f.unit),
        `${Math.round(f.of_limit * 100)} %`,
      ]),
  );
  if (cells.length === 0) return [];
  const machine = own.get('machine')?.figures ?? [];
  return [
    '## Of the limits of the machine',
    '',
    'The limit of a case is what it must read divided by what the machine reads at most, measured in the same process: lines of memory from end to end for aggregation, reads at random places for sampling (two or three per edge: bench/lib/graph.mjs). `npm run bench`',
    '',
    ...(machine.length > 0
      ? [
          align([
            ['this machine', 'threads', 'at most'],
            ...machine.map((f) => [f.case, String(f.threads), human(f.value, f.unit)]),
          ]),
          '',
        ]
      : []),
    align([['case', 'threads', 'rate', 'limit', 'of the limit'], ...cells]),
    '',
  ];
}

function ourselves(own) {
  const figures = own.get('sampler')?.figures;
  if (!figures) return [];
  const rate = (name, threads) =>
    figures.find((f) => f.case === name && f.threads === threads && f.metric === 'rate_median')?.value;
  const cells = within(rate).map(([what, ratio, promised]) => [
    what,
    times(ratio),
    `${promised}x: ${ratio >= promised ? 'reached' : '**not reached**'}`,
  ]);
  return [
    '## Beside ourselves',
    '',
    'Modes of sampling beside uniform sampling, one thread, and two threads beside one. `npm run bench -- sampler`',
    '',
    align([['case', 'ratio', 'promised'], ...cells]),
    '',
  ];
}

function native(folder) {
  const path = join(folder, 'native.json');
  if (!existsSync(path)) return [];
  const { benchmarks } = JSON.parse(readFileSync(path, 'utf8'));
  const cells = benchmarks
    .filter((b) => b.of_limit !== undefined)
    .map((b) => {
      const [unit, value] = Object.entries(b).find(([key]) => key.endsWith('/s') || key.endsWith('/s2'));
      return [b.name.replace('/real_time', ''), human(value, unit), `${Math.round(b.of_limit * 100)} %`];
    });
  return [
    '## Native calls',
    '',
    'Without JavaScript; the arguments are explained in bench/native. `build/cohear_bench` (`cmake --build build --target cohear_bench`)',
    '',
    align([['benchmark', 'rate', 'of the limit'], ...cells]),
    '',
  ];
}

function writePage(kind) {
  const folder = join(docs, 'performance', kind);
  const own = kept(folder);
  const versus = kept(join(folder, 'versus'));
  const main = inWords([...versus.values(), ...own.values()][0]);
  const page = [
    `# Performance with ${{ avx2: 'AVX2', avx512: 'AVX-512' }[kind] ?? kind}`,
    '',
    `Written by \`scripts/docs-performance.mjs\` from the figures in [performance/${kind}](performance/${kind}), which \`npm run bench:all\` measured on ${main}.`,
    '',
    'Both sides work on the same data in one run, turn by turn; a ratio is the median over the turns of our rate divided by the peer’s in the same turn, with the least and greatest. That the work is the same is checked (edges counted, results compared) or said where it is not. Absolute figures move from machine to machine.',
    '',
    ...summary(versus),
    ...[...versus].flatMap(([name, subject]) => section(name, subject, main)),
    ...ourselves(own),
    ...limits(own),
    ...native(folder),
  ];
  const path = join(docs, `performance-${kind}.md`);
  writeFileSync(path, `${page.join('\n').trimEnd()}\n`);
  console.log(`docs-performance: wrote ${path}`);
}

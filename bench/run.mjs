// Runs the benchmarks and prints a table per subject. A subject is a file of this folder; it prints one JSON line
// per figure ({peer, case, metric, value, unit, threads}) and can be run alone, too.
//
//     npm run bench -- [subject ...] [--json] [--out FOLDER] [--again] [--threads 1,2] [--seconds 0.5]
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runSubjects } from './lib/run-subjects.mjs';
import { table } from './lib/table.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const known = readdirSync(folder)
  .filter((name) => name.endsWith('.mjs') && name !== 'run.mjs')
  .map((name) => basename(name, '.mjs'))
  .sort((a, b) => Number(b === 'machine') - Number(a === 'machine') || (a < b ? -1 : 1));

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    threads: { type: 'string' },
    out: { type: 'string' },
    again: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '0.5' },
  },
  allowPositionals: true,
});
if (values.help) {
  console.log(`npm run bench -- [subject ...] [--json] [--out FOLDER] [--again] [--threads 1,2] [--seconds 0.5]

Subjects: ${known.join(', ')}; all unless named.
--json      one JSON line per figure instead of tables
--out       a folder that keeps the figures, SUBJECT.jsonl each; a subject that it has is not run again
--again     run it again all the same
--threads   numbers of threads to measure at (1 and all unless given)
--seconds   time for each case, after a warm-up (0.5 unless given)`);
  process.exit(0);
}
const args = ['--seconds', values.seconds];
if (values.threads) args.push('--threads', values.threads);
process.exit(
  await runSubjects({
    ...{ folder, known, wanted: positionals, json: values.json, args, table },
    ...{ out: values.out, again: values.again, command: 'npm run bench' },
  }),
);

// Sets us beside the peers: both sides on the same data in one run, turn by turn, and prints the ratios with their
// spread. A subject is a file of this folder; it prints one JSON line per figure and can be run alone, too.
//
//     npm run bench:versus -- [subject ...] [--json] [--out FOLDER] [--again] [--threads 1,2]
//
// The peers' Python is made in build/peers, or lies where COHEAR_PEERS says.
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runSubjects } from '../lib/run-subjects.mjs';
import { ratioTable } from '../lib/table.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const known = readdirSync(folder)
  .filter((name) => name.endsWith('.mjs') && name !== 'run.mjs')
  .map((name) => basename(name, '.mjs'))
  .sort();
const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    threads: { type: 'string' },
    out: { type: 'string' },
    again: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (values.help) {
  console.log(`npm run bench:versus -- [subject ...] [--json] [--out FOLDER] [--again] [--threads 1,2]

Subjects: ${known.join(', ')}; all unless named. Each is run beside its peers, turn by turn, on the same data.
--json      one JSON line per figure instead of tables
--out       a folder that keeps the figures, SUBJECT.jsonl each; a subject that it has is not run again
--again     run it again all the same
--threads   numbers of threads to measure at
COHEAR_SHARED   the folder that holds peers/, the peers' scripts
COHEAR_PEERS    the folder of the peers' Python (build/peers unless set; made when it is missing)`);
  process.exit(0);
}
process.exit(
  await runSubjects({
    folder,
    known,
    wanted: positionals,
    json: values.json,
    args: values.threads ? ['--threads', values.threads] : [],
    table: ratioTable,
    ...{ out: values.out, again: values.again, command: 'npm run bench:versus' },
  }),
);

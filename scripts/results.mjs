// Writes README's results from finished runs, so that no number in it is typed by hand:
//   npx cohear run --config examples/food-kitchen/cohear.config.ts --workdir runs/food-kitchen-validation --set evaluation.window=validation
//   npx cohear run --config examples/food-kitchen/cohear.config.ts --workdir runs/food-kitchen
//   node scripts/results.mjs runs/food-kitchen-validation runs/food-kitchen
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BEGIN = '<!-- results:begin -->';
const END = '<!-- results:end -->';
const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error('usage: node scripts/results.mjs WORKDIR ...');
  process.exit(2);
}

const figure = (value) => value.toFixed(4).replace(/^(-?)0\./, '$1.');
const interval = ({ value, low, high }) => `${figure(value)} [${figure(low)}, ${figure(high)}]`;
const whole = (row) => row.users === 'all' && row.items === 'all' && row.candidates === 'all';

function section({ protocol, data, systems, paired, seconds, peak_rss_mb }) {
  const scopes = [...new Set(systems.map((row) => row.scope))].sort((a, b) => (b === 'all') - (a === 'all'));
  const names = [...new Set(systems.map((row) => row.name))];
  const cell = (name, scope) => systems.find((row) => row.name === name && row.scope === scope && whole(row));
  const best = names.at(-1);
  const title = `**${protocol.window === 'test' ? 'Test' : 'Validation'} window**, ${protocol.from.slice(0, 10)} to ${protocol.to?.slice(0, 10) ?? 'the end'}: HR@10 [95 % interval], and coverage@10 over all types`;
  const lines = [
    title,
    '',
    `| system | ${scopes.map((scope) => (scope === 'all' ? 'all types' : scope)).join(' | ')} | coverage |`,
    `|---|${scopes.map(() => '---').join('|')}|---|`,
    ...names.map((name) => {
      const cells = scopes.map((scope) => interval(cell(name, scope).metrics['hr@10']));
      return `| ${name} | ${cells.join(' | ')} | ${figure(cell(name, 'all').metrics['coverage@10'].value)} |`;
    }),
    '',
    `Paired differences of ${best} in HR@10, the same users resampled:`,
    '',
    `| over | ${scopes.map((scope) => (scope === 'all' ? 'all types' : scope)).join(' | ')} |`,
    `|---|${scopes.map(() => '---').join('|')}|`,
    ...names.slice(0, -1).map((name) => {
      const cells = scopes.map((scope) => {
        const p = paired.find(
          (row) =>
            row.a === best && row.b === name && row.scope === scope && row.metric === 'hr@10' && whole(row),
        );
        return p ? interval({ ...p, value: p.difference }) : '';
      });
      return `| ${name} | ${cells.join(' | ')} |`;
    }),
    '',
    `${data.users} users, ${data.items} items, ${data.events} events; ${data['judged users']} users judged. Seconds of work: ${Object.entries(
      seconds,
    )
      .map(([stage, s]) => `${stage} ${Math.round(s)}`)
      .join(
        ', ',
      )}; ${Math.round(Object.values(seconds).reduce((a, b) => a + b, 0))} in all, at most ${peak_rss_mb} MB.`,
  ];
  return lines.join('\n');
}

const sections = folders.map((folder) =>
  section(JSON.parse(readFileSync(join(folder, 'evaluation.json'), 'utf8'))),
);
const readme = fileURLToPath(new URL('../README.md', import.meta.url));
const text = readFileSync(readme, 'utf8');
const [before, after] = [text.split(BEGIN)[0], text.split(END)[1]];
const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.versions.node}`;
writeFileSync(
  readme,
  `${before}${BEGIN}\nWritten by \`scripts/results.mjs\` (its head has the commands), on ${machine}.\n\n${sections.join('\n\n')}\n${END}${after}`,
);
console.log(`README.md: results of ${folders.join(', ')}`);

// Writes docs/configuration.md from the config's schema, so that it cannot say anything else than the program.
// `--check` only compares, and fails when the page is out of date. Needs dist.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { configFields, wanted } = await import('../dist/pipeline/config/index.js');
const PAGE = 'docs/configuration.md';

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (value) => `\`${cell(JSON.stringify(value))}\``;

/** The fields of a section, those inside objects with their path. */
function rows(field, path, required) {
  const inner = field.properties ?? {};
  return Object.entries(inner).flatMap(([name, one]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const must = field.required?.includes(name) && required;
    if (one.properties)
      return [
        `| \`${at}\` | object | ${must ? 'required' : ''} | ${cell(one.description ?? '')} |`,
        ...rows(one, at, must),
      ];
    const usual = one.default !== undefined ? code(one.default) : must ? 'required' : '';
    const line = `| \`${at}\` | ${cell(wanted(one))} | ${usual} | ${cell(one.description ?? '')} |`;
    const forms = (one.anyOf ?? []).filter((form) => form.properties);
    return [line, ...forms.flatMap((form) => rows(form, at, false))];
  });
}

const HEAD = '| field | what it takes | default | |\n|---|---|---|---|';
const fields = configFields();
const sections = Object.entries(fields.properties);
const plain = sections.filter(([, field]) => !field.properties);
const objects = sections.filter(([, field]) => field.properties);

const page = `<!-- Written by scripts/docs-config.mjs from the schema; do not edit. -->
# Configuration

A config is a file with one default export, in TypeScript (\`.ts\`, \`.mts\`), JavaScript (\`.js\`, \`.mjs\`) or JSON.
Only \`events\` is required; everything else has a default.

\`\`\`ts
import { defineConfig } from 'cohear';

export default defineConfig({
  events: { file: 'events.parquet', columns: { user: 'user_id', item: 'item_id', time: 'ts' } },
  items: { file: 'items.parquet', columns: { item: 'item_id', type: 'kind', title: 'title', description: 'text' } },
});
\`\`\`

- Relative files are found from the config file's folder (or from \`folder\`).
- A field that is unknown or wrong is an error that names it, says what was wanted and what came.
- On the command line \`--set path=value\` overrides any field, as often as needed: \`--set graph.topK=20 --set
  "hgnn.fanouts=[10, 5]" --set evaluation.window=validation\`. A value is read as JSON where it is JSON, as a list where
  it stands in brackets, else as text. \`--seed N\` is \`--set seed=N\`.
- The config is loaded as code, so it can compute its values and read environment variables. \`cohear\` in it gives
  \`defineConfig\` and types, wherever the file lies.
- Threads are no part of a config: they do not change results.

## Top level

${HEAD}
${plain.map(([name, field]) => rows({ properties: { [name]: field } }, '', true)[0]).join('\n')}
${objects
  .map(
    ([name, field]) => `
## ${name}${fields.required.includes(name) ? '' : ' (optional)'}

${field.description}

${HEAD}
${rows(field, '', true).join('\n')}`,
  )
  .join('\n')}
`;

const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
if (process.argv.includes('--check')) {
  if (before === page) process.exit(0);
  console.error(`${PAGE} is not what the schema says: run \`node scripts/docs-config.mjs\``);
  process.exit(1);
}
writeFileSync(PAGE, page);
console.error(`${PAGE}: ${before === page ? 'unchanged' : 'written'}`);

// The studies of docs/studies: which there are, and what of a study is kept.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../docs/studies/', import.meta.url));

const listOf = (folder) => {
  const path = `${folder}list.json`;
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
};

/** What is kept, in its order: { name, file }. */
export const keptStudies = (folder = FOLDER) =>
  listOf(folder).map(({ name, file }) => ({ name, file: `${folder}${file}` }));

/** Keeps what the page reads of a study under `file`, in the place of what was kept there, or behind the others. */
export function keep(name, file, study, folder = FOLDER) {
  mkdirSync(folder, { recursive: true });
  const list = listOf(folder);
  const entry = list.find((one) => one.file === file);
  if (entry) entry.name = name;
  else list.push({ name, file });
  const lines = (value) => JSON.stringify(value, shortened);
  const { results = [], ...head } = study.kind === 'ablation' ? trimmed(study) : study;
  // A line per result, so that a change of one shows as one.
  const text =
    study.kind === 'ablation'
      ? `${lines(head).slice(0, -1)},"results":[\n${results.map(lines).join(',\n')}\n]}\n`
      : `${JSON.stringify(head, shortened, 1)}\n`;
  writeFileSync(`${folder}${file}`, text);
  writeFileSync(`${folder}list.json`, `${JSON.stringify(list, null, 2)}\n`);
}

/** Numbers to seven digits; of a path its name, for where a file lay says something of one machine only. */
function shortened(_, value) {
  if (typeof value === 'number') return Number(value.toPrecision(7));
  return typeof value === 'string' && isAbsolute(value) ? basename(value) : value;
}

const SLICES = [
  ...['all', 'warm', 'cold'].map((users) => [users, 'all', 'all']),
  ['all', 'warm', 'all'],
  ['all', 'tail', 'all'],
  ['all', 'cold', 'cold'],
].map((slice) => slice.join());

/** The slices, metrics and stages that the page reads. */
function trimmed(study) {
  return {
    ...study,
    variants: study.variants.map(({ stages, ...variant }) => ({
      ...variant,
      stages: { hgnn: (stages.hgnn ?? []).map(({ seconds }) => ({ seconds })) },
    })),
    similar: (study.similar ?? []).map(({ paired }) => ({
      paired: paired.filter(({ metric }) => metric === 'hr@10'),
    })),
    results: study.results
      .filter(({ users, items, candidates }) => SLICES.includes([users, items, candidates].join()))
      .map(({ metrics, lists, ...slice }) => ({
        ...slice,
        metrics: { 'hr@10': metrics['hr@10'], mrr: metrics.mrr },
        lists: { 'coverage@10': lists['coverage@10'] },
      })),
  };
}

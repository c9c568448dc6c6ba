// Writes docs/results.md from finished work, so that no number in it is typed by hand: from the studies kept in
// docs/studies, or from others:
//
//   node scripts/docs-results.mjs
//   node scripts/docs-results.mjs --out FILE NAME=ABLATION.json NAME@LABEL=ABLATION.json NAME=TUNE.json ...
//
// NAME is a data set's, a file one of `cohear ablate` or `cohear tune`; NAME@LABEL is a point of a sweep, one run per
// value of a knob. Of a window the first ablation gives the tables and the claims, another one what its variants are
// worth. scripts/keep-study.mjs says how studies are made and keeps them.
import { readFileSync, writeFileSync } from 'node:fs';
import { SYSTEM_NAMES } from '../dist/evaluation/types.js';
import { claimsOf, newTypeGains } from './results/claims.mjs';
import { keptStudies } from './results/kept.mjs';
import {
  ablationTable,
  gainsTable,
  sweepTable,
  systemsTable,
  table,
  tuningTable,
} from './results/tables.mjs';

const USAGE =
  'usage: node scripts/docs-results.mjs [--out FILE NAME=ABLATION.json NAME@LABEL=ABLATION.json NAME=TUNE.json ...]';

function fail(words) {
  console.error(`docs-results: ${words}\n${USAGE}`);
  process.exit(2);
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail(`${path} cannot be read: ${error.message}`);
  }
}

const args = process.argv.slice(2);
const at = args.indexOf('--out');
const out = at < 0 ? new URL('../docs/results.md', import.meta.url) : args.splice(at, 2)[1];
if (out === undefined || (at >= 0 && args.length === 0)) fail('nothing to write from');
if (args.length === 0) args.push(...keptStudies().map(({ name, file }) => `${name}=${file}`));
const sets = new Map();
for (const arg of args) {
  const match = /^([^=@]+)(?:@([^=]+))?=(.+)$/.exec(arg);
  if (!match) fail(`"${arg}" is no NAME=FILE`);
  const [, name, label, path] = match;
  const found = read(path);
  if (found.kind !== 'ablation' && found.kind !== 'tuning')
    fail(`${path} is neither of \`cohear ablate\` nor of \`cohear tune\``);
  const set = sets.get(name) ?? { name, validation: [], test: [], newType: [], tunings: [], sweep: [] };
  sets.set(name, set);
  if (found.kind === 'tuning') set.tunings.push(found);
  else if (label !== undefined) set.sweep.push({ label, ablation: found });
  else if (found.config.split.coldType !== undefined) set.newType.push(found);
  else set[found.window].push(found);
}

/** What was judged, in a sentence. */
function about({ window, why, seeds, protocol, data, system }) {
  const day = (time) => (time ? time.slice(0, 10) : 'the end');
  const span = protocol.from ? `, ${day(protocol.from)} to ${day(protocol.to)}` : '';
  const reason = why ? ` (looked at for: ${why})` : '';
  return `${window === 'test' ? 'Test' : 'Validation'} window${span}${reason}; ${data.users} users, ${data.items} items, ${data.events} events; base ${system}; seeds ${seeds.join(', ')}.`;
}

const scopeWords = (scope) => (scope === 'all' ? 'all types in one ranking' : scope);

function tables(ablation) {
  const systems = SYSTEM_NAMES.filter((system) => ablation.variants.some((one) => one.system === system));
  const scopes = [...ablation.types, 'all'];
  const parts = scopes.flatMap((scope) =>
    [
      ['warm', 'Table 2'],
      ['cold', 'Table 3'],
      ['all', 'Table 4'],
    ].map(
      ([users, title]) =>
        `#### ${title}: systems, ${users === 'all' ? 'all users' : `${users} users`}, ${scopeWords(scope)}\n\n${systemsTable(ablation, systems, scope, users)}`,
    ),
  );
  const own = scopes.map(
    (scope) =>
      `#### Table 1: ablations, warm users, ${scopeWords(scope)}\n\n${ablationTable(ablation, scope, 'warm')}`,
  );
  return [...own, ...parts].join('\n\n');
}

function section({ name, validation, test, newType, tunings, sweep }) {
  const parts = [`## ${name}`];
  for (const ablation of [...test, ...validation]) {
    const first = ablation === test[0] || ablation === validation[0];
    parts.push(
      `### ${ablation.window === 'test' ? 'Test' : 'Validation'} window${first ? '' : ', further variants'}`,
      about(ablation),
      '#### What carries the result',
      'HR@10 of all users that the base has more than the variant, the largest first: what a part is worth where the others are there.',
      gainsTable(ablation),
    );
    if (!first) continue; // the tables and the claims are those of the first
    parts.push(tables(ablation), '#### The claims');
    for (const { claim, verdict, because } of claimsFrom(ablation.window === 'test' ? test : validation))
      parts.push(`**${claim}** ${capital(verdict)}.`, because);
  }
  for (const ablation of newType) {
    const { type, verdict, because } = newTypeGains(ablation);
    parts.push(
      `### A whole new type: ${type}`,
      about(ablation),
      `Does 2T-HGNN beat what else can serve users who had none of it? ${capital(verdict)}. Gain in HR@10:`,
      because,
    );
  }
  if (sweep.length > 0)
    parts.push(
      '### What the graph adds',
      'HR@10 of 2t-hgnn less that of the same two-tower without the graph, by run:',
      sweepTable(sweep),
    );
  for (const tuning of tunings) parts.push('### Search for settings', tuningTable(tuning));
  return parts.filter(Boolean).join('\n\n');
}

/** Each claim by the first of some ablations of one window that has measured it. */
function claimsFrom(ablations) {
  const [first, ...others] = ablations.map(claimsOf);
  return first.map((own, i) => {
    if (own.verdict !== 'not measured') return own;
    const found = others.map((claims) => claims[i]).find(({ verdict }) => verdict !== 'not measured');
    return found ? { ...found, because: `By the further variants below. ${found.because}` } : own;
  });
}

const capital = (words) => words[0].toUpperCase() + words.slice(1);

/** The claims at a glance: rows are claims, columns the data sets (test window where there is one). */
function summary() {
  const judged = [...sets.values()].flatMap(({ name, test, validation }) => {
    const ablations = test.length > 0 ? test : validation;
    return ablations.length > 0 ? [{ name, claims: claimsFrom(ablations) }] : [];
  });
  if (judged.length === 0) return '';
  const rows = judged[0].claims.map(({ claim }, i) => [
    claim,
    ...judged.map(({ claims }) => claims[i].verdict),
  ]);
  return `## The claims at a glance\n\n${table(['claim', ...judged.map(({ name }) => name)], rows)}`;
}

const page = [
  '<!-- Written by scripts/docs-results.mjs; do not edit. -->',
  '# Results',
  `The tables of the papers ([arXiv 2403.05185](https://arxiv.org/abs/2403.05185), [2403.07478](https://arxiv.org/abs/2403.07478)) re-enacted, from the studies in [studies/](studies), which \`scripts/keep-study.mjs\` keeps (its head has the commands). Brackets are 95 % intervals over users and seeds, ± is the standard deviation of the seeds, differences are paired, bold where the interval excludes zero. The protocol is in [evaluation.md](evaluation.md), what the variants are in [ablation.md](ablation.md).`,
  'Verdicts: *holds* where every interval that is named lies above zero, *does not hold* where one lies below, *not shown* where neither can be said; where a claim is only that nothing is lost, that is *no loss seen*, which with wide intervals says little.',
  summary(),
  ...[...sets.values()].map(section),
].filter(Boolean);
writeFileSync(out, `${page.join('\n\n')}\n`);
console.log(`${at < 0 ? 'docs/results.md' : out}: results of ${[...sets.keys()].join(', ')}`);

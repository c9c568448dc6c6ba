// Keeps a finished study in docs/studies, from which scripts/docs-results.mjs writes docs/results.md:
//
//   npx cohear ablate --config CONFIG --workdir runs/NAME --seeds 1,2,3
//   npx cohear ablate --config CONFIG --workdir runs/NAME --seeds 1,2,3 --window test --why "..." --out runs/NAME/test.json
//   npx cohear ablate --config CONFIG --workdir runs/NAME-new-type --seeds 1,2,3 \
//     --set 'split.coldType={"type":"TYPE"}' --variant 'llm-knn=system=llm-knn' --variant ...
//   npx cohear tune --config CONFIG --workdir runs/NAME --space space.json --trials 27
//
//   node scripts/keep-study.mjs NAME FILE.json runs/NAME/ablation.json          e.g. food-kitchen validation.json ...
//   node scripts/keep-study.mjs "NAME@graph signal 0" signal-0.json runs/signal-0/ablation.json
import { readFileSync } from 'node:fs';
import { keep } from './results/kept.mjs';

const [name, file, path, folder] = process.argv.slice(2);
if (!path || !/^[a-z0-9-]+\.json$/.test(file)) {
  console.error('usage: node scripts/keep-study.mjs NAME[@LABEL] FILE.json STUDY.json [FOLDER/]');
  process.exit(2);
}
const study = JSON.parse(readFileSync(path, 'utf8'));
if (study.kind !== 'ablation' && study.kind !== 'tuning') {
  console.error(`keep-study: ${path} is neither of \`cohear ablate\` nor of \`cohear tune\``);
  process.exit(2);
}
keep(name, file, study, folder);
console.log(`${file}: ${name}, of ${path}`);

// Runs tfjs-core's own suite (shipped in its package) against the backend `cohear`.
// Usage: node scripts/conformance.mjs [--filter TEXT] [--fuse-all]; prints one line of JSON with the counts and exits
// 1 on any failure. --fuse-all: elementwise results of any size are computed late (lib/tensor/fusion.ts). The suite is
// written for a bundler, so it is bundled with ours into one file, with one tfjs-core.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: { filter: { type: 'string' }, 'fuse-all': { type: 'boolean', default: false } },
});

const entry = `
  import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';
  import ${JSON.stringify(join(root, 'lib/tensor/index.ts'))};
  import { Fusion } from ${JSON.stringify(join(root, 'lib/tensor/fusion.ts'))};
  if (${options['fuse-all']}) Fusion.smallest = 1;
  setTestEnvs([{ name: 'cohear', backendName: 'cohear', flags: {}, isDataSync: true }]);
  require('@tensorflow/tfjs-core/dist/tests.js');
`;

const folder = mkdtempSync(join(tmpdir(), 'cohear-conformance-'));
try {
  const bundle = join(folder, 'suite.cjs');
  await build({
    stdin: { contents: entry, resolveDir: root, sourcefile: 'suite.js' },
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    ignoreAnnotations: true, // its sideEffects field leaves out files that the suite needs
    logLevel: 'error',
    // lib/native finds the addon from its own place, which a bundle does not have.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'lib/native/addon.ts')).href) },
  });
  writeFileSync(join(folder, 'package.json'), '{}');
  const Jasmine = require('jasmine');
  const runner = new Jasmine({ projectBaseDir: folder });
  runner.loadConfig({ spec_dir: '.', spec_files: ['suite.cjs'], random: false });
  runner.exitOnCompletion = false;
  const counts = { passed: 0, failed: 0, pending: 0 };
  runner.clearReporters();
  const done = new Promise((resolve) => {
    runner.addReporter({
      specDone({ status, fullName, failedExpectations }) {
        if (status in counts) counts[status]++;
        if (status !== 'failed') return;
        console.error(`FAILED ${fullName}\n  ${failedExpectations[0]?.message ?? ''}`);
      },
      jasmineDone: ({ overallStatus }) => resolve(overallStatus),
    });
  });
  const started = performance.now();
  await runner.execute(undefined, options.filter);
  const status = await done;
  const specs = counts.passed + counts.failed + counts.pending;
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
  console.log(JSON.stringify({ specs, ...counts, status, seconds }));
  process.exitCode = counts.failed > 0 || specs === 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

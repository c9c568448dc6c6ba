#!/usr/bin/env node
// Runs the compiled command line. In a checkout (where lib lies beside it) it says so when dist is missing or
// older than the sources; a published package has dist alone.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'dist', 'cli', 'main.js');

/** The latest change below a folder, of the files whose names match. */
function latest(folder, pattern) {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true }) : [];
  const times = names
    .filter((name) => pattern.test(String(name)))
    .map((name) => statSync(join(folder, String(name))).mtimeMs);
  return Math.max(0, ...times);
}

if (!existsSync(main)) {
  console.error('error (ERR_MISSING): cohear is not built here (no dist): run `npm run setup`');
  process.exit(1);
}
if (
  existsSync(join(root, 'tsconfig.json')) &&
  latest(join(root, 'lib'), /\.ts$/) > latest(join(root, 'dist'), /\.(js|tsbuildinfo)$/)
)
  console.error('warning: lib has changed since it was built: run `npm run setup`');

// `cohear ... | head` closes the pipe early; that is no error.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));
const { main: run } = await import(pathToFileURL(main).href);
process.exitCode = await run(process.argv.slice(2));

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^cohear\/(sampler|tensor)$/, replacement: here('lib/$1/index.ts') },
      { find: /^cohear$/, replacement: here('lib/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks', // an addon that crashes takes its own process, not the run
    maxWorkers: 2,
    testTimeout: 180_000, // processes are started; a loaded machine is slow
    hookTimeout: 180_000,
  },
});

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['bench/run.mjs', ...args], { cwd: root, encoding: 'utf8' });

it('prints a table, or a JSON line per figure', () => {
  const json = bench('machine', '--json', '--threads', '1');
  const figures = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(figures.map((f) => [f.peer, f.threads, f.unit])).toEqual([
    ['cohear', 1, 'GB/s'],
    ['cohear', 1, 'M reads/s'],
  ]);
  for (const { value } of figures) expect(value).toBeGreaterThan(0.01);
  const table = bench('machine', '--threads', '1');
  expect(table.stdout).toMatch(
    /\| case +\| 1 thread +\|\n\|-+\|-+\|\n\| memory, end to end +\| [\d.]+ GB\/s +\|/,
  );
  expect([json.status, table.status]).toEqual([0, 0]);
});

it('names the subjects, and refuses one that is not there', () => {
  expect(bench('--help').stdout).toContain('Subjects: machine, ');
  const { status, stderr } = bench('nothing');
  expect([status, stderr.trim()]).toEqual([
    1,
    expect.stringContaining('no subject nothing; there are machine,'),
  ]);
});

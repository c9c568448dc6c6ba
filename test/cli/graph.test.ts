import { describe, expect, test } from 'vitest';
import { runCommandLine } from './in-process.js';

describe('cohear graph stats', () => {
  test('tells degrees per relation, components and homophily', async () => {
    const { code, out } = await runCommandLine(['graph', 'stats', '--workdir', 'runs/x']);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'whole: 3 items (book 1, film 2), 2 edges, 0.0 MB',
        'relation     edges  mean  p50  p90  p99  max  without',
        'book → film      1  0.50    0    1    1    1        1',
        'film → book      1     1    1    1    1    1        0',
        'isolated 1; components 2, the largest of 2 items; edges within a type 0.0 % (50.0 % by chance)',
        '',
      ].join('\n'),
    );
  });

  test('as JSON, and of a file', async () => {
    const { out } = await runCommandLine(['graph', 'stats', '--file', 'a.safetensors', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      graphs: { 'a.safetensors': { nodes: 3, edges: 2, isolated: 1 } },
    });
  });

  test('wants one of the two, and has help of its own', async () => {
    for (const args of [[], ['--workdir', 'a', '--file', 'b']]) {
      const { code, err } = await runCommandLine(['graph', 'stats', ...args]);
      expect(code).toBe(2);
      expect(err).toMatch(/want either --workdir or --file/);
    }
    const help = await runCommandLine(['graph', 'stats', '--help']);
    expect(help.code).toBe(0);
    expect(help.out).toContain('Usage: cohear graph stats [options]');
    expect(help.out).toMatch(/Examples:\n {2}\$ cohear graph stats/);
    const wrong = await runCommandLine(['graph', 'stats', '--fil', 'x']);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/unknown option '--fil'/);
  });
});

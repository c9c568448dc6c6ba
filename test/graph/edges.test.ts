import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCatalogue } from '../../lib/events/index.js';
import { addEdges, buildItemGraph, graphFromEdges, readItemGraph } from '../../lib/graph/index.js';
import { codeOf } from '../code-of.js';
import { edgesOf, histories, someEvents } from './plain.js';

const typeOffsets = Uint32Array.of(0, 4, 9);
const someEdges = fc.array(fc.tuple(fc.nat(8), fc.nat(8), fc.integer({ min: 1, max: 9 })), { maxLength: 40 });
const listed = (edges: readonly (readonly [number, number, number])[]) => ({
  sources: Uint32Array.from(edges, ([s]) => s),
  destinations: Uint32Array.from(edges, ([, d]) => d),
  scores: Float32Array.from(edges, ([, , score]) => score),
});

describe('graphFromEdges and addEdges', () => {
  it('keeps every edge once, with the sum of its scores', () => {
    fc.assert(
      fc.property(someEdges, (edges) => {
        using graph = graphFromEdges(listed(edges), { typeOffsets });
        const want = new Map<string, number>();
        for (const [s, d, score] of edges) want.set(`${d}<-${s}`, (want.get(`${d}<-${s}`) ?? 0) + score);
        expect(edgesOf(graph, (r, e) => r.scores![e]!)).toEqual(want);
      }),
    );
  });

  it('adds what is not there yet and leaves the rest alone', async () => {
    await fc.assert(
      fc.asyncProperty(someEvents(9), someEdges, async (users, edges) => {
        using built = await buildItemGraph(histories(users), { typeOffsets }, { prune: { score: 'count' } });
        using more = addEdges(built, listed(edges));
        const value = (r: ReturnType<typeof built.relation>, e: number) => [
          r.counts![e],
          r.scores![e],
          r.lastTimes![e],
        ];
        const want = edgesOf(built, value);
        const sums = new Map<string, number>();
        for (const [s, d, score] of edges) sums.set(`${d}<-${s}`, (sums.get(`${d}<-${s}`) ?? 0) + score);
        for (const [edge, score] of sums) if (!want.has(edge)) want.set(edge, [0, score, 0]);
        expect(edgesOf(more, value)).toEqual(want);
        expect(more.users).toBe(built.users);
      }),
      { numRuns: 50 },
    );
  });

  it('says what is wrong', async () => {
    const make = (edges: object) =>
      codeOf(() => graphFromEdges({ ...listed([[0, 5, 1]]), ...edges }, { typeOffsets }));
    expect(await make({})).toBe('no error');
    expect(await make({ sources: Uint32Array.of(9) })).toBe('ERR_RANGE');
    expect(await make({ sources: Uint32Array.of(1, 2) })).toBe('ERR_SHAPE');
    expect(await make({ scores: Float32Array.of(Number.NaN) })).toBe('ERR_VALUE');
    expect(await codeOf(() => addEdges({} as never, listed([])))).toBe('ERR_DTYPE');
  });
});

describe('readItemGraph', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cohear-edges-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const catalogue = makeCatalogue({
    ids: ['a1', 'a2', 'b1', 'b2'],
    types: ['a', 'b'],
    typeOffsets: Uint32Array.of(0, 2, 4),
  });
  const csv = [
    'from,to,users,weight,seen',
    'a1,b1,2,0.5,2024-01-01',
    'a1,b1,1,0.25,2024-01-02',
    'b2,a2,4,1,86400',
    'a1,zz,1,1,2024-01-01',
    'a1,a1,1,1,2024-01-01',
    ',a1,1,1,2024-01-01',
    'a2,a1,x,1,2024-01-01',
  ].join('\n');
  const columns = { source: 'from', destination: 'to', count: 'users', score: 'weight', time: 'seen' };

  it('joins ids with the catalogue, adds repeats, and counts what it leaves out', async () => {
    await writeFile(join(folder, 'edges.csv'), csv);
    const { graph, report } = await readItemGraph({ file: 'edges.csv', columns }, catalogue, { folder });
    expect(report).toEqual({ rows: 7, dropped: { null: 2, 'unknown item': 1, loop: 1 } });
    const day = Date.UTC(2024, 0, 2) / 1000;
    expect(edgesOf(graph, (r, e) => [r.counts![e], r.scores![e], r.lastTimes![e]])).toEqual(
      new Map([
        ['2<-0', [3, 0.75, day]],
        ['0<-2', [3, 0.75, day]],
        ['1<-3', [4, 1, 86400]],
        ['3<-1', [4, 1, 86400]],
      ]),
    );
    graph.close();
  });

  it('reads SQL, one direction, and ends alone', async () => {
    const sql = "SELECT 'a1' AS s, 'b1' AS d UNION ALL SELECT 'b1', 'a2'";
    const { graph } = await readItemGraph({ sql, columns: { source: 's', destination: 'd' } }, catalogue, {
      directed: true,
    });
    expect([...edgesOf(graph, (r) => r.counts).entries()]).toEqual([
      ['2<-0', undefined],
      ['1<-2', undefined],
    ]);
    graph.close();
  });

  it('says what is wrong', async () => {
    const read = (table: object) =>
      codeOf(() => readItemGraph({ file: 'edges.csv', columns, ...table }, catalogue, { folder }));
    expect(await read({ file: 'missing.csv' })).toBe('ERR_IO');
    expect(await read({ file: undefined })).toBe('ERR_CONFIG');
    expect(await read({ columns: { ...columns, source: 'nothing' } })).toBe('ERR_CONFIG');
    expect(await read({ columns: { ...columns, count: '-1' } })).toBe('ERR_VALUE');
    expect(await read({ columns: { ...columns, score: '-0.5' } })).toBe('ERR_VALUE');
    const aborted = AbortSignal.abort();
    expect(
      await codeOf(() =>
        readItemGraph({ file: 'edges.csv', columns }, catalogue, { folder, signal: aborted }),
      ),
    ).toBe('ERR_CANCELLED');
  });
});

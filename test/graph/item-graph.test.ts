import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../lib/artifacts/index.js';
import type { CohearError } from '../../lib/errors/index.js';
import { buildItemGraph, ItemGraph, prune } from '../../lib/graph/index.js';
import { codeOf } from '../code-of.js';
import { type Events, histories } from './plain.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cohear-graph-'));
});
afterAll(() => rm(folder, { recursive: true }));

const typeOffsets = Uint32Array.of(0, 4, 9);
const users: Events = Array.from({ length: 20 }, (_, u) =>
  Array.from({ length: 4 }, (_, e) => [(u * 5 + e * e) % 9, e * 1.5]),
);
const make = () => buildItemGraph(histories(users), { typeOffsets });
const arrays = (graph: ItemGraph) => ({
  typeOffsets: graph.typeOffsets,
  itemUsers: graph.itemUsers,
  users: graph.users,
  relations: graph.relations.map((_, i) => graph.relation(i)),
});

describe('ItemGraph', () => {
  it('saves and opens whole, with scores and without', async () => {
    const path = join(folder, 'graph.safetensors');
    using whole = await make();
    using pruned = await prune(whole, { topK: 2 });
    for (const graph of [whole, pruned]) {
      await graph.save(path);
      using opened = await ItemGraph.open(path);
      expect(arrays(opened)).toEqual(arrays(graph));
    }
    using bare = ItemGraph.from({ typeOffsets, relations: [] });
    await bare.save(path);
    using opened = await ItemGraph.open(path);
    expect(arrays(opened)).toEqual({ typeOffsets, itemUsers: undefined, users: 0, relations: [] });
  });

  it('opens no other file', async () => {
    const path = join(folder, 'other.safetensors');
    const open = () => codeOf(() => ItemGraph.open(path));
    await writeFile(path, 'not a safetensors file at all');
    expect(await open()).toBe('ERR_FORMAT');
    await writeSafetensors(path, { type_offsets: { data: typeOffsets, shape: [3] } }, { kind: 'something' });
    expect(await open()).toBe('ERR_FORMAT');

    const good = join(folder, 'good.safetensors');
    using graph = await make();
    await graph.save(good);
    const { tensors, metadata } = await readSafetensors(good);
    const change = async (tensorChange: object, metadataChange: object = {}) => {
      const changed = Object.entries({ ...tensors, ...tensorChange }).filter(([, value]) => value);
      await writeSafetensors(path, Object.fromEntries(changed), { ...metadata, ...metadataChange });
      return open();
    };
    expect(await change({})).toBe('no error');
    expect(await change({}, { version: '2' })).toBe('ERR_FORMAT');
    expect(await change({}, { users: 'many' })).toBe('ERR_FORMAT');
    expect(await change({ type_offsets: undefined })).toBe('ERR_FORMAT');
    expect(await change({ '0.1.offsets': undefined })).toBe('ERR_FORMAT');
    expect(await change({ '0.1.indices': undefined })).toBe('ERR_FORMAT');
    expect(await change({ '0.1.weights': { data: Float32Array.of(1), shape: [1] } })).toBe('ERR_FORMAT');
    expect(await change({ '0.1.offsets': { data: Uint32Array.of(0), shape: [1] } })).toBe('ERR_FORMAT');
    expect(
      await change({ '0.7.offsets': tensors['0.1.offsets'], '0.7.indices': tensors['0.1.indices'] }),
    ).toBe('ERR_FORMAT');
    const { data } = tensors['0.1.indices']!;
    expect(await change({ '0.1.indices': { data: data.slice().reverse(), shape: [data.length] } })).toBe(
      'ERR_FORMAT',
    );

    const bytes = await readFile(good);
    for (const length of [0, 7, 8, 100, bytes.length - 1]) {
      await writeFile(path, bytes.subarray(0, length));
      expect(await open()).toBe('ERR_FORMAT');
    }
    expect(await codeOf(() => ItemGraph.open(join(folder, 'missing')))).toBe('ERR_IO');
    expect(await codeOf(() => ItemGraph.open(folder))).toBe('ERR_IO');
  });

  it('opens damaged bytes with an error or as a sound graph, never out of bounds', async () => {
    const path = join(folder, 'damaged.safetensors');
    using graph = await make();
    await graph.save(path);
    const good = await readFile(path);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.constantFrom<'all' | 'structure'>('all', 'structure'),
        async (changes, check) => {
          const bytes = Buffer.from(good);
          for (const [place, value] of changes) bytes[place] = value;
          await writeFile(path, bytes);
          try {
            using opened = await ItemGraph.open(path, { check });
            for (let r = 0; r < opened.relations.length; r++) {
              const { offsets, indices } = opened.relation(r);
              expect(offsets.at(-1)).toBe(BigInt(indices.length));
              if (check === 'all') for (const row of indices) expect(row).toBeLessThan(opened.nodes);
            }
          } catch (error) {
            expect((error as CohearError).code).toBe('ERR_FORMAT');
            refused++;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  it('verifies edges unless told that the structure is enough', async () => {
    const path = join(folder, 'edges.safetensors');
    using graph = await make();
    await graph.save(path);
    const { tensors, metadata } = await readSafetensors(path);
    (tensors['0.0.indices']!.data as Uint32Array)[0] = 4_000_000_000;
    await writeSafetensors(path, tensors, metadata);
    expect(await codeOf(() => ItemGraph.open(path))).toBe('ERR_FORMAT');
    using opened = await ItemGraph.open(path, { check: 'structure' });
    expect(opened.edges).toBe(graph.edges);
    expect(await codeOf(() => ItemGraph.open(path, { check: 'some' as never }))).toBe('ERR_VALUE');
  });

  it('closes: twice, in a using block, and with what was made of it', async () => {
    const graph = await make();
    using pruned = await prune(graph);
    const turned = await pruned.bySource();
    expect(await pruned.bySource()).toBe(turned);
    graph.close();
    graph.close();
    expect(graph.closed).toBe(true);
    expect(await codeOf(() => graph.relation(0))).toBe('ERR_CLOSED');
    expect(await codeOf(() => prune(graph))).toBe('ERR_CLOSED');
    expect(await codeOf(() => graph.bySource())).toBe('ERR_CLOSED');
    expect(pruned.edges).toBeGreaterThan(0); // its own memory
    pruned.close();
    await Promise.resolve();
    expect(turned.closed).toBe(true);
    let inside: ItemGraph;
    {
      using graph = await make();
      inside = graph;
    }
    expect(inside.closed).toBe(true);
  });

  it('lets a call under way end well when it is closed meanwhile', async () => {
    const graph = await make();
    const running = prune(graph, { topK: 1 });
    graph.close();
    using pruned = await running;
    expect(pruned.edges).toBeGreaterThan(0);
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../lib/artifacts/index.js';
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
    await writeFile(path, bytes.subarray(0, bytes.length - 1));
    expect(await open()).toBe('ERR_FORMAT');
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

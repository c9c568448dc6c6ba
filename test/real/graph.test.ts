import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { histories, readDataset } from '../../lib/events/index.js';
import { buildItemGraph } from '../../lib/graph/index.js';

const folder = resolve(process.env.COHEAR_SHARED ?? '../shared', 'data/food-kitchen');

describe.skipIf(!existsSync(folder))('the graph of food-kitchen', () => {
  it('holds exactly the pairs that a self-join in SQL finds, with their counts and times', async () => {
    const columns = { user: 'user_id', item: 'item_id', time: 'ts', type: 'item_type' };
    const { catalogue, users, log } = await readDataset(
      {
        events: { file: 'events.parquet', columns },
        items: { file: 'items.parquet', columns: { item: 'item_id', type: 'item_type', title: 'title' } },
      },
      { folder },
    );
    using graph = await buildItemGraph(histories(log, users.size), catalogue);

    const connection = await (await DuckDBInstance.create()).connect();
    const result = await connection.runAndReadAll(`
      WITH visits AS (
        SELECT user_id, item_id, max(epoch(ts)) AS time FROM '${folder}/events.parquet' GROUP BY ALL)
      SELECT d.item_id, s.item_id, count(*)::INTEGER, max(greatest(d.time, s.time))::DOUBLE
      FROM visits d JOIN visits s ON d.user_id = s.user_id AND d.item_id <> s.item_id
      GROUP BY ALL`);
    const [to, from, counts, times] = result.getColumns() as [string[], string[], number[], number[]];
    expect(graph.edges).toBe(to.length);
    expect(to.length).toBeGreaterThan(1_000_000);

    const relations = graph.relations.map((_, r) => graph.relation(r));
    let wrong = 0;
    for (let e = 0; e < to.length; e++) {
      const [d, s] = [catalogue.rowOf(to[e]!)!, catalogue.rowOf(from[e]!)!];
      const type = catalogue.typeOf(d);
      const relation = relations[catalogue.typeOf(s) * graph.types + type]!;
      const row = d - graph.typeOffsets[type]!;
      let [low, high] = [Number(relation.offsets[row]), Number(relation.offsets[row + 1])];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (relation.indices[middle]! < s) low = middle + 1;
        else high = middle;
      }
      const found = low < Number(relation.offsets[row + 1]) && relation.indices[low] === s;
      if (!found || relation.counts![low] !== counts[e] || relation.lastTimes![low] !== times[e]) wrong++;
    }
    expect(wrong).toBe(0);

    // Pruned by SQL: the 20 strongest of each row and relation, ties to the lower row.
    using pruned = await buildItemGraph(histories(log, users.size), catalogue, {
      minCount: 2,
      prune: { score: 'cosine', topK: 20 },
    });
    const rowsOf = new Map<string, { source: number; score: number }[]>();
    for (let e = 0; e < to.length; e++) {
      if (counts[e]! < 2) continue;
      const [d, s] = [catalogue.rowOf(to[e]!)!, catalogue.rowOf(from[e]!)!];
      const key = `${d} ${catalogue.typeOf(s)}`;
      const product = graph.itemUsers![d]! * graph.itemUsers![s]!;
      const edge = { source: s, score: Math.fround(counts[e]! / Math.sqrt(product)) };
      const row = rowsOf.get(key);
      if (row) row.push(edge);
      else rowsOf.set(key, [edge]);
    }
    let kept = 0;
    pruned.relations.forEach(({ sourceType, destinationType }, r) => {
      const { offsets, indices, scores } = pruned.relation(r);
      for (let row = 0; row + 1 < offsets.length; row++) {
        const d = catalogue.typeOffsets[destinationType]! + row;
        const want = (rowsOf.get(`${d} ${sourceType}`) ?? [])
          .sort((a, b) => b.score - a.score || a.source - b.source)
          .slice(0, 20)
          .sort((a, b) => a.source - b.source);
        const [begin, end] = [Number(offsets[row]), Number(offsets[row + 1])];
        kept += end - begin;
        const same =
          want.length === end - begin &&
          want.every(({ source, score }, i) => indices[begin + i] === source && scores![begin + i] === score);
        if (!same) wrong++;
      }
    });
    expect(wrong).toBe(0);
    expect(kept).toBeGreaterThan(10_000);
  }, 120_000);
});

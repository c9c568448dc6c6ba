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
  }, 120_000);
});

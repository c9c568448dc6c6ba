import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { evaluate, type Interval, judgedPairs, popularity } from '../../lib/evaluation/index.js';
import { histories, readDataset, splitTimes } from '../../lib/events/index.js';

const folder = resolve(process.env.COHEAR_SHARED ?? '../shared', 'data/food-kitchen');

describe.skipIf(!existsSync(folder))('popularity on food-kitchen, validation window', () => {
  // HR@10 that an implementation of its own (PyTorch) reached by the same protocol, to three digits.
  const published = {
    food: { popularity: 0.005, 'popularity-90d': 0.033, 'popularity-14d': 0.123, 'popularity-7d': 0.111 },
    kitchen: { popularity: 0.011, 'popularity-90d': 0.003, 'popularity-14d': 0.051, 'popularity-7d': 0.069 },
    all: { popularity: 0.004, 'popularity-90d': 0.009, 'popularity-14d': 0.062, 'popularity-7d': 0.083 },
  };

  test('HR@10 is that of another implementation, in every scope', async () => {
    const { catalogue, users, log } = await readDataset(
      {
        events: {
          file: 'events.parquet',
          columns: { user: 'user_id', item: 'item_id', time: 'ts', type: 'item_type' },
        },
        items: { file: 'items.parquet', columns: { item: 'item_id', type: 'item_type', title: 'title' } },
      },
      { folder },
    );
    const { validation, test: end } = splitTimes(log, { validation: 0.8, test: 0.9 });
    const history = histories(log, users.size, { before: validation });
    const judged = judgedPairs(log, history, { from: validation, to: end });
    const systems = [undefined, 90, 14, 7].map((days) =>
      popularity({ log, items: catalogue.size, cut: validation, ...(days && { days }) }),
    );
    const evaluation = await evaluate({ catalogue, history, judged, systems, seed: 1 });
    const whole = evaluation.systems.filter(
      ({ users, items, candidates }) => users === 'all' && items === 'all' && candidates === 'all',
    );
    for (const [scope, byName] of Object.entries(published))
      for (const [name, expected] of Object.entries(byName)) {
        const { value, low, high } = whole.find((result) => result.scope === scope && result.name === name)!
          .metrics['hr@10'] as Interval;
        expect(`${scope} ${name} ${value.toFixed(3)}`).toBe(`${scope} ${name} ${expected.toFixed(3)}`);
        expect(low).toBeLessThan(value);
        expect(high).toBeGreaterThan(value);
      }
    const counted = Object.fromEntries(
      whole.filter(({ name }) => name === 'popularity').map(({ scope, n_users }) => [scope, n_users]),
    );
    expect(counted).toEqual({ all: 4447, food: 3113, kitchen: 3516 });
  });
});

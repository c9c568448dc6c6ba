import { expect, it } from 'vitest';
import { COMMUNITIES, SECOND_TOPIC } from '../../lib/synth/calibration.js';
import { buildCells, CellTable, firstCell } from '../../lib/synth/cells.js';
import { clock } from '../../lib/synth/clock.js';
import { drawItems, NONE, typeOf } from '../../lib/synth/items.js';
import { synthSchema } from '../../lib/synth/options.js';

const items = drawItems(synthSchema.parse({ podcasts: 400, audiobooks: 100 }));
const everything = Uint32Array.from({ length: items.size }, (_, i) => i);

it('draws the items of a cell by their weight, against a plain list', () => {
  const table = new CellTable(items, everything);
  for (const type of [0, 1])
    for (const topic of [0, 5, 23]) {
      const from = firstCell(type, topic);
      const want = new Float64Array(items.size);
      for (const i of everything) {
        if (typeOf(items, i) !== type) continue;
        const share = items.second[i] === NONE ? 0 : SECOND_TOPIC.weight;
        if (items.topic[i] === topic) want[i] = (1 - share) * items.weight[i]!;
        else if (items.second[i] === topic) want[i] = share * items.weight[i]!;
      }
      const total = want.reduce((a, b) => a + b, 0);
      const got = new Float64Array(items.size);
      const steps = 20_000;
      for (let s = 0; s < steps; s++)
        got[table.pick(from, from + COMMUNITIES, (s + 0.5) / steps)]! += 1 / steps;
      got.forEach((share, i) => {
        expect(Math.abs(share - want[i]! / total)).toBeLessThan(2 / steps);
      });
      for (let c = 0; c < COMMUNITIES; c++) {
        const item = table.pick(from + c, from + c + 1, 0.5);
        if (item >= 0) expect([items.community[item], want[item]! > 0]).toEqual([c, true]);
      }
    }
});

it('knows an empty cell and keeps u at the ends of [0, 1) inside', () => {
  const one = new CellTable(items, Uint32Array.of(3));
  const cell = firstCell(0, items.topic[3]!) + items.community[3]!;
  expect(one.pick(cell, cell + 1, 0)).toBe(3);
  expect(one.pick(cell, cell + 1, 1 - 2 ** -32)).toBe(3);
  expect(one.pick(firstCell(1, 0), firstCell(1, 1), 0.5)).toBe(-1);
});

it('has only late releases in the weekly tables', () => {
  const { fresh } = buildCells(items, 120);
  expect(fresh).toHaveLength(18);
  const seen = new Set<number>();
  for (let s = 0; s < 2000; s++) seen.add(fresh[10]!.pick(0, firstCell(2, 0), s / 2000));
  for (const item of seen) {
    expect(items.released[item]).toBeGreaterThanOrEqual(77 - 28);
    expect(items.released[item]).toBeLessThan(77);
  }
  expect(seen.size).toBeGreaterThan(3);
});

it('moves times within their day only, in order', () => {
  let last = -1;
  for (let i = 0; i < 3000; i++) {
    const moved = clock(i / 1000);
    expect(Math.floor(moved)).toBe(Math.floor(i / 1000));
    expect(moved).toBeGreaterThanOrEqual(last);
    last = moved;
  }
  expect(Math.floor(clock(1 - 2 ** -53))).toBe(0);
});

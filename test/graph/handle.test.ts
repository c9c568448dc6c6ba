import { describe, expect, it } from 'vitest';
import { CohearError } from '../../lib/errors/index.js';
import { addon } from '../../lib/native/index.js';

const parts = () => ({
  typeOffsets: Uint32Array.of(0, 2, 5),
  relations: [
    {
      sourceType: 1,
      destinationType: 0,
      offsets: BigUint64Array.of(0n, 2n, 3n),
      indices: Uint32Array.of(2, 4, 3),
      counts: Uint32Array.of(1, 2, 3),
      lastTimes: Float64Array.of(10, 20, 30),
    },
    {
      sourceType: 0,
      destinationType: 0,
      offsets: BigUint64Array.of(0n, 1n, 2n),
      indices: Uint32Array.of(1, 0),
    },
  ],
});

const code = (body: () => unknown) => {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(CohearError);
    return (error as CohearError).code;
  }
  return 'no error';
};

describe('graph handle', () => {
  it('gives back what it was made from, relations sorted', () => {
    const handle = addon.createGraph(parts());
    const info = addon.graphInfo(handle);
    expect(info.typeOffsets).toEqual(Uint32Array.of(0, 2, 5));
    expect(info.relations).toEqual([
      { sourceType: 0, destinationType: 0, edges: 2 },
      { sourceType: 1, destinationType: 0, edges: 3 },
    ]);
    expect(addon.graphRelation(handle, 1)).toEqual({ ...parts().relations[0], edges: 3 });
    expect(addon.graphRelation(handle, 0)).toEqual({ ...parts().relations[1], edges: 2 });
    expect(info.bytes).toBe(12 + 2 * 24 + 5 * 4 + 3 * 12);
    expect(code(() => addon.graphRelation(handle, 2))).toBe('ERR_RANGE');
  });

  it('copies: later writes to the arrays do not reach it', () => {
    const given = parts();
    const handle = addon.createGraph(given);
    given.relations[0]!.indices.fill(0);
    expect(addon.graphRelation(handle, 1).indices).toEqual(Uint32Array.of(2, 4, 3));
  });

  it('closes, twice too, and says so afterwards', () => {
    const handle = addon.createGraph(parts());
    expect(handle.closed).toBe(false);
    handle.close();
    handle.close();
    expect(handle.closed).toBe(true);
    expect(code(() => addon.graphInfo(handle))).toBe('ERR_CLOSED');
  });

  it('takes no foreign object, no borrowed method and no object of its own constructor', () => {
    const handle = addon.createGraph(parts());
    const Class = (handle as object as { constructor: new () => never }).constructor;
    const { close } = Object.getPrototypeOf(handle);
    const closed = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(handle), 'closed')!.get!;
    const foreign = [
      null,
      undefined,
      7,
      'graph',
      {},
      [],
      new Class(),
      Object.create(handle),
      new Proxy(handle, {}),
    ];
    for (const value of foreign) {
      expect(code(() => addon.graphInfo(value as never))).toBe('ERR_DTYPE');
      expect(code(() => close.call(value))).toBe('ERR_DTYPE');
      expect(code(() => closed.call(value))).toBe('ERR_DTYPE');
    }
    expect(handle.closed).toBe(false);
  });

  it.each<[string, string, (p: ReturnType<typeof parts>) => unknown]>([
    ['no object', 'ERR_DTYPE', () => 3],
    ['relations no array', 'ERR_DTYPE', (p) => ({ ...p, relations: {} })],
    ['offsets of the wrong type', 'ERR_DTYPE', (p) => edit(p, { offsets: Uint32Array.of(0, 2, 3) })],
    ['type offsets of one value', 'ERR_SHAPE', (p) => ({ ...p, typeOffsets: Uint32Array.of(0) })],
    ['type offsets that fall', 'ERR_VALUE', (p) => ({ ...p, typeOffsets: Uint32Array.of(0, 2, 1) })],
    ['type offsets not from 0', 'ERR_VALUE', (p) => ({ ...p, typeOffsets: Uint32Array.of(1, 2, 5) })],
    ['an unknown type', 'ERR_RANGE', (p) => edit(p, { sourceType: 2 })],
    ['a negative type', 'ERR_RANGE', (p) => edit(p, { sourceType: -1 })],
    ['the same pair twice', 'ERR_VALUE', (p) => edit(p, { sourceType: 0, indices: Uint32Array.of(0, 1, 0) })],
    ['too few rows', 'ERR_SHAPE', (p) => edit(p, { offsets: BigUint64Array.of(0n, 3n) })],
    ['no offsets', 'ERR_SHAPE', (p) => edit(p, { offsets: new BigUint64Array(0) })],
    ['offsets that fall', 'ERR_VALUE', (p) => edit(p, { offsets: BigUint64Array.of(0n, 4n, 3n) })],
    [
      'offsets past the edges',
      'ERR_SHAPE',
      (p) => edit(p, { offsets: BigUint64Array.of(0n, 2n, 1n << 60n) }),
    ],
    ['a neighbour past the catalogue', 'ERR_RANGE', (p) => edit(p, { indices: Uint32Array.of(2, 5, 3) })],
    ['a neighbour of another type', 'ERR_RANGE', (p) => edit(p, { indices: Uint32Array.of(1, 4, 3) })],
    ['neighbours out of order', 'ERR_VALUE', (p) => edit(p, { indices: Uint32Array.of(4, 2, 3) })],
    ['a neighbour twice', 'ERR_VALUE', (p) => edit(p, { indices: Uint32Array.of(2, 2, 3) })],
    ['counts of another length', 'ERR_SHAPE', (p) => edit(p, { counts: Uint32Array.of(1) })],
    [
      'a time that is no number',
      'ERR_VALUE',
      (p) => edit(p, { lastTimes: Float64Array.of(1, Number.NaN, 2) }),
    ],
    ['an infinite score', 'ERR_VALUE', (p) => edit(p, { scores: Float32Array.of(1, 2, Infinity) })],
  ])('refuses %s', (_, want, change) => {
    expect(code(() => addon.createGraph(change(parts()) as never))).toBe(want);
  });

  it('refuses a detached array', () => {
    const given = parts();
    structuredClone(given.typeOffsets.buffer, { transfer: [given.typeOffsets.buffer] });
    expect(code(() => addon.createGraph(given))).toBe('ERR_VALUE');
  });
});

function edit(p: ReturnType<typeof parts>, change: object) {
  return { ...p, relations: [{ ...p.relations[0]!, ...change }, p.relations[1]!] };
}

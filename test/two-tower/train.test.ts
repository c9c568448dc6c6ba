import { describe, expect, test } from 'vitest';
import { type Matrix, matrix } from '../../lib/artifacts/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { tf } from '../../lib/tensor/index.js';
import { MomentInputs, servingVectors, TwoTower, trainTwoTower } from '../../lib/two-tower/index.js';
import { codeOf } from '../code-of.js';
import { memoryCheckpoint } from '../memory-checkpoint.js';
import { expectClose } from '../tensor/helpers.js';
import {
  CUT,
  DAY,
  type Event,
  ITEMS,
  logOf,
  momentOf,
  options,
  snapshotsOf,
  tasteEvents,
  USERS,
  worldOf,
} from './worlds.js';

const bitsOf = (m: Matrix) =>
  Buffer.from(m.data.buffer, m.data.byteOffset, m.data.byteLength).toString('hex');

describe('MomentInputs', () => {
  test('user inputs by hand: means per type, counts, days since the last, any', () => {
    const log = logOf([
      { user: 0, item: 1, day: 10 },
      { user: 0, item: 3, day: 19, kind: 1 }, // a weak event counts
      { user: 0, item: 30, day: 15 },
      { user: 0, item: 5, day: 20 }, // at the cut: not known
      { user: 2, item: 26, day: 1 },
    ]);
    const embeddings = matrix(ITEMS, 2);
    embeddings.data.set([1, 2], 2); // item 1
    embeddings.data.set([3, 8], 6); // item 3
    embeddings.data.set([100, 100], 10); // item 5
    embeddings.data.set([-1, 4], 60); // item 30
    const inputs = new MomentInputs(worldOf(log), momentOf(log, 20 * DAY, embeddings));
    const rows = inputs.users(Uint32Array.of(0, 1)).arraySync();
    const facts = (count: number, days: number) => [Math.log1p(count), Math.log1p(days), count > 0 ? 1 : 0];
    expectClose(rows[0]!, [2, 5, -1, 4, ...facts(2, 1), ...facts(1, 5)], 1e-6);
    expectClose(rows[1]!, new Array(10).fill(0), 0); // a user nobody has seen yet
    inputs.dispose();
  });

  test('a planted leak does not show: what happens at or after the cut changes no input', () => {
    const known = tasteEvents().filter((e) => e.day < 60);
    const planted: Event[] = [
      ...known,
      ...tasteEvents().map((e) => ({ ...e, item: 7, day: 60 + (e.day % 30) })),
    ];
    const all = Uint32Array.from({ length: USERS }, (_, u) => u);
    const rows = Uint32Array.from({ length: ITEMS }, (_, i) => i);
    const [without, with_] = [known, planted].map((events) => {
      const log = logOf(events);
      const inputs = new MomentInputs(worldOf(log), momentOf(log, 60 * DAY));
      const values = [inputs.users(all).dataSync().slice(), inputs.items(rows).dataSync().slice()];
      inputs.dispose();
      return values;
    });
    expect(with_).toEqual(without);
  });

  test('windowDays leaves older events out', () => {
    const log = logOf([
      { user: 0, item: 1, day: 3 },
      { user: 0, item: 2, day: 15 },
    ]);
    const world = { ...worldOf(log), windowDays: 7 };
    const inputs = new MomentInputs(world, momentOf(log, 20 * DAY));
    const row = inputs.users(Uint32Array.of(0)).arraySync()[0]!;
    expectClose(row.slice(0, 4), world.text.data.subarray(8, 12), 1e-6);
    inputs.dispose();
  });
});

describe('trainTwoTower', () => {
  const log = logOf(tasteEvents());
  const world = worldOf(log);

  test('learns whose taste is whose, and the served dot products are the logits', async () => {
    const { model, curve } = await trainTwoTower(world, snapshotsOf(log, world), options);
    expect(curve.at(-1)!.loss).toBeLessThan(curve[0]!.loss);
    const moment = momentOf(log, CUT);
    const { users, items } = servingVectors(model, world, moment);
    const score = (u: number, i: number) => {
      let sum = 0;
      for (let c = 0; c < users.cols; c++)
        sum += users.data[u * users.cols + c]! * items.data[i * items.cols + c]!;
      return sum;
    };
    let right = 0;
    for (let u = 0; u < USERS; u++)
      for (let pair = 0; pair < ITEMS; pair += 2)
        right += score(u, pair + (u % 2)) > score(u, pair + 1 - (u % 2)) ? 1 : 0;
    expect(right / (USERS * (ITEMS / 2))).toBeGreaterThan(0.8);

    const inputs = new MomentInputs(world, moment);
    const logits = tf.tidy(() => {
      const [u, i] = [Uint32Array.of(5, 6), Uint32Array.of(0, 31, 8)];
      const cosines = tf.matMul(model.users(inputs.users(u)), model.items(inputs.items(i)), false, true);
      return tf
        .add(tf.div(cosines, options.temperature), tf.reshape(model.bias(inputs.itemStatistics(i)), [1, 3]))
        .dataSync();
    });
    expectClose(
      logits,
      [5, 6].flatMap((u) => [0, 31, 8].map((i) => score(u, i))),
      1e-4,
      1e-4,
    );
    inputs.dispose();
    model.dispose();
  });

  test('a planted leak does not show: the serving cut is the end of what is learned', async () => {
    const short = { ...options, epochs: 2 };
    const planted = logOf([
      ...tasteEvents().filter((e) => e.day < 100),
      ...Array.from({ length: USERS }, (_, user) => ({ user, item: 11, day: 101 })),
    ]);
    const vectors = [];
    for (const events of [log, planted]) {
      const known = worldOf(events);
      const { model } = await trainTwoTower(known, snapshotsOf(events, known), short);
      vectors.push(servingVectors(model, known, momentOf(events, CUT)));
      model.dispose();
    }
    expect(bitsOf(vectors[1]!.items)).toBe(bitsOf(vectors[0]!.items));
    expect(bitsOf(vectors[1]!.users)).toBe(bitsOf(vectors[0]!.users));
  });

  test('gives the same bits at any number of threads, and when cut and resumed', async () => {
    const short = { ...options, epochs: 4 };
    const before = threads();
    const weights = [];
    for (const count of [1, 2, 7]) {
      setThreads(count);
      const { model } = await trainTwoTower(world, snapshotsOf(log, world), short);
      weights.push(model.export());
      model.dispose();
    }
    setThreads(before);
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);

    const checkpoint = memoryCheckpoint();
    const controller = new AbortController();
    const cut = () =>
      trainTwoTower(world, snapshotsOf(log, world), short, {
        checkpoint,
        signal: controller.signal,
        onProgress: ({ task, done }) => {
          if (task.includes('epoch 3') && done === 2) controller.abort();
        },
      });
    expect(await codeOf(cut)).toBe('ERR_CANCELLED');
    const tasks: string[] = [];
    const { model } = await trainTwoTower(world, snapshotsOf(log, world), short, {
      checkpoint,
      onProgress: ({ task }) => void tasks.push(task),
    });
    expect(tasks[0]).toContain('epoch 3/4');
    expect(model.export()).toEqual(weights[0]);
    model.dispose();
  });

  test('a range is a world of its own: nothing of the other items enters', async () => {
    const short = { ...options, epochs: 2 };
    const range = [25, ITEMS] as const;
    const own = (from: typeof world) =>
      snapshotsOf(log, from).map(({ moment, examples: { user, item } }) => ({
        moment,
        examples: { user: user.filter((_, e) => item[e]! >= 25), item: item.filter((i) => i >= 25) },
      }));
    const train = async (from: typeof world) => {
      const { model } = await trainTwoTower(from, own(from), short, { range });
      const { items } = servingVectors(model, from, momentOf(log, CUT), range);
      const weights = model.export();
      model.dispose();
      return { items, weights };
    };
    const { items, weights } = await train(world);
    expect(items.rows).toBe(ITEMS - 25);
    // Texts of the first type reach the user tower (the profiles), never the item tower: without user histories of
    // that type the model does not know that it exists.
    const other = { ...world, text: matrix(ITEMS, 4, world.text.data.slice()) };
    other.text.data.fill(7, 0, 25 * 4);
    const alone = (from: typeof world) => ({
      ...from,
      histories: worldOf(logOf(tasteEvents().filter((e) => e.item >= 25))).histories,
    });
    const [a, b] = [await train(alone(world)), await train(alone(other))];
    expect(b.weights).toEqual(a.weights);
    expect(a.weights).not.toEqual(weights);
    expect(await codeOf(() => trainTwoTower(world, snapshotsOf(log, world), short, { range }))).toBe(
      'ERR_RANGE',
    );
  });

  test('without an example there is nothing to learn', async () => {
    const empty = logOf([]);
    const none = worldOf(empty);
    expect(await codeOf(() => trainTwoTower(none, snapshotsOf(empty, none), options))).toBe('ERR_VALUE');
  });
});

test('weights of a user with many examples are shared out when userBalance is 1', async () => {
  // One heavy user of one taste against many light users of the other: balanced, the light users decide the bias.
  const events: Event[] = [];
  for (let item = 0; item < ITEMS; item += 2) events.push({ user: 0, item, day: 70 });
  for (let user = 1; user < 12; user++) events.push({ user, item: 1, day: 70 });
  const log = logOf(events);
  const world = worldOf(log);
  const losses = [];
  for (const userBalance of [0, 1]) {
    const { curve, model } = await trainTwoTower(world, snapshotsOf(log, world), {
      ...options,
      epochs: 20,
      userBalance,
    });
    const { users, items } = servingVectors(model, world, momentOf(log, CUT));
    let sum = 0;
    for (let c = 0; c < users.cols; c++)
      sum += users.data[13 * users.cols + c]! * items.data[items.cols + c]!;
    losses.push(sum);
    expect(curve).toHaveLength(20);
    model.dispose();
  }
  expect(losses[1]).toBeGreaterThan(losses[0]!); // item 1 for a user nobody knows
});

test('TwoTower refuses weights of another shape', async () => {
  const model = new TwoTower({ user: 4, item: 5, statistics: 2 }, { ...options }, 1);
  const other = new TwoTower({ user: 4, item: 6, statistics: 2 }, { ...options }, 1);
  expect(await codeOf(() => model.import(other.export()))).toBe('ERR_SHAPE');
  model.dispose();
  other.dispose();
});

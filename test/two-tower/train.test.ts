import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Matrix, matrix, RowTable, writeSafetensors } from '../../lib/artifacts/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { sampledSoftmaxLoss, tf } from '../../lib/tensor/index.js';
import {
  type Moment,
  MomentInputs,
  type ProfileOptions,
  servingVectors,
  type TowerPair,
  TwoTower,
  trainTwoTower,
} from '../../lib/two-tower/index.js';
import { literalLoss } from '../../lib/two-tower/literal-loss.js';
import { exampleWeights } from '../../lib/two-tower/train.js';
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

function dot(users: Matrix, u: number, items: Matrix, i: number): number {
  let sum = 0;
  for (let c = 0; c < users.cols; c++)
    sum += users.data[u * users.cols + c]! * items.data[i * items.cols + c]!;
  return sum;
}

/** Share of (user, pair of items of both tastes) in which the user's own taste scores higher. */
function tasteShown(users: Matrix, items: Matrix): number {
  let right = 0;
  for (let u = 0; u < USERS; u++)
    for (let pair = 0; pair < ITEMS; pair += 2)
      right += dot(users, u, items, pair + (u % 2)) > dot(users, u, items, pair + 1 - (u % 2)) ? 1 : 0;
  return right / (USERS * (ITEMS / 2));
}

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

  test('means that decay, weigh weak events, or are one over all types', () => {
    const log = logOf([
      { user: 0, item: 1, day: 5 },
      { user: 0, item: 3, day: 15, kind: 1 },
      { user: 0, item: 5, day: 20 }, // at the cut
      { user: 0, item: 30, day: 10 },
    ]);
    const embeddings = matrix(ITEMS, 1);
    embeddings.data.set([1], 1);
    embeddings.data.set([4], 3);
    embeddings.data.set([100], 5);
    embeddings.data.set([-2], 30);
    const rowOf = (profile: Partial<ProfileOptions>) => {
      const inputs = new MomentInputs(worldOf(log, CUT, profile), momentOf(log, 20 * DAY, embeddings));
      const values = tf.tidy(() => inputs.users(Uint32Array.of(0)).arraySync()[0]!);
      expect(inputs.widths.user).toBe(values.length);
      inputs.dispose();
      return values;
    };
    const [day5, day10] = [Math.log1p(5), Math.log1p(10)];
    // Item 3 is ten days newer than item 1: two half-lives. It is weak: half again.
    const [old, weak] = [1 / 4, 1 / 2];
    const first = (old * 1 + weak * 4) / (old + weak);
    expectClose(
      rowOf({ halfLifeDays: 5, kindWeights: [1, 0.5] }),
      [first, -2, Math.log1p(1.5), day5, 1, Math.log1p(1), day10, 1],
      1e-5,
    );
    // One mean: item 30 lies five days back from item 3.
    const one = (old * 1 + weak * 4 - 0.5 * 2) / (old + weak + 0.5);
    expectClose(
      rowOf({ halfLifeDays: 5, kindWeights: [1, 0.5], means: 'one' }),
      [one, Math.log1p(2.5), day5, 1],
      1e-5,
    );
    expectClose(rowOf({ means: 'one' }), [1, Math.log1p(3), day5, 1], 1e-5);
    // Beside the embeddings, the texts: odd items have [1, 0, ...], item 30 has [0, 1, ...].
    const both = rowOf({ means: 'one', vectors: ['hgnn', 'text'] });
    expect(both).toHaveLength(1 + 4 + 3);
    expectClose(both.slice(0, 3), [1, 2 / 3, 1 / 3], 1e-5);
    expectClose(rowOf({ means: 'one', vectors: ['text'] }), both.slice(1), 0);
    // Weak events left out: item 1 alone, 15 days ago.
    expectClose(rowOf({ kindWeights: [1, 0] }).slice(0, 5), [1, -2, Math.log1p(1), Math.log1p(15), 1], 1e-5);
  });

  test('texts in a file are those in memory, to the bit', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cohear-texts-'));
    const log = logOf(tasteEvents());
    const world = worldOf(log);
    await writeSafetensors(join(folder, 'x'), { x: { data: world.text.data, shape: [ITEMS, 4] } });
    using text = await RowTable.open(join(folder, 'x'), 'x');
    const rows = Uint32Array.of(39, 0, 7, 7);
    for (const embeddings of [momentOf(log, CUT).embeddings, null]) {
      const [memory, file] = [world, { ...world, text }].map((from) => {
        const inputs = new MomentInputs(from, { ...momentOf(log, CUT), embeddings });
        const values = [inputs.users(rows).dataSync().slice(), inputs.items(rows).dataSync().slice()];
        inputs.dispose();
        return values;
      });
      expect(file).toEqual(memory);
    }
    await rm(folder, { recursive: true });
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
    const world = worldOf(log, CUT, { windowDays: 7 });
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
    const score = (u: number, i: number) => dot(users, u, items, i);
    expect(tasteShown(users, items)).toBeGreaterThan(0.8);

    const inputs = new MomentInputs(world, moment);
    const logits = tf.tidy(() => {
      const [u, i] = [Uint32Array.of(5, 6), Uint32Array.of(0, 31, 8)];
      const cosines = tf.matMul(model.users(inputs.users(u)), model.items(inputs.items(i)), false, true);
      return tf.add(cosines, tf.reshape(model.bias(inputs.itemStatistics(i)), [1, 3])).dataSync();
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

  test('without statistics there is no bias, and taste is learned all the same', async () => {
    const bare = (moment: Moment): Moment => ({ ...moment, statistics: matrix(world.catalogue.size, 0) });
    const snapshots = snapshotsOf(log, world).map(({ moment, examples }) => ({
      moment: bare(moment),
      examples,
    }));
    const { model } = await trainTwoTower(world, snapshots, options);
    expect(model.widths.statistics).toBe(0);
    const names = Array.from(model.parameters.entries(), ([name]) => name);
    expect(names.filter((name) => name.includes('bias.'))).toEqual([]);
    const { users, items } = servingVectors(model, world, bare(momentOf(log, CUT)));
    expect(tasteShown(users, items)).toBeGreaterThan(0.8);
    for (let i = 0; i < items.rows; i++) expect(items.data[(i + 1) * items.cols - 1]).toBe(0);
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

  test('literal: equation (5) learns whose taste is whose, without biases', async () => {
    const { model, curve } = await trainTwoTower(world, snapshotsOf(log, world), {
      ...options,
      loss: 'literal',
    });
    expect(curve.at(-1)!.loss).toBeLessThan(curve[0]!.loss);
    const { users, items } = servingVectors(model, world, momentOf(log, CUT));
    expect(tasteShown(users, items)).toBeGreaterThan(0.7);
    for (let i = 0; i < ITEMS; i++) expect(items.data[i * items.cols + options.out]).toBe(0);
    expect(Object.keys(model.export()).some((name) => name.includes('bias.'))).toBe(false);
    model.dispose();
  });

  test('members learn as if each were alone, and their logits are averaged', async () => {
    const three = { ...options, epochs: 2, members: 3 };
    const { model } = await trainTwoTower(world, snapshotsOf(log, world), three);
    const alone = await trainTwoTower(world, snapshotsOf(log, world), { ...three, members: 1 });
    for (const [name, { data }] of Object.entries(alone.model.export())) {
      expect(name.startsWith('0.')).toBe(true);
      expect(model.export()[name]!.data).toEqual(data);
    }
    const moment = momentOf(log, CUT);
    const { users, items } = servingVectors(model, world, moment);
    expect(users.cols).toBe(3 * options.out + 1);
    const inputs = new MomentInputs(world, moment);
    const logits = tf.tidy(() => {
      const [u, i] = [inputs.users(Uint32Array.of(5)), inputs.items(Uint32Array.of(8))];
      const statistics = inputs.itemStatistics(Uint32Array.of(8));
      return model.members.map((pair) => {
        const cosine = tf.sum(tf.mul(pair.users(u), pair.items(i))).dataSync()[0]!;
        return cosine / options.temperature + pair.bias(statistics).dataSync()[0]!;
      });
    });
    expect(new Set(logits).size).toBe(3);
    expect(dot(users, 5, items, 8)).toBeCloseTo(logits.reduce((a, b) => a + b) / 3, 4);
    const direction = items.data.subarray(8 * items.cols, 9 * items.cols - 1);
    expect(Math.hypot(...direction)).toBeCloseTo(1, 5);
    inputs.dispose();
    model.dispose();
    alone.model.dispose();
  });

  test('a learned temperature is learned, served, and comes back from a file', async () => {
    const learning = { ...options, learnTemperature: true };
    const before = threads();
    const weights = [];
    for (const count of [1, 2, 7]) {
      setThreads(count);
      const { model } = await trainTwoTower(world, snapshotsOf(log, world), learning);
      weights.push(model.export());
      if (count === 7) {
        const { temperature } = model.members[0]!;
        expect(temperature).not.toBeCloseTo(options.temperature, 3);
        const { users } = servingVectors(model, world, momentOf(log, CUT));
        expect(Math.hypot(...users.data.subarray(0, options.out))).toBeCloseTo(1 / temperature, 3);
        const again = new TwoTower(model.widths, learning, 9);
        again.import(model.export());
        expect(again.members[0]!.temperature).toBe(temperature);
        again.dispose();
      }
      model.dispose();
    }
    setThreads(before);
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);
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

test('examples weigh alike, or as the inverse of their item or type', () => {
  const { catalogue } = worldOf(logOf([]));
  const items = Uint32Array.of(3, 3, 7, 30, 3, 31);
  expect(Array.from(exampleWeights(items, catalogue, 'equal'))).toEqual([1, 1, 1, 1, 1, 1]);
  expectClose(exampleWeights(items, catalogue, 'item'), [1 / 3, 1 / 3, 1, 1, 1 / 3, 1], 1e-6);
  expectClose(exampleWeights(items, catalogue, 'type'), [0.25, 0.25, 0.25, 0.5, 0.25, 0.5], 1e-6);
});

describe('the literal loss', () => {
  const users = [1, 2, -1, 0.5];
  const positives = [0.5, 1, 2, -1];
  const drawn = [3, 0];
  const loss = (u: tf.Tensor2D, v: tf.Tensor2D) =>
    literalLoss(u, tf.slice2d(v, [0, 0], [2, 2]), v, Float32Array.of(1, 3));
  const tensors = () => [tf.tensor2d(users, [2, 2]), tf.tensor2d([...positives, ...drawn], [3, 2])] as const;

  test('by hand', () => {
    // mean of the candidates: [5.5 / 3, 0]; differences 1 * (5.5/3 - 0.5) + 2 * (0 - 1), -1 * (5.5/3 - 2) + 0.5
    const [a, b] = [5.5 / 3 - 0.5 - 2, 2 - 5.5 / 3 + 0.5];
    expect(tf.tidy(() => loss(...tensors()).dataSync()[0])).toBeCloseTo((a + 3 * b) / 4, 5);
  });

  test('its gradients agree with central differences', () => {
    const [u, v] = tensors();
    const [du, dv] = tf.grads(loss as never)([u, v]) as [tf.Tensor2D, tf.Tensor2D];
    const values = [u, v].map((t) => Array.from(t.dataSync()));
    [du, dv].forEach((gradient, which) => {
      const analytic = gradient.dataSync();
      values[which]!.forEach((_, i) => {
        const at = (delta: number) => {
          const moved = values.map((list) => [...list]);
          moved[which]![i]! += delta;
          return tf.tidy(
            () => loss(tf.tensor2d(moved[0]!, [2, 2]), tf.tensor2d(moved[1]!, [3, 2])).dataSync()[0]!,
          );
        };
        expect((at(1e-2) - at(-1e-2)) / 2e-2).toBeCloseTo(analytic[i]!, 3);
      });
    });
  });
});

test('the learned temperature has the gradient of its softmax', () => {
  const model = new TwoTower({ user: 4, item: 5, statistics: 2 }, { ...options, learnTemperature: true }, 1);
  const [pair] = model.members as [TowerPair];
  const variable = [...model.parameters.entries()].find(([name]) => name === '0.log scale')![1];
  const [users, items] = [
    tf.randomUniform([6, 4], -1, 1, 'float32', 1),
    tf.randomUniform([6, 5], -1, 1, 'float32', 2),
  ];
  const loss = () =>
    sampledSoftmaxLoss(
      tf.mul(pair.users(users as tf.Tensor2D), pair.scale()!) as tf.Tensor2D,
      pair.items(items as tf.Tensor2D),
      { itemIds: Uint32Array.of(0, 1, 2, 3, 4, 5) },
    );
  const { grads } = tf.variableGrads(loss, [variable]);
  const analytic = grads[variable.name]!.dataSync()[0]!;
  const start = variable.dataSync()[0]!;
  const at = (value: number) => {
    variable.assign(tf.tensor1d([value]));
    return tf.tidy(() => loss().dataSync()[0]!);
  };
  expect((at(start + 1e-2) - at(start - 1e-2)) / 2e-2).toBeCloseTo(analytic, 2);
  at(50); // far beyond the limit
  expect(pair.temperature).toBeCloseTo(0.01, 6);
  model.dispose();
});

test('TwoTower refuses weights of another shape, a start from none of its own, and no members', async () => {
  const widths = { user: 4, item: 5, statistics: 2 };
  const model = new TwoTower(widths, { ...options }, 1);
  const other = new TwoTower({ ...widths, item: 6 }, { ...options }, 1);
  expect(await codeOf(() => model.import(other.export()))).toBe('ERR_SHAPE');
  const unlike = Object.fromEntries(Object.entries(model.export()).map(([name, of]) => [`x${name}`, of]));
  expect(await codeOf(() => model.parameters.startFrom(unlike))).toBe('ERR_SHAPE');
  expect(await codeOf(() => new TwoTower(widths, { ...options, members: 0 }, 1))).toBe('ERR_VALUE');
  model.dispose();
  other.dispose();
});

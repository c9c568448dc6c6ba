// Our models trained by a run on another backend: the same losses, step by step of their epochs, and a manifest that
// says what made them. COHEAR_TFJS_NODE names a folder with @tensorflow/tfjs-node, where it is to be compared, too.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audioConfig } from '../../lib/cli/audio-config.js';
import { applyOverrides, parseOverride, resolveConfig } from '../../lib/pipeline/config/index.js';
import { runPipeline } from '../../lib/pipeline/index.js';
import { generate } from '../../lib/synth/index.js';
import { tf } from '../../lib/tensor/index.js';
import { SMALL } from './small.js';

const place = process.env.COHEAR_TFJS_NODE;
const there = place !== undefined && existsSync(join(place, 'node_modules/@tensorflow/tfjs-node'));

let base: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'cohear-backend-'));
  const size = { users: 60, podcasts: 40, audiobooks: 20, eventsPerUser: 15 };
  await generate({ folder: join(base, 'data'), ...size, seed: 2 });
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const configOf = (...settings: string[]) =>
  resolveConfig(applyOverrides(audioConfig, [...SMALL, ...settings].map(parseOverride)), join(base, 'data'));

/** Losses by stage and epoch, and the setting that the manifest tells. */
async function trained(backend: string) {
  const workdir = join(base, backend);
  const settings = [
    'hgnn.epochs=2',
    'hgnn.stepsPerEpoch=3',
    'twoTower.epochs=2',
    `training.backend=${backend}`,
  ];
  const { manifest } = await runPipeline({ config: configOf(...settings), workdir });
  expect(tf.getBackend()).toBe('cohear');
  const stages = ['hgnn', 'two-tower-text', 'two-tower'] as const;
  return stages.map((name) => {
    const { folder, config } = manifest.stages[name]!;
    const { curve } = JSON.parse(readFileSync(join(workdir, folder, 'model.json'), 'utf8'));
    return {
      name,
      losses: (curve as { loss: number }[]).map(({ loss }) => loss),
      training: (config as { training: unknown }).training,
    };
  });
}

describe('training.backend', () => {
  it.each([
    ['cpu', true],
    ['tensorflow', there],
  ] as const)(
    '%s learns what cohear learns',
    async (backend, run) => {
      if (!run) return console.log('test: COHEAR_TFJS_NODE names no tfjs-node; it is not compared with');
      const [ours, other] = [await trained('cohear'), await trained(backend)];
      for (const [i, { name, losses, training }] of other.entries()) {
        expect(training).toEqual({ backend, precision: 'float32' });
        expect(losses).toHaveLength(2);
        for (const [epoch, loss] of losses.entries())
          expect(loss, `${name}, epoch ${epoch}`).toBeCloseTo(ours[i]!.losses[epoch]!, 3);
      }
    },
    240_000,
  );

  it.runIf(!there)('says at once where tensorflow is not installed', async () => {
    const run = runPipeline({ config: configOf('training.backend=tensorflow'), workdir: join(base, 'none') });
    await expect(run).rejects.toMatchObject({ code: 'ERR_MISSING' });
    expect(existsSync(join(base, 'none', 'manifest.json'))).toBe(false);
  });
});

import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import { derive, normal, type Seed } from '../random/index.js';

/**
 * The named trainable arrays of a model. Owns its variables: `dispose()` frees them.
 * Initial values are functions of (seed, name, position) alone, so adding a parameter changes no other.
 */
export class Parameters {
  readonly #variables = new Map<string, tf.Variable>();
  constructor(readonly seed: Seed) {}

  /** A [inputs, outputs] kernel, normal with variance 2 / (inputs + outputs) (Glorot). */
  kernel(name: string, inputs: number, outputs: number): tf.Variable<tf.Rank.R2> {
    const seed = derive(this.seed, name);
    const scale = Math.sqrt(2 / (inputs + outputs));
    const values = new Float32Array(inputs * outputs);
    for (let i = 0; i < values.length; i++) values[i] = scale * normal(seed, i);
    return this.#add(name, tf.tensor2d(values, [inputs, outputs])) as tf.Variable<tf.Rank.R2>;
  }

  /** A vector filled with `value`. */
  vector(name: string, length: number, value = 0): tf.Variable<tf.Rank.R1> {
    return this.#add(name, tf.tensor1d(new Float32Array(length).fill(value))) as tf.Variable<tf.Rank.R1>;
  }

  #add(name: string, initial: tf.Tensor): tf.Variable {
    require(!this.#variables.has(name), 'ERR_INTERNAL', () => `parameter ${name} is there twice`);
    const variable = tf.variable(initial, true);
    initial.dispose();
    this.#variables.set(name, variable);
    return variable;
  }

  /** All variables in the order they were made. */
  get list(): tf.Variable[] {
    return [...this.#variables.values()];
  }
  entries(): IterableIterator<[string, tf.Variable]> {
    return this.#variables.entries();
  }
  get count(): number {
    return this.list.reduce((sum, v) => sum + v.size, 0);
  }

  /** Copies of all values by name. */
  export(prefix = ''): Record<string, NamedTensor> {
    const tensors: Record<string, NamedTensor> = {};
    for (const [name, v] of this.#variables) {
      tensors[prefix + name] = { data: (v.dataSync() as Float32Array).slice(), shape: [...v.shape] };
    }
    return tensors;
  }

  /**
   * Sets every parameter from what {@link export} gave.
   * @throws CohearError ERR_SHAPE when one is missing or has another shape
   */
  import(tensors: Readonly<Record<string, NamedTensor>>, prefix = ''): void {
    for (const [name, v] of this.#variables) {
      const tensor = tensors[prefix + name];
      if (tensor === undefined || tensor.shape.join() !== v.shape.join()) {
        throw new CohearError(
          'ERR_SHAPE',
          `weights: ${name} should be [${v.shape}], found ${tensor ? `[${tensor.shape}]` : 'nothing'}; these weights are of another model`,
        );
      }
      const fresh = tf.tensor((tensor.data as Float32Array).slice(), v.shape as number[], 'float32');
      v.assign(fresh);
      fresh.dispose();
    }
  }

  /**
   * Starts from the values of an earlier model: parameters that it lacks (of a new relation, say) keep their own.
   * @throws CohearError ERR_SHAPE when one has another shape, or none is there
   */
  startFrom(tensors: Readonly<Record<string, NamedTensor>>): void {
    const own = this.export();
    require(Object.keys(own).some((name) => name in tensors), 'ERR_SHAPE', () =>
      `weights: none of ${Object.keys(own).slice(0, 3).join(', ')}, ... is there, but ${Object.keys(tensors).slice(0, 3).join(', ')}; these weights are of another model`);
    this.import({ ...own, ...tensors });
  }

  dispose(): void {
    for (const v of this.#variables.values()) v.dispose();
    this.#variables.clear();
  }
}

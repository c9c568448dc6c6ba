import * as tf from '@tensorflow/tfjs-core';
import { type Matrix, matrix, type Rows, RowTable } from '../artifacts/index.js';
import type { Catalogue, Histories } from '../events/index.js';
import { gatherAggregate, gatherAggregateTable, tableRows } from '../tensor/index.js';
import { type ProfileOptions, profiles } from './profiles.js';

/** What the towers see of the world at one moment; all of it from before `cut`. */
export interface Moment {
  readonly cut: number;
  /** HGNN embeddings of a graph of events before the cut, [items, width]; null for towers without them. */
  readonly embeddings: Rows | null;
  /** Item statistics as known at the cut. */
  readonly statistics: Matrix;
}

/** What does not change with time. */
export interface World {
  readonly catalogue: Pick<Catalogue, 'size' | 'typeOffsets' | 'types'>;
  readonly histories: Histories;
  readonly text: Rows;
  /** Categories as 0/1 columns; 0 columns where there are none. */
  readonly itemFeatures: Matrix;
  readonly userFeatures: Matrix;
  readonly profile: ProfileOptions;
}

/** Widths of the towers' inputs, which are also what saved weights must fit. */
export interface InputWidths {
  readonly user: number;
  readonly item: number;
  readonly statistics: number;
}

/**
 * The towers' inputs at one moment, as tensors. Owns the tensors it made; `dispose()` frees them.
 *
 *     user = [ per type, or over all: mean vectors of the items met before the cut; log(1 + how many);
 *              log(1 + days since the last); 1 if any ] + [ user features ]
 *     item = [ text ] + [ HGNN embedding ] + [ statistics ] + [ type, one-hot ] + [ categories ]
 *
 * The means are over HGNN embeddings, text, or both, over text alone where the towers go without a graph;
 * {@link ProfileOptions} say how events are weighed in them.
 */
export class MomentInputs {
  /** The parts of the items' inputs, side by side; the last one holds statistics, categories and types. */
  readonly #items: readonly Rows[];
  /** What users are means of, one for each kind of vector. */
  readonly #profile: readonly (tf.Tensor2D | RowTable)[];
  readonly widths: InputWidths;

  constructor(
    readonly world: World,
    readonly moment: Moment,
  ) {
    const { text, itemFeatures, userFeatures, catalogue } = world;
    const profile =
      moment.embeddings === null
        ? [text]
        : world.profile.vectors.map((name) => (name === 'text' ? text : moment.embeddings!));
    const types = catalogue.types.length;
    const groups = world.profile.means === 'one' ? 1 : types;
    const facts = matrix(catalogue.size, moment.statistics.cols + itemFeatures.cols + types);
    for (let i = 0, type = 0; i < catalogue.size; i++) {
      while (i >= catalogue.typeOffsets[type + 1]!) type++;
      let at = i * facts.cols;
      for (const part of [moment.statistics, itemFeatures]) {
        facts.data.set(part.data.subarray(i * part.cols, (i + 1) * part.cols), at);
        at += part.cols;
      }
      facts.data[at + type] = 1;
    }
    this.#items = [text, ...(moment.embeddings ? [moment.embeddings] : []), facts];
    const widthOf = (parts: readonly Rows[]) => parts.reduce((sum, { cols }) => sum + cols, 0);
    this.widths = {
      user: groups * (widthOf(profile) + 3) + userFeatures.cols,
      item: widthOf(this.#items),
      statistics: moment.statistics.cols,
    };
    this.#profile = profile.map((rows) =>
      rows instanceof RowTable ? rows : tf.tensor2d(rows.data.slice(), [rows.rows, rows.cols]),
    );
  }

  /** Item tower inputs of catalogue rows, [rows.length, widths.item]. */
  items(rows: Uint32Array): tf.Tensor2D {
    return tf.tidy(() =>
      tf.concat2d(
        this.#items.map((part) => tableRows(part, rows)),
        1,
      ),
    );
  }

  /** Statistics of catalogue rows, [rows.length, widths.statistics]. */
  itemStatistics(rows: Uint32Array): tf.Tensor2D {
    if (this.widths.statistics === 0) return tf.zeros([rows.length, 0]);
    return tableRows(this.moment.statistics, rows);
  }

  /** User tower inputs, [users.length, widths.user]; only events before the moment's cut are read. */
  users(users: Uint32Array): tf.Tensor2D {
    const { world, moment } = this;
    const { means, facts } = profiles(world, users, moment.cut);
    return tf.tidy(() =>
      tf.concat2d(
        [
          ...means.flatMap(({ weights, ...block }) => {
            const mode = weights ? 'sum' : 'mean';
            return this.#profile.map((vectors) =>
              vectors instanceof RowTable
                ? gatherAggregateTable(vectors, block, mode, weights)
                : gatherAggregate(vectors, block, mode, weights),
            );
          }),
          tf.tensor2d(facts.data, [facts.rows, facts.cols]),
        ],
        1,
      ),
    );
  }

  dispose(): void {
    for (const vectors of this.#profile) if (!(vectors instanceof RowTable)) vectors.dispose();
  }
}

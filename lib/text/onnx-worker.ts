import type { Pooling } from './onnx-layout.js';

/** How a worker is set up; passed as its workerData. */
export interface WorkerSettings {
  /** File from which onnxruntime-node is resolved. */
  readonly from: string;
  readonly model: string;
  readonly dimension: number;
  readonly pooling: Pooling;
}

export interface WorkerRequest {
  readonly batch: number;
  readonly length: number;
  /** batch x length token ids. */
  readonly ids: Int32Array<ArrayBuffer>;
}

export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'rows'; readonly rows: Float32Array }
  | {
      readonly kind: 'failed';
      readonly code: 'ERR_MISSING' | 'ERR_FORMAT' | 'ERR_INTERNAL';
      readonly message: string;
    };

/**
 * The program of an encoder thread: one session of one intra-op thread. It is text, not a file, because a
 * worker thread must be plain JavaScript wherever cohear runs from (dist, TypeScript source, a bundle).
 * onnxruntime-node's run() blocks its thread, hence threads at all.
 */
export const WORKER_PROGRAM = /* js */ `
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { from, model, dimension, pooling } = workerData;
const fail = (code, error) => parentPort.postMessage({ kind: 'failed', code, message: String(error?.message ?? error) });

function feeds(ort, names, { batch, length, ids }) {
  const shape = [batch, length];
  const tensor = (values) => new ort.Tensor('int64', values, shape);
  const make = {
    input_ids: () => tensor(BigInt64Array.from(ids, BigInt)),
    attention_mask: () => tensor(new BigInt64Array(ids.length).fill(1n)),
    token_type_ids: () => tensor(new BigInt64Array(ids.length)),
    position_ids: () => tensor(BigInt64Array.from(ids, (_, i) => BigInt(i % length))),
  };
  return Object.fromEntries(names.map((name) => [name, make[name]()]));
}

/** hidden [batch, length, dimension] -> unit rows: the mean over positions, the first or the last one. */
function pool(hidden, batch, length) {
  const rows = new Float32Array(batch * dimension);
  const sum = new Float64Array(dimension);
  const first = pooling === 'last' ? length - 1 : 0;
  const end = pooling === 'cls' ? 1 : length;
  for (let b = 0; b < batch; b++) {
    sum.fill(0);
    for (let p = first; p < end; p++) {
      const at = (b * length + p) * dimension;
      for (let d = 0; d < dimension; d++) sum[d] += hidden[at + d];
    }
    let square = 0;
    for (let d = 0; d < dimension; d++) square += sum[d] * sum[d];
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let d = 0; d < dimension; d++) rows[b * dimension + d] = sum[d] * scale;
  }
  return rows;
}

async function main() {
  let ort;
  try {
    ort = require('node:module').createRequire(from)('onnxruntime-node');
  } catch (error) {
    return fail('ERR_MISSING', error);
  }
  let session;
  try {
    session = await ort.InferenceSession.create(model, {
      intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 3,
    });
    const known = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'];
    const foreign = session.inputNames.filter((name) => !known.includes(name));
    if (foreign.length || !session.inputNames.includes('input_ids'))
      throw new Error('its inputs are ' + session.inputNames.join(', ') + '; want of ' + known.join(', '));
  } catch (error) {
    return fail('ERR_FORMAT', error);
  }
  const usual = pooling === 'none' ? ['sentence_embedding', 'pooler_output'] : ['last_hidden_state', 'token_embeddings'];
  const output = usual.find((name) => session.outputNames.includes(name)) ?? session.outputNames[0];
  parentPort.on('message', async (request) => {
    try {
      const { [output]: hidden } = await session.run(feeds(ort, session.inputNames, request), [output]);
      const { batch, length } = request;
      const whole = [batch, dimension].join(); // the model pooled itself
      const tokens = [batch, length, dimension].join();
      const got = hidden.dims.join();
      if (hidden.type !== 'float32' || !(got === whole || (got === tokens && pooling !== 'none')))
        return fail('ERR_FORMAT', 'its output ' + output + ' is ' + hidden.type + ' [' + got + '], want float32 ['
          + (pooling === 'none' ? whole : tokens) + '] with pooling ' + pooling + ' and dimension ' + dimension);
      const rows = pool(hidden.data, batch, got === whole ? 1 : length);
      parentPort.postMessage({ kind: 'rows', rows }, [rows.buffer]);
    } catch (error) {
      fail('ERR_INTERNAL', error);
    }
  });
  parentPort.postMessage({ kind: 'ready' });
}
main();
`;

import type { BufferPool } from './memory.js';
import { Kind, Pending } from './pending.js';

/** Numbers of a step in {@link Program.steps}. */
const NUMBERS = 7;

/** What native/tensor/fused.h runs to compute a pending result. */
export interface Program {
  readonly rows: number;
  readonly columns: number;
  /** In the order of computing; the last is the one asked for. */
  readonly nodes: readonly Pending[];
  readonly steps: Int32Array;
  readonly settings: Float32Array;
  readonly leaves: Float32Array[];
}

const isStep = (of: Pending | Float32Array): of is Pending => of instanceof Pending && of.step !== null;

/** The steps that lead to a result, each once, operands first. */
export function program(last: Pending): Program {
  const at = new Map<Pending, number>();
  const nodes: Pending[] = [];
  const leaves: Float32Array[] = [];
  const leafAt = new Map<Float32Array, number>();
  const visit = (node: Pending): void => {
    if (at.has(node)) return;
    for (const { of } of node.step!.operands) if (isStep(of)) visit(of);
    at.set(node, nodes.length);
    nodes.push(node);
  };
  visit(last);
  const leaf = (values: Float32Array): number => {
    const known = leafAt.get(values);
    if (known !== undefined) return known;
    leafAt.set(values, leaves.length);
    return leaves.push(values) - 1;
  };
  const steps = new Int32Array(nodes.length * NUMBERS);
  const settings = new Float32Array(nodes.length * 2);
  for (const [i, node] of nodes.entries()) {
    const { form, op, operands, alpha, beta } = node.step!;
    const first = i * NUMBERS;
    steps[first] = form;
    steps[first + 1] = op;
    steps[first + 6] = Number(node.column);
    settings[i * 2] = alpha;
    settings[i * 2 + 1] = beta;
    for (const [j, { kind, of }] of operands.entries()) {
      const place = first + 2 + j * 2;
      if (isStep(of)) {
        steps[place] = Kind.Step;
        steps[place + 1] = at.get(of)!;
      } else {
        steps[place] = of instanceof Pending ? (of.column ? Kind.Column : Kind.Full) : kind;
        steps[place + 1] = leaf(of instanceof Pending ? of.values : of);
      }
    }
  }
  const columns = last.columns || last.size;
  return { rows: last.column ? last.size : last.size / columns, columns, nodes, steps, settings, leaves };
}

/**
 * An array for each step whose values are to be written: the last one's if it is `asked` for, and what somebody may ask
 * for later and is worth keeping. It is the array of an operand where this is the last to read it: an optimiser's step
 * then writes over what it has read.
 */
export function outputsOf(
  nodes: readonly Pending[],
  pool: BufferPool,
  asked: boolean,
): (Float32Array | null)[] {
  // Reads by steps that will not be pending any more.
  const gone = new Map<Pending, number>();
  const written = new Array<boolean>(nodes.length);
  const spare = new Map<Float32Array, Spare>();
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const wanted = node.refCount > 0 || node.readers > (gone.get(node) ?? 0);
    written[i] = (asked && i === nodes.length - 1) || (wanted && node.worthKeeping);
    if (!written[i] && wanted) continue;
    for (const { kind, of } of node.step!.operands) {
      if (isStep(of)) gone.set(of, (gone.get(of) ?? 0) + 1);
      else if (of instanceof Float32Array && kind === Kind.Full) {
        const known = spare.get(of);
        if (known) known.reads++;
        else spare.set(of, { reads: 1, lastRead: i });
      }
    }
  }
  for (const [values, { reads }] of spare) if (pool.holders(values.buffer) !== reads) spare.delete(values);
  return nodes.map((node, i) => {
    if (!written[i]) return null;
    for (const [values, { lastRead }] of spare) {
      if (node.column || lastRead > i || values.length !== node.size) continue;
      spare.delete(values);
      return values;
    }
    return pool.float32(node.size);
  });
}

/** An operand's array: steps that will not be pending any more read it so many times, the last at `lastRead`. */
interface Spare {
  reads: number;
  readonly lastRead: number;
}

/** To be called when the outputs are written. */
export function settle(
  nodes: readonly Pending[],
  outputs: readonly (Float32Array | null)[],
  pool: BufferPool,
): void {
  const written = outputs.filter((output) => output !== null);
  for (const { buffer } of written) pool.retain(buffer); // lest an operand's comes back before it is an output
  // From the last to the first: what lets go of its operands first is what reads them.
  for (let i = nodes.length - 1; i >= 0; i--) if (outputs[i]) nodes[i]!.settle(outputs[i]!);
  for (const { buffer } of written) pool.release(buffer);
}

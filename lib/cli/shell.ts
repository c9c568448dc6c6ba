import { createReporter, type Reporter, type ReporterStream } from '../progress/index.js';
import { type Product, product } from './product.js';

/** Where a command line reads and writes; tests give their own. */
export interface Shell {
  readonly out: (text: string) => void;
  readonly err: ReporterStream;
  readonly reporter: Reporter;
  readonly product: Product;
}

export function makeShell(parts: Partial<Omit<Shell, 'reporter'>> = {}): Shell {
  const err = parts.err ?? process.stderr;
  return {
    out: parts.out ?? ((text) => void process.stdout.write(text)),
    err,
    reporter: createReporter(err),
    product: parts.product ?? product,
  };
}

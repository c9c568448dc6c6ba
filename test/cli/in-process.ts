import { main } from '../../lib/cli/main.js';
import type { Product } from '../../lib/cli/product.js';
import { makeShell } from '../../lib/cli/shell.js';
import { fakeProduct } from './fake-product.js';

/** Runs a command line in this process, on the fake product unless told otherwise. */
export async function runCommandLine(args: readonly string[], product: Product = fakeProduct) {
  const [out, err] = [[] as string[], [] as string[]];
  const shell = makeShell({
    product,
    out: (t) => out.push(t),
    err: { write: (t) => err.push(t) },
  });
  const code = await main(args, shell);
  return { code, out: out.join(''), err: err.join('') };
}

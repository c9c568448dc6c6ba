// The command line as a process of its own, with the fake product: for tests of exit codes and signals.
import { main } from '../../lib/cli/main.js';
import { makeShell } from '../../lib/cli/shell.js';
import { fakeProduct } from './fake-product.js';

process.exitCode = await main(process.argv.slice(2), makeShell({ product: fakeProduct }));

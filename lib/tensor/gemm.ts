import { addon } from '../native/index.js';

/**
 * The library that multiplies matrices here, and why it was picked. Chosen once per process: oneDNN, else a
 * CBLAS, else our own kernel; the environment variable COHEAR_GEMM=onednn|cblas|portable forces one.
 */
export const gemmInfo = (): { name: 'onednn' | 'cblas' | 'portable'; why: string } => addon.gemmInfo();

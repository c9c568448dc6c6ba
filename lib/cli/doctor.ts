import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, freemem, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { version } from '../pipeline/version.js';
import { formatBytes } from '../progress/index.js';

/** Something that may be there or not, and what there is to know of it. */
export interface Finding {
  readonly ok: boolean;
  readonly what: string;
}

/** What `cohear doctor` finds. */
export interface Findings {
  readonly cohear: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly native: Finding;
  /** Vector instructions in use; null where the native module cannot be loaded. */
  readonly simd: string | null;
  readonly threads: number | null;
  readonly gemm: Finding;
  readonly cuda: Finding;
  readonly memory: { readonly totalMb: number; readonly availableMb: number };
  readonly duckdb: Finding;
  readonly onnxruntime: Finding;
  readonly tokenizers: Finding;
  readonly encoder: Finding & { readonly folders: readonly string[] };
}

const failed = (error: unknown): Finding => ({ ok: false, what: (error as Error).message.split('\n')[0]! });

/** The outcome of a probe: what it tells, or why it failed. */
async function probe(tell: () => string | Promise<string>): Promise<Finding> {
  try {
    return { ok: true, what: await tell() };
  } catch (error) {
    return failed(error);
  }
}

async function native(threads: number | undefined) {
  try {
    const layer = await import('../native/index.js');
    if (threads !== undefined) layer.setThreads(threads);
    const { gemmInfo } = await import('../tensor/gemm.js');
    const gemm = await probe(() => {
      const { name, why, bf16 } = gemmInfo();
      return `${name}: ${why}; bf16 products: ${bf16 ? 'this CPU has them (off unless set)' : 'not on this CPU'}`;
    });
    return { native: { ok: true, what: 'loaded' }, simd: layer.simd(), threads: layer.threads(), gemm };
  } catch (error) {
    const absent = failed(error);
    return {
      native: absent,
      simd: null,
      threads: null,
      gemm: { ok: false, what: 'needs the native module' },
    };
  }
}

/** Memory that a new process can have: what the system says, or less where the process is confined to less. */
function memory(): { total: number; available: number } {
  const limit = process.constrainedMemory?.() ?? 0;
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  let available = freemem();
  try {
    const line = /MemAvailable:\s+(\d+) kB/.exec(readFileSync('/proc/meminfo', 'utf8'));
    if (line) available = Number(line[1]) * 1024; // counts caches that the system gives up when asked
  } catch {
    // no /proc on this system
  }
  return { total, available: Math.min(available, total) };
}

const packages = createRequire(import.meta.url);

/** Loads a package, then tells its version: a package that is there may still lack its binary. */
const packageProbe = (name: string, folder: string) =>
  probe(async () => {
    await import(name);
    const path = packages.resolve
      .paths(name)!
      .map((paths) => join(paths, folder, 'package.json'))
      .find(existsSync);
    return path === undefined ? 'found' : String(JSON.parse(readFileSync(path, 'utf8')).version);
  });

/** Folders that hold a sentence encoder: the given one, and those in `models` of the shared folder. */
async function encoders(given: string | undefined): Promise<Findings['encoder']> {
  const { MODEL_FILES } = await import('../text/onnx-layout.js').catch(() => ({
    MODEL_FILES: [] as readonly string[],
  }));
  const shared = process.env.COHEAR_SHARED ? join(process.env.COHEAR_SHARED, 'models') : undefined;
  const candidates = [
    ...(given === undefined ? [] : [resolve(given)]),
    ...(shared !== undefined && existsSync(shared)
      ? readdirSync(shared).map((name) => join(shared, name))
      : []),
  ];
  const folders = candidates.filter(
    (folder) =>
      existsSync(join(folder, 'tokenizer.json')) &&
      MODEL_FILES.some((file) => existsSync(join(folder, file))),
  );
  if (folders.length > 0) return { ok: true, what: folders.join(', '), folders };
  const where =
    candidates.length > 0 ? `not in ${candidates.join(', ')}` : 'no folder to look in: give --encoder';
  return { ok: false, what: `none found (${where}); texts can be hashed instead`, folders };
}

/** Looks at this machine. Every probe stands alone: one that fails is a finding, not an error. */
export async function examine(options: { encoder?: string; threads?: number } = {}): Promise<Findings> {
  const { total, available } = memory();
  const all = cpus();
  return {
    cohear: version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: `${all[0]?.model.trim() || 'unknown'}, ${all.length} logical`,
    ...(await native(options.threads)),
    cuda: { ok: false, what: 'no: this build has no CUDA library; everything runs on the processor' },
    memory: { totalMb: Math.round(total / 2 ** 20), availableMb: Math.round(available / 2 ** 20) },
    duckdb: await probe(async () => (await import('@duckdb/node-api')).version()),
    onnxruntime: await packageProbe('onnxruntime-node', 'onnxruntime-node'),
    tokenizers: await packageProbe('tokenizers', 'tokenizers'),
    encoder: await encoders(options.encoder),
  };
}

/** The findings for people, a line each. */
export function formatFindings(findings: Findings): string {
  const show = ({ ok, what }: Finding) => `${ok ? '' : 'no: '}${what.replace(/^no: /, '')}`;
  const mb = (value: number) => formatBytes(value * 2 ** 20);
  const rows: [string, string][] = [
    ['cohear', findings.cohear],
    ['node', `${findings.node} on ${findings.platform}`],
    ['processor', findings.cpu],
    ['native core', show(findings.native)],
    ['vector instructions', findings.simd ?? 'none'],
    ['threads', String(findings.threads ?? 'none')],
    ['matrix library', show(findings.gemm)],
    ['CUDA', show(findings.cuda)],
    ['memory', `${mb(findings.memory.totalMb)}, ${mb(findings.memory.availableMb)} available`],
    ['DuckDB', show(findings.duckdb)],
    ['onnxruntime', show(findings.onnxruntime)],
    ['tokenizers', show(findings.tokenizers)],
    ['sentence encoder', show(findings.encoder)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

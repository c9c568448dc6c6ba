import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { CohearError, require } from '../../errors/index.js';
import { configFields } from './fields.js';
import { applyOverrides, type Override } from './overrides.js';
import { problems } from './problems.js';
import { type Config, configSchema, defineConfig } from './schema.js';

const URL_LIKE = /^[a-z][a-z0-9+.-]*:\/\//i;

type Encoder = Config['text']['encoder'];

function encoderFiles(encoder: Encoder, path: (value: string) => string): Encoder {
  if (typeof encoder !== 'object') return encoder;
  if ('onnx' in encoder) return { ...encoder, onnx: path(encoder.onnx) };
  return 'distilled' in encoder ? { ...encoder, distilled: path(encoder.distilled) } : encoder;
}

/** The fields that name files or folders. */
function absolute(config: Config): Config {
  const path = (value: string) => (URL_LIKE.test(value) ? value : resolve(config.folder, value));
  const table = <T extends { file?: string | undefined }>(value: T): T =>
    value.file === undefined ? value : { ...value, file: path(value.file) };
  const started = <T extends { workdir: string } | null>(start: T): T =>
    start === null ? start : { ...start, workdir: path(start.workdir) };
  return {
    ...config,
    events: {
      ...table(config.events),
      ...(config.events.test !== undefined && { test: path(config.events.test) }),
    },
    ...(config.items && { items: table(config.items) }),
    ...(config.users && { users: table(config.users) }),
    hgnn: {
      ...config.hgnn,
      start: started(config.hgnn.start),
      align: config.hgnn.align === null ? null : path(config.hgnn.align),
    },
    twoTower: { ...config.twoTower, start: started(config.twoTower.start) },
    text: { ...config.text, encoder: encoderFiles(config.text.encoder, path) },
  };
}

/**
 * Checks a config, fills in its defaults and makes its files absolute.
 * @param input what the config file gave, see {@link defineConfig}
 * @param folder where relative files are found, unless the config names one itself
 * @param source how errors call the config
 * @throws CohearError ERR_CONFIG that lists every unknown or wrong field with its path
 */
export function resolveConfig(input: unknown, folder: string, source = 'the config'): Config {
  require(typeof input === 'object' && input !== null && !Array.isArray(input), 'ERR_CONFIG', () =>
    `${source}: want an object as the default export, got ${input === undefined ? 'nothing' : `a ${typeof input}`}`);
  const result = configSchema.safeParse(input);
  if (!result.success) {
    const found = problems(result.error, input, configFields());
    const head = found.length === 1 ? 'it has a problem' : `it has ${found.length} problems`;
    throw new CohearError('ERR_CONFIG', `${source}: ${head}\n${found.map((line) => `  ${line}`).join('\n')}`);
  }
  return absolute({ ...result.data, folder: resolve(folder, result.data.folder ?? '.') });
}

/** Reads a config file's default export. TypeScript is compiled on the way; `cohear` is this package. */
async function readConfigFile(file: string): Promise<unknown> {
  require(existsSync(file), 'ERR_CONFIG', () => `there is no config file ${file}`);
  const kinds = ['.ts', '.mts', '.js', '.mjs', '.json'];
  require(kinds.includes(extname(file)), 'ERR_CONFIG', () =>
    `${file}: want a config file that ends in ${kinds.join(', ')}`);
  try {
    if (extname(file) === '.json') return JSON.parse(await readFile(file, 'utf8'));
    const { createJiti } = await import('jiti');
    // The config may lie anywhere, so `cohear` is given by value: no copy of the package is loaded beside this one.
    const jiti = createJiti(file, { moduleCache: false, virtualModules: { cohear: { defineConfig } } });
    const module = await jiti.import<{ default?: unknown }>(file);
    return module.default;
  } catch (cause) {
    if (cause instanceof CohearError) throw cause;
    throw new CohearError('ERR_CONFIG', `${file} cannot be loaded: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Loads a config file (.ts, .mts, .js, .mjs or .json), puts the overrides in and checks the whole.
 * Relative files in it are found from its own folder.
 * @throws CohearError ERR_CONFIG
 */
export async function loadConfig(file: string, overrides: readonly Override[] = []): Promise<Config> {
  const path = resolve(file);
  const input = await readConfigFile(path);
  const whole = typeof input === 'object' && input !== null ? applyOverrides(input, overrides) : input;
  return resolveConfig(whole, dirname(path), basename(path));
}

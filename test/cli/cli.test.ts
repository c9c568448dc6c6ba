import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { itemTable } from '../../lib/cli/commands/lists.js';
import { CohearError } from '../../lib/errors/index.js';
import { fakeProduct } from './fake-product.js';
import { runCommandLine } from './in-process.js';

let base: string;
let config: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'cohear-cli-'));
  config = join(base, 'cohear.config.ts');
  writeFileSync(
    config,
    `import { defineConfig } from 'cohear';
     export default defineConfig({ events: { file: 'e.csv', columns: { user: 'u', item: 'i', time: 't' } } });`,
  );
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const cohear = (...args: string[]) => runCommandLine(args);

describe('help', () => {
  test('lists the commands, each with help that shows examples', async () => {
    const { code, out, err } = await cohear('--help');
    expect(code).toBe(0);
    expect(err).toBe('');
    const commands = [...out.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => name!);
    expect(commands).toEqual(
      expect.arrayContaining(['run', 'evaluate', 'recommend', 'similar', 'synth', 'demo', 'doctor']),
    );
    for (const command of commands) {
      const help = await cohear(command, '--help');
      expect(help.code).toBe(0);
      expect(help.out).toContain(`Usage: cohear ${command} [options]`);
      expect(help.out).toMatch(new RegExp(`Examples:\n {2}\\$ cohear ${command}`));
    }
  });

  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await cohear('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });
});

describe('a wrong command line ends with 2 and says what is wrong', () => {
  test.each([
    [['rn'], /unknown command 'rn'\n\(Did you mean run\?\)/],
    [['run'], /required option '--config <file>' not specified/],
    [
      ['run', '--config', 'x', '--sed', '1'],
      /unknown option '--sed'\n\(Did you mean one of --seed, --set\?\)/,
    ],
    [
      ['run', '--config', 'x', '--seed', '1.5'],
      /'--seed <n>' argument '1.5' is invalid. Want a whole number from 0/,
    ],
    [['run', '--config', 'x', '--threads', '0'], /Want a whole number from 1 to 1024/],
    [['run', '--config', 'none.ts'], /there is no config file .*none\.ts/],
    [['recommend', '--workdir', 'x'], /required option '--user <id>'/],
    [['recommend', '--workdir', 'x', '--user', 'u9'], /the run knows no user "u9"/],
    [['similar', '--workdir', 'x', '--item', 'a', '-k', '0'], /Want a whole number from 1/],
    [['evaluate', '--workdir', 'none'], /none holds no run \(no config\.json\)/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await cohear(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(err).toMatch(/^error \(ERR_CONFIG\): /);
    expect(err).not.toMatch(/\n\s+at /);
  });

  test('--set is checked like the config', async () => {
    const { code, err } = await cohear(
      'run',
      '--config',
      config,
      '--set',
      'graph.topk=3',
      '--set',
      'hgnn.out=no',
    );
    expect(code).toBe(2);
    expect(err).toBe(
      'error (ERR_CONFIG): cohear.config.ts: it has 2 problems\n' +
        '  graph.topk: unknown field; did you mean "topK"?\n' +
        '  hgnn.out: want a whole number >= 1, got "no"\n',
    );
    expect((await cohear('run', '--config', config, '--set', 'graph')).err).toMatch(/--set wants path=value/);
  });
});

describe('run and evaluate', () => {
  test('run tells each stage, then finds everything unchanged', async () => {
    const workdir = join(base, 'told');
    const first = await cohear('run', '--config', config, '--workdir', workdir);
    expect(first.code).toBe(0);
    expect(first.err).toMatch(
      /^\[1\/4\] numbers \.\.\. \(new\)\n\[1\/4\] numbers done in [\d.]+ s: numbers 5\n/,
    );
    expect(first.err).toMatch(/ {2}train: 20\/20 steps in /);
    const second = await cohear('run', '--config', config, '--workdir', workdir);
    expect(second.err.match(/skipped: unchanged/g)).toHaveLength(4);
    expect(existsSync(join(workdir, 'lock'))).toBe(false);
  });

  test('--json gives one JSON object on stdout; seed, threads and overrides arrive', async () => {
    const workdir = join(base, 'json');
    const run = ['run', '--config', config, '--workdir', workdir, '--seed', '9', '--threads', '1', '--json'];
    const { out } = await cohear(...run, '--set', 'graph.minCount=3');
    const result = JSON.parse(out);
    expect(result).toMatchObject({ workdir, evaluation: { sum: 1 + 8 + 27 + 64 + 125, threads: 1 } });
    expect(Object.keys(result.seconds)).toEqual(['numbers', 'squares', 'train', 'report']);
    const stored = JSON.parse(readFileSync(join(workdir, 'config.json'), 'utf8')).config;
    expect(stored).toMatchObject({ seed: 9, graph: { minCount: 3 }, events: { file: join(base, 'e.csv') } });

    // evaluate goes on from the stored config
    const again = await cohear('evaluate', '--workdir', workdir, '--json', '--threads', '2');
    expect(again.err.match(/skipped: unchanged/g)).toHaveLength(4);
    expect(JSON.parse(again.out).evaluation.threads).toBe(2);
    const other = await cohear('evaluate', '--workdir', workdir, '--set', 'graph.minCount=2');
    expect(other.err).toMatch(/\[2\/4\] squares \.\.\. \(changed: config\)/);
    expect((await cohear('evaluate', '--workdir', workdir, '--set', 'graph.mincount=2')).code).toBe(2);
  });

  test('--force makes one stage again', async () => {
    const workdir = join(base, 'forced');
    await cohear('run', '--config', config, '--workdir', workdir);
    const { err } = await cohear('run', '--config', config, '--workdir', workdir, '--force', 'train');
    expect(err).toContain('[3/4] train ... (again)');
    expect(err.match(/skipped: unchanged/g)).toHaveLength(3);
    expect((await cohear('run', '--config', config, '--workdir', workdir, '--force', 'tran')).code).toBe(2);
  });
});

describe('ablate', () => {
  const ablate = (...args: string[]) => cohear('ablate', '--config', config, ...args);

  test('writes the result and its table, on the validation window unless told why not', async () => {
    const workdir = join(base, 'ablated');
    mkdirSync(workdir);
    writeFileSync(join(base, 'variants.json'), '{ "filed": { "hgnn.out": 8 } }');
    const given = ['--variants', join(base, 'variants.json'), '--variant', 'typed=hgnn.out=9'];
    const { out, err, code } = await ablate('--workdir', workdir, ...given, '--seeds', '1, 2', '--json');
    expect(code).toBe(0);
    expect(err).toContain('run 1 of 1: base, seed 1: done');
    expect(JSON.parse(out)).toMatchObject({ window: 'validation', seeds: [1, 2], why: null });
    expect(JSON.parse(out).variants.map(({ name }: { name: string }) => name)).toEqual(['filed', 'typed']);
    expect(JSON.parse(readFileSync(join(workdir, 'ablation.json'), 'utf8'))).toEqual(JSON.parse(out));
    expect(readFileSync(join(workdir, 'ablation.txt'), 'utf8')).toMatch(/^Validation window; base: 2t-hgnn/);
    const elsewhere = join(base, 'last.json');
    const last = await ablate('--window', 'test', '--why', 'the report', '--out', elsewhere);
    expect(last.out).toMatch(/^Test window \(the report\)/);
    expect(JSON.parse(readFileSync(elsewhere, 'utf8'))).toMatchObject({ window: 'test', why: 'the report' });
  });

  test('--list tells the variants; wrong flags are refused', async () => {
    expect((await ablate('--list')).out).toMatch(/^small +hgnn\.out=8 system=2t$/m);
    expect(JSON.parse((await ablate('--list', '--json')).out)).toEqual([
      { name: 'small', system: '2t', set: { 'hgnn.out': 8 } },
    ]);
    for (const wrong of [
      ['--seeds', '1,1'],
      ['--seeds', 'a'],
      ['--system', '3t'],
      ['--variants', 'none.json'],
    ])
      expect((await ablate(...wrong)).code).toBe(2);
  });
});

test('tune states its budget first, and writes the trials, a table and a config that can be run', async () => {
  const workdir = join(base, 'tuned');
  mkdirSync(workdir);
  const space = join(base, 'space.json');
  writeFileSync(space, '{ "hgnn.out": { "choice": [8, 16] } }');
  const tune = ['tune', '--config', config, '--space', space, '--workdir', workdir];
  const { out, err, code } = await cohear(...tune, '--trials', '1');
  expect(code).toBe(0);
  expect(err).toMatch(/^1 trials beside the config as it is: 1 with 10 of twoTower\.epochs; 20 in all/);
  expect(out).toMatch(/^Validation window; hr@10 of 2t-hgnn, all types; 20 of 20 spent, 10 of it now\./);
  expect(out).toMatch(/^1 +\.5000 \[\.2500, \.7500\] +10 +1\.0 s +8$/m);
  expect(JSON.parse(readFileSync(join(workdir, 'tune.json'), 'utf8')).kind).toBe('tuning');
  const run = await cohear(
    'run',
    '--config',
    join(workdir, 'tuned.json'),
    '--workdir',
    join(base, 'with-tuned'),
  );
  expect(run.code).toBe(0);
  expect(JSON.parse(readFileSync(join(base, 'with-tuned', 'config.json'), 'utf8')).config.hgnn.out).toBe(8);
  expect((await cohear('tune', '--config', config)).err).toMatch(/required option '--space <file>'/);
  expect((await cohear(...tune, '--space', 'none.json')).err).toMatch(/none\.json cannot be read as JSON/);
});

test('leakcheck tells what was checked, and ends with 1 and names where there are leaks', async () => {
  const sound = await cohear('leakcheck', '--workdir', 'sound');
  expect(sound).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^nothing from 2020.*\nedges +ok +9 edges\n/),
  });
  const leaky = await cohear('leakcheck', '--workdir', 'leaky', '--json');
  expect(leaky.code).toBe(1);
  expect(JSON.parse(leaky.out)).toMatchObject({ leaks: 1 });
  expect(leaky.err).toMatch(/ERR_VALUE.*1 leaks[\s\S]*edges +LEAK 1 in 9 edges\n +an edge of tomorrow/);
});

describe('lists', () => {
  test('recommend prints titles, or JSON', async () => {
    const { out } = await cohear('recommend', '--workdir', 'w', '--user', 'u1');
    expect(out).toBe(
      '#  item  type  title     score\n' +
        '1  b0    book  Title 0  1.0000\n' +
        '2  b1    book  Title 1  0.5000\n' +
        '3  b2    book           0.3333\n',
    );
    const json = await cohear(
      'recommend',
      '--workdir',
      'w',
      '--user',
      'u1',
      '-k',
      '1',
      '--type',
      'song',
      '--json',
    );
    expect(JSON.parse(json.out)).toEqual({
      user: 'u1',
      items: [{ rank: 1, id: 'b0', type: 'song', title: 'Title 0', score: 1 }],
    });
  });

  test('a title longer than 60 characters is cut in the table', () => {
    const item = { rank: 1, id: 'b0', type: 'book', title: `${'a'.repeat(59)}🎧${'b'.repeat(30)}`, score: 1 };
    expect(itemTable([item])).toContain(`${'a'.repeat(59)}…  1.0000`);
    expect(itemTable([{ ...item, title: 'b'.repeat(60) }])).toContain(`${'b'.repeat(60)}  1.0000`);
  });

  test('similar', async () => {
    const { out } = await cohear('similar', '--workdir', 'w', '--item', 'b7', '-k', '2', '--json');
    expect(JSON.parse(out)).toMatchObject({ item: 'b7', items: [{ id: 'b0' }, { id: 'b1' }] });
  });
});

describe('synth and demo', () => {
  test('synth passes the sizes on', async () => {
    const folder = join(base, 'synth');
    const { code, out } = await cohear(
      'synth',
      '--out',
      folder,
      '--users',
      '50',
      '--graph-signal',
      '0',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out).parameters).toMatchObject({ users: 50, graphSignal: 0, podcasts: 1500 });
    expect((await cohear('synth', '--out', folder)).err).toMatch(
      /wrote events\.parquet, items\.parquet, users\.parquet to /,
    );
    expect((await cohear('synth', '--out', folder, '--graph-signal', '2')).code).toBe(2);
    expect((await cohear('synth', '--out', folder, '--days', '3')).code).toBe(2);
  });

  test('demo makes the platform once, runs, and ends with lists for three users', async () => {
    const workdir = join(base, 'demo');
    const first = await cohear('demo', '--workdir', workdir, '--users', '50', '--set', 'graph.minCount=2');
    expect(first.code).toBe(0);
    expect(first.err).toContain('synthetic audio platform, to ');
    expect(first.err).toContain('[4/4] report done');
    expect(
      first.out.match(/^For u1, who lately had Title 0 \(book\), Title 1 \(book\), b2 \(book\):$/gm),
    ).toHaveLength(3);
    const again = await cohear(
      'demo',
      '--workdir',
      workdir,
      '--users',
      '50',
      '--set',
      'graph.minCount=2',
      '--json',
    );
    expect(again.err).toContain('synthetic audio platform: unchanged');
    expect(again.err.match(/skipped: unchanged/g)).toHaveLength(4);
    expect(JSON.parse(again.out)).toMatchObject({ evaluation: { sum: 55 }, lists: [{ user: 'u1' }, {}, {}] });
    const other = await cohear('demo', '--workdir', workdir, '--users', '60');
    expect(other.err).toContain('synthetic audio platform, to ');
  });
});

describe('failures', () => {
  test('ours end with 1, without a stack unless --debug', async () => {
    const plain = await cohear('similar', '--workdir', 'broken', '--item', 'a');
    expect(plain.code).toBe(1);
    expect(plain.err).toMatch(/^error \(ERR_INTERNAL\): a bug\nThis is a fault of cohear/);
    const debug = await cohear('similar', '--workdir', 'broken', '--item', 'a', '--debug');
    expect(debug.err).toMatch(/TypeError: a bug\n\s+at /);
  });

  test('those with a code tell it', async () => {
    const product = { ...fakeProduct, open: () => Promise.reject(new CohearError('ERR_IO', 'disk gone')) };
    const { code, err } = await runCommandLine(['similar', '--workdir', 'w', '--item', 'a'], product);
    expect([code, err]).toEqual([1, 'error (ERR_IO): disk gone\n']);
  });
});

test('doctor --json tells what is active', async () => {
  const { code, out } = await cohear('doctor', '--json', '--threads', '2');
  expect(code).toBe(0);
  const findings = JSON.parse(out);
  expect(findings).toMatchObject({
    node: process.version,
    native: { ok: true },
    threads: 2,
    cuda: { ok: false, what: expect.stringContaining('CUDA') },
    duckdb: { ok: true, what: expect.stringMatching(/^v\d/) },
    onnxruntime: { ok: true },
    tokenizers: { ok: true },
  });
  expect(['avx512', 'avx2', 'neon', 'baseline']).toContain(findings.simd);
  expect(findings.memory.totalMb).toBeGreaterThanOrEqual(findings.memory.availableMb);
  const empty = await cohear('doctor', '--encoder', base);
  expect(empty.out).toMatch(/^sentence encoder +no: none found|^sentence encoder +\//m);
  const folder = join(base, 'model');
  mkdirSync(folder);
  for (const name of ['tokenizer.json', 'model.onnx']) writeFileSync(join(folder, name), '');
  expect(JSON.parse((await cohear('doctor', '--encoder', folder, '--json')).out).encoder.folders).toContain(
    folder,
  );
});

test('as a process, too: 130 after Ctrl-C, with how to go on; 2 for a wrong command line', async () => {
  const program = fileURLToPath(new URL('cohear.ts', import.meta.url));
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const start = (...args: string[]) => {
    const env = { ...process.env, FAKE_PAUSE: '200' };
    const child = spawn(process.execPath, ['--import', 'jiti/register', program, ...args], {
      cwd: root,
      env,
    });
    let err = '';
    child.stderr.on('data', (data) => {
      err += data;
      if (String(data).includes('from step 0')) child.kill('SIGINT');
    });
    return new Promise<{ code: number | null; err: string }>((done) =>
      child.on('close', (code) => done({ code, err })),
    );
  };
  const cut = await start('run', '--config', config, '--workdir', join(base, 'cut'));
  expect(cut.code).toBe(130);
  expect(cut.err).toContain('stopping at the next safe point; Ctrl-C again ends at once');
  expect(cut.err).toMatch(
    /error \(ERR_CANCELLED\): stopped in stage "train"; the same command goes on from there\n$/,
  );
  expect((await start('run')).code).toBe(2);
});

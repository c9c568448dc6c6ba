import { describe, expect, test } from 'vitest';
// @ts-expect-error a plain script without types
import { layerViolations } from '../../scripts/layers.mjs';

const check = (files: Record<string, string>): string[] =>
  layerViolations((path: string) => files[path]!, {
    ts: Object.keys(files).filter((name) => name.endsWith('.ts')),
    cc: Object.keys(files).filter((name) => /\.(cc|h)$/.test(name)),
  });

describe('the layer check', () => {
  test('lets a folder import to its left and the base', () => {
    expect(
      check({
        'lib/hgnn/a.ts': "import { x } from '../graph/index.js';\nimport { y } from '../tensor/index.js';",
        'lib/graph/a.ts': "import { x } from '../errors/index.js';\nimport y from './b.js';",
        'lib/index.ts': "export * from './cli/index.js';",
      }),
    ).toEqual([]);
  });
  test('names an import to the right', () => {
    expect(check({ 'lib/graph/a.ts': "import { x } from '../hgnn/index.js';" })).toEqual([
      'lib/graph/a.ts: lib/graph must not import lib/hgnn (it is not to its left)',
    ]);
    expect(check({ 'lib/errors/a.ts': "import { x } from '../events/index.js';" })).toHaveLength(1);
    expect(check({ 'lib/pipeline/stages/a.ts': "import { x } from '../../cli/main.js';" })).toHaveLength(1);
  });
  test('keeps the tensor library out of the sampler', () => {
    expect(check({ 'lib/sampler/a.ts': "const t = await import('../tensor/index.js');" })).toHaveLength(1);
  });
  test('finds napi.h outside native/node/setup.h, and the binding in the core', () => {
    expect(
      check({
        'native/node/setup.h': '#include <napi.h>',
        'native/node/a.cc': '#include <napi.h>',
        'native/graph/a.cc': '#include "node/arrays.h"',
      }),
    ).toHaveLength(2);
  });
  test('names a folder that is in no layer', () => {
    expect(check({ 'lib/misc/a.ts': '' })[0]).toContain('lib/misc is not a known layer');
  });
});

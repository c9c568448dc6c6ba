import { describe, expect, it } from 'vitest';
import { hashingEncoder, makeEncoder, textSchema } from '../../lib/text/index.js';

const issues = (value: unknown) => {
  const { error } = textSchema.safeParse(value);
  return (error?.issues ?? []).map((i) => `${i.path.join('.')}: ${i.message}`).join('\n');
};

describe('textSchema', () => {
  it('has defaults and takes every form', () => {
    expect(textSchema.parse({})).toEqual({
      encoder: 'built-in',
      template: '{title}. {description}',
      storage: 'f32',
    });
    expect(textSchema.parse({ encoder: { distilled: 't' } }).encoder).toEqual({
      distilled: 't',
      hashed: 256,
    });
    expect(textSchema.parse({ encoder: { hashing: { dimension: 64 } } }).encoder).toEqual({
      hashing: { dimension: 64, seed: 0 },
    });
    expect(textSchema.parse({ encoder: { onnx: 'm' } }).encoder).toEqual({ onnx: 'm' });
  });

  it('names what is wrong', () => {
    expect(issues({ encodr: 1 })).toMatch(/encodr/);
    expect(issues({ encoder: 'bert' })).toMatch(/^encoder: expected "built-in", "hashing"/);
    expect(issues({ encoder: { onnx: 'm', maxToken: 3 } })).toMatch(/^encoder: .*maxToken/);
    expect(issues({ encoder: { onnx: 'm', maxTokens: 'x' } })).toMatch(/^encoder: maxTokens: .*number/);
    expect(issues({ encoder: { hashing: { dimension: 2 } } })).toMatch(/^encoder.hashing.dimension: .*>=8/);
    expect(issues({ encoder: { distilled: 't', hashed: -1 } })).toMatch(/^encoder.hashed: .*>=0/);
    expect(issues({ encoder: 3 })).toMatch(/^encoder: expected "built-in", "hashing"/);
    expect(issues({ template: 'title' })).toMatch(/^template: expected at least one field/);
  });
});

describe('makeEncoder', () => {
  it('makes the encoder that is named', async () => {
    const config = textSchema.parse({ encoder: { hashing: { dimension: 64, seed: 2 } } });
    const { fingerprint } = await makeEncoder(config, '.');
    expect(fingerprint).toBe(hashingEncoder({ dimension: 64, seed: 2 }).fingerprint);
    const plain = textSchema.parse({ encoder: 'hashing' });
    expect((await makeEncoder(plain, '.')).fingerprint).toBe(hashingEncoder().fingerprint);
    const usual = await makeEncoder(textSchema.parse({}), '.');
    expect([usual.name, usual.dimension]).toEqual(['built-in', 320]);
    await usual.close?.();
  });

  it.each([{ onnx: 'models/none' }, { distilled: 'models/none' }])(
    'finds %j from the base folder',
    async (encoder) => {
      const config = textSchema.parse({ encoder });
      await expect(makeEncoder(config, '/base')).rejects.toMatchObject({
        code: 'ERR_MISSING',
        message: expect.stringContaining('/base/models/none'),
      });
    },
  );
});

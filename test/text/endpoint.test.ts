import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Matrix, row } from '../../lib/artifacts/index.js';
import { estimateTokens } from '../../lib/text/budget.js';
import { retryAfter } from '../../lib/text/http.js';
import { cachedEncode, type EndpointOptions, endpointEncoder } from '../../lib/text/index.js';
import { answerTo, EndpointServer, sendJson, vectorOf } from './endpoint-server.js';

const KEY = 'sk-secret-0123456789';
let server: EndpointServer;
beforeAll(() => void (process.env.COHEAR_TEST_KEY = KEY));
afterAll(() => void delete process.env.COHEAR_TEST_KEY);
beforeEach(async () => {
  server = new EndpointServer();
  await server.start();
});
afterEach(() => server.stop());

const encoder = (options: Partial<EndpointOptions> = {}) =>
  endpointEncoder({ url: server.url, model: 'm', dimension: 3, pauseSeconds: 0.01, ...options });

function expectRows(rows: Matrix, texts: readonly string[]): void {
  texts.forEach((text, r) => {
    const want = vectorOf(text);
    const length = Math.hypot(...want);
    row(rows, r).forEach((value, d) => {
      expect(value).toBeCloseTo(text.trim() === '' ? 0 : want[d]! / length, 6);
    });
  });
}

const texts = ['tea', '', 'cup', ' ', 'a long green kettle', 'pan', 'spoon'];

describe('endpointEncoder', () => {
  it('asks for batches bounded in texts and tokens, with the key, and keeps order', async () => {
    const rows = await encoder({ batchTexts: 2, keyEnv: 'COHEAR_TEST_KEY' }).encode(texts);
    expectRows(rows, texts);
    expect(server.asked.map(({ body }) => body.input).toSorted()).toEqual([
      ['a long green kettle', 'pan'],
      ['spoon'],
      ['tea', 'cup'],
    ]);
    expect(
      new Set(server.asked.map(({ path, key, body }) => `${path} ${key} ${body.model} ${body.dimensions}`)),
    ).toEqual(new Set([`/v1/embeddings Bearer ${KEY} m undefined`]));
    await encoder({
      batchTokens: estimateTokens('tea') * 2,
      prefix: 'passage: ',
      sendDimension: true,
    }).encode(['tea', 'cup']);
    expect(server.asked.slice(3).map(({ body }) => [body.input, body.dimensions])).toEqual([
      [['passage: tea'], 3],
      [['passage: cup'], 3],
    ]);
    expect(server.asked.at(-1)!.key).toBeUndefined();
  });

  it('puts another prefix before queries, and cuts what is too long', async () => {
    const { encodeQueries, encode } = encoder({ prefix: 'p ', queryPrefix: 'q ', maxTokens: 5 });
    await encodeQueries!(['tea']);
    await encode(['x'.repeat(100), '茶'.repeat(100)]);
    const inputs = server.asked.flatMap(({ body }) => body.input);
    expect(inputs).toEqual(['q tea', `p ${'x'.repeat(10)}`, 'p 茶茶']);
    for (const input of inputs) expect(estimateTokens(input)).toBeLessThanOrEqual(5);
  });

  it('keeps requests at a time within bounds', async () => {
    server.behaviour = ({ body }, response) => {
      setTimeout(() => sendJson(response, answerTo(body.input)), 20);
      return undefined;
    };
    const many = Array.from({ length: 30 }, (_, i) => `text ${i}`);
    expectRows(await encoder({ batchTexts: 2, concurrency: 3 }).encode(many), many);
    expect(server.most).toBe(3);
  });

  it.each([
    [
      '429 with Retry-After',
      (r: Parameters<typeof sendJson>[0]) => sendJson(r, {}, 429, { 'retry-after': '0' }),
    ],
    ['500', (r: Parameters<typeof sendJson>[0]) => sendJson(r, {}, 500)],
    ['503', (r: Parameters<typeof sendJson>[0]) => sendJson(r, {}, 503)],
    ['a broken connection', (r: Parameters<typeof sendJson>[0]) => void r.destroy()],
    ['no answer', () => {}],
    [
      'an answer that breaks off',
      (r: Parameters<typeof sendJson>[0]) => {
        r.writeHead(200, { 'content-length': '500' });
        r.write('{"data": [');
        setTimeout(() => r.destroy(), 5);
      },
    ],
    ['JSON that is cut', (r: Parameters<typeof sendJson>[0]) => void r.end('{"data": [{"embedding": [1, 2')],
    ['an answer without data', (r: Parameters<typeof sendJson>[0]) => sendJson(r, { error: 'busy' })],
  ])('tries again after %s', async (name, fail) => {
    server.behaviour = (__, response, count) => {
      if (count > 2) return true;
      fail(response);
      return undefined;
    };
    const retries: string[] = [];
    const timeoutSeconds = name === 'no answer' ? 1 : 60; // on a busy machine a short one may pass for no reason
    const rows = await encoder({ timeoutSeconds, onRetry: (m) => retries.push(m) }).encode(['tea', 'cup']);
    expectRows(rows, ['tea', 'cup']);
    expect(server.asked.length).toBeGreaterThanOrEqual(3);
    expect(retries).toHaveLength(server.asked.length - 1);
  });

  it('waits as long as Retry-After says', async () => {
    let first = 0;
    let second = 0;
    server.behaviour = (_, response, count) => {
      if (count > 1) {
        second = performance.now();
        return true;
      }
      first = performance.now();
      sendJson(response, {}, 429, { 'retry-after': '0.4' });
      return undefined;
    };
    await encoder().encode(['tea']);
    expect(second - first).toBeGreaterThan(390);
    const now = Date.UTC(2026, 0, 1);
    expect(retryAfter('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5000);
    expect(retryAfter('Thu, 01 Jan 2025 00:00:05 GMT', now)).toBe(0);
    expect([retryAfter(null), retryAfter('soon')]).toEqual([undefined, undefined]);
    server.behaviour = (_, response) => void sendJson(response, {}, 429, { 'retry-after': '86400' });
    await expect(encoder().encode(['tea'])).rejects.toMatchObject({
      code: 'ERR_IO',
      message: expect.stringMatching(/429; it asks to wait 86400 s/),
    });
  });

  it('keeps the whole rows of a partial, shuffled or broken answer and asks for the rest', async () => {
    const four = ['tea', 'cup', 'pan', 'pot'];
    server.behaviour = ({ body }, response, count) => {
      const { data } = answerTo(body.input);
      if (count === 1)
        data.splice(1, 2); // "cup" and "pan" are missing
      else if (count === 2) {
        data[0]!.embedding[1] = null as never; // NaN in JSON
        data.reverse();
      } else return true;
      sendJson(response, { data });
      return undefined;
    };
    expectRows(await encoder().encode(four), four);
    expect(server.asked.map(({ body }) => body.input)).toEqual([four, ['cup', 'pan'], ['cup']]);
  });

  it('halves a request that is too large', async () => {
    server.behaviour = ({ body }, response) => {
      if (body.input.length <= 2) return true;
      sendJson(response, {}, 413);
      return undefined;
    };
    const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expectRows(await encoder().encode(seven), seven);
    server.behaviour = (_, response) => void sendJson(response, {}, 413);
    await expect(encoder().encode(['a', 'b'])).rejects.toMatchObject({
      message: expect.stringMatching(/maxTokens/),
    });
  });

  it('gives up in the end, and at once where another attempt cannot help', async () => {
    server.behaviour = (_, response) => void sendJson(response, {}, 500);
    await expect(encoder({ retries: 2 }).encode(['tea'])).rejects.toMatchObject({
      code: 'ERR_IO',
      message: expect.stringMatching(/status 500; gave up after 3 attempts.*run again/),
    });
    expect(server.asked).toHaveLength(3);
    server.behaviour = (_, response) =>
      void sendJson(response, { error: { message: `bad key ${KEY}` } }, 401);
    const refused = encoder({ keyEnv: 'COHEAR_TEST_KEY' }).encode(['tea']);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(/401.*bad key \*\*\*.*keyEnv/),
    });
    server.behaviour = (_, response) => void sendJson(response, 'no such model', 404);
    await expect(encoder().encode(['tea'])).rejects.toMatchObject({
      message: expect.stringMatching(/404.*model/),
    });
    expect(server.asked).toHaveLength(5);
    const wide = encoder({ dimension: 4 });
    server.behaviour = () => true;
    await expect(wide.encode(['tea'])).rejects.toMatchObject({
      code: 'ERR_FORMAT',
      message: expect.stringMatching(/3 wide.*4.*dimension to 3/),
    });
  });

  it('never shows the key, nor follows a redirect with it', async () => {
    const said: string[] = [];
    const options = { keyEnv: 'COHEAR_TEST_KEY', retries: 1, onRetry: (m: string) => said.push(m) };
    server.behaviour = (_, response) => {
      response.writeHead(307, { location: `${server.url}/elsewhere` }).end();
      return undefined;
    };
    const error = await encoder(options)
      .encode(['tea'])
      .catch((e: Error) => e);
    expect(server.asked.every(({ path }) => path === '/v1/embeddings')).toBe(true);
    const { fingerprint, ...rest } = encoder(options);
    expect(JSON.stringify([said, String(error), (error as Error).stack, rest, fingerprint])).not.toContain(
      KEY,
    );
    await expect(encoder({ keyEnv: 'COHEAR_NO_SUCH_KEY' }).encode(['tea'])).rejects.toMatchObject({
      code: 'ERR_MISSING',
      message: expect.stringContaining('COHEAR_NO_SUCH_KEY'),
    });
  });

  it('estimates tokens and cost before it starts, and keeps to a limit', async () => {
    expect(estimateTokens('12345678')).toBe(4);
    expect(estimateTokens('茶茶茶')).toBe(5);
    const priced = encoder({ pricePerMillionTokens: 1e6 });
    expect(priced.plan!(['12345678', ''])).toBe('2 texts for m: about 4 tokens, a cost of 4.00');
    for (const limit of [{ limitTokens: 3 }, { limitCost: 3, pricePerMillionTokens: 1e6 }])
      expect(() => encoder(limit).plan!(['12345678'])).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG', message: expect.stringMatching(/limit(Tokens|Cost)/) }),
      );
    const folder = await mkdtemp(join(tmpdir(), 'cohear-limit-'));
    const refused = cachedEncode(encoder({ limitTokens: 3 }), ['12345678'], { folder });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    expect(server.asked).toHaveLength(0);
    const told: string[] = [];
    await cachedEncode(encoder(), ['12345678'], { folder, onPlan: (m) => told.push(m) });
    await cachedEncode(encoder(), ['12345678'], { folder, onPlan: (m) => told.push(m) });
    expect(told).toEqual(['1 texts for m: about 4 tokens']);
    // The server counts 5 tokens a text: more than was estimated.
    const wrong = encoder({ limitTokens: 14, batchTexts: 1, concurrency: 1 }).encode([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
    await expect(wrong).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(/used 15 tokens/),
    });
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (file.isFile()) expect((await readFile(join(file.parentPath, file.name))).includes(KEY)).toBe(false);
    await rm(folder, { recursive: true });
  });

  it('keeps what came when it fails, also of a partial answer, and counts what that took', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cohear-partial-'));
    server.behaviour = ({ body }, response, count) => {
      const { data } = answerTo(body.input);
      if (count === 1) sendJson(response, { data: data.slice(0, 3), usage: { total_tokens: 20 } });
      else sendJson(response, {}, 500);
      return undefined;
    };
    const four = ['tea', 'cup', 'pan', 'pot'];
    const failing = encoder({ retries: 1 });
    await expect(cachedEncode(failing, four, { folder })).rejects.toMatchObject({ code: 'ERR_IO' });
    server.behaviour = () => true;
    expectRows(await cachedEncode(encoder(), four, { folder }), four);
    expect(server.asked.at(-1)!.body.input).toHaveLength(1);
    server.asked.length = 0;
    server.behaviour = ({ body }, response) => {
      sendJson(response, { data: answerTo(body.input).data.slice(0, 1), usage: { total_tokens: 20 } });
      return undefined;
    };
    await expect(encoder({ limitTokens: 50 }).encode(['a', 'b', 'c', 'd'])).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(/used 60 tokens/),
    });
    await rm(folder, { recursive: true });
  });

  it('stops on request, in the middle of a pause', async () => {
    const stop = new AbortController();
    server.behaviour = (_, response) => {
      sendJson(response, {}, 503, { 'retry-after': '500' });
      setTimeout(() => stop.abort(), 20);
      return undefined;
    };
    await expect(encoder().encode(['tea'], { signal: stop.signal })).rejects.toMatchObject({
      code: 'ERR_CANCELLED',
    });
  });

  it('has a fingerprint that follows what changes vectors', () => {
    const of = (options: Partial<EndpointOptions>) => encoder(options).fingerprint;
    expect(of({ concurrency: 9, retries: 1, keyEnv: 'COHEAR_TEST_KEY', batchTexts: 7 })).toBe(of({}));
    expect(
      new Set([of({}), of({ model: 'n' }), of({ dimension: 4 }), of({ prefix: 'x' }), of({ maxTokens: 9 })])
        .size,
    ).toBe(5);
  });

  it.each([
    { url: 'localhost' },
    { url: 'ftp://x/v1' },
    { url: 'http://u:p@x/v1' },
    { url: 'http://x/v1?key=1' },
    { limitCost: 1 },
  ])('refuses %j', (options) => {
    expect(() => encoder(options)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
  });

  it.each([{ dimension: 0 }, { concurrency: 0 }, { batchTexts: 1.5 }])('refuses %j', (options) => {
    expect(() => encoder(options)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
  });
});

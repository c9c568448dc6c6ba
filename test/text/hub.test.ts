import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubModel, onnxEncoder } from '../../lib/text/index.js';
import { writeTinyModel } from './tiny-model.js';

let folder: string;
let source: string;
let server: Server;
let asked: string[];
/** Changes what the hub sends of a file. */
let spoil: (file: string, bytes: Buffer) => Buffer;

const sha = (kind: string, ...parts: (string | Buffer)[]) => {
  const hash = createHash(kind);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cohear-hub-'));
  source = join(folder, 'source');
  asked = [];
  spoil = (_, bytes) => bytes;
  await writeTinyModel(source);
  const files = ['config.json', 'tokenizer.json', 'onnx/model.onnx'];
  server = createServer(async (request, response) => {
    asked.push(request.url!);
    if (request.url === '/api/models/org/tiny/revision/main?blobs=true') {
      const siblings = await Promise.all(
        files.map(async (rfilename) => {
          const bytes = await readFile(join(source, rfilename));
          const { length: size } = bytes;
          return rfilename.endsWith('.onnx')
            ? { rfilename, size, lfs: { sha256: sha('sha256', bytes), size } }
            : { rfilename, size, blobId: sha('sha1', `blob ${size}\0`, bytes) };
        }),
      );
      response.end(
        JSON.stringify({ sha: 'abc123', siblings: [...siblings, { rfilename: 'README.md', size: 1 }] }),
      );
      return;
    }
    const file = request.url!.replace('/org/tiny/resolve/abc123/', '');
    if (!files.includes(file)) return void response.writeHead(404).end();
    response.end(spoil(file, await readFile(join(source, file))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});
const options = () => ({
  folder: join(folder, 'models'),
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
});

describe('hubModel', () => {
  it('downloads what an encoder needs, once, with progress', async () => {
    const seen: number[] = [];
    const place = await hubModel('org/tiny', {
      ...options(),
      onProgress: ({ done, total }) => seen.push(done / total!),
    });
    expect(place).toBe(join(folder, 'models/org/tiny'));
    expect(seen.at(-1)).toBe(1);
    expect(asked).toHaveLength(4);
    const encoder = await onnxEncoder({ folder: place });
    const own = await onnxEncoder({ folder: source });
    expect(await encoder.encode(['tea'])).toEqual(await own.encode(['tea']));
    await Promise.all([encoder.close(), own.close()]);
    expect(await hubModel('org/tiny', { ...options(), endpoint: 'http://127.0.0.1:1' })).toBe(place);
    expect(asked).toHaveLength(4);
  });

  it.each(['config.json', 'onnx/model.onnx'])(
    'refuses %s with another checksum, and heals',
    async (spoilt) => {
      spoil = (file, bytes) =>
        file === spoilt ? Buffer.concat([bytes.subarray(1), Buffer.from('x')]) : bytes;
      await expect(hubModel('org/tiny', options())).rejects.toMatchObject({
        code: 'ERR_FORMAT',
        message: expect.stringMatching(/checksum/),
      });
      const left = await readdir(join(folder, 'models'), { recursive: true });
      expect(left.filter((name) => name.endsWith('.tmp') || name.endsWith(spoilt))).toEqual([]);
      spoil = (_, bytes) => bytes;
      await hubModel('org/tiny', options());
    },
  );

  it('says what to put where when it cannot', async () => {
    const byHand = /By hand: put config\.json, tokenizer\.json and onnx\/model\.onnx .*text\.encoder\.onnx/;
    for (const [id, more] of [
      ['org/none', {}],
      ['org/tiny', { endpoint: 'http://127.0.0.1:1' }],
      ['org/tiny', { model: 'onnx/model_fp16.onnx' }],
    ] as const) {
      const wanted = 'model' in more ? /it lacks onnx\/model_fp16\.onnx/ : byHand;
      await expect(hubModel(id, { ...options(), ...more })).rejects.toMatchObject({
        code: 'ERR_MISSING',
        message: expect.stringMatching(wanted),
      });
    }
    await expect(hubModel('../etc', options())).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });

  it('stops on request', async () => {
    const signal = AbortSignal.abort();
    await expect(hubModel('org/tiny', { ...options(), signal })).rejects.toMatchObject({
      code: 'ERR_CANCELLED',
    });
  });
});

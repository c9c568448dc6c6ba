import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DescribeOptions, describeItems } from '../../lib/text/describe.js';
import { EndpointServer, sendJson } from './endpoint-server.js';

const KEY = 'sk-secret-9876543210';
let server: EndpointServer;
let folder: string;
const answer = (text: unknown) => ({ choices: [{ message: { content: JSON.stringify({ text }) } }] });

beforeEach(async () => {
  process.env.COHEAR_TEST_KEY = KEY;
  folder = await mkdtemp(join(tmpdir(), 'cohear-describe-'));
  server = new EndpointServer();
  server.behaviour = ({ body }, response) => {
    sendJson(response, answer(`About <b>${body.messages![1]!.content}</b>`));
    return undefined;
  };
  await server.start();
});
afterEach(async () => {
  delete process.env.COHEAR_TEST_KEY;
  await server.stop();
  await rm(folder, { recursive: true });
});
const run = (prompts: string[], options: Partial<DescribeOptions> = {}, work = {}) =>
  describeItems(
    prompts,
    { url: server.url, model: 'writer', pauseSeconds: 0.01, ...options },
    { folder, ...work },
  );

describe('describeItems', () => {
  it('asks once for each prompt, with a schema, and keeps where a text comes from', async () => {
    const first = await run(['tea', '', 'cup', 'tea'], { keyEnv: 'COHEAR_TEST_KEY' });
    expect(first.map((one) => one?.text)).toEqual(['About tea', undefined, 'About cup', 'About tea']);
    expect(first[0]).toMatchObject({
      model: 'writer',
      cached: false,
      prompt: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(first[3]!.prompt).toBe(first[0]!.prompt);
    expect(server.asked).toHaveLength(2);
    expect(server.asked[0]).toMatchObject({
      path: '/v1/chat/completions',
      key: `Bearer ${KEY}`,
      body: { model: 'writer', temperature: 0, response_format: { type: 'json_schema' } },
    });
    const again = await run(['cup', 'pan', 'tea']);
    expect(again.map((one) => [one!.text, one!.cached])).toEqual([
      ['About cup', true],
      ['About pan', false],
      ['About tea', true],
    ]);
    expect(server.asked).toHaveLength(3);
    await run(['tea'], { instructions: 'Be brief.' });
    expect(server.asked).toHaveLength(4); // another task, another answer
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (file.isFile()) expect((await readFile(join(file.parentPath, file.name))).includes(KEY)).toBe(false);
  });

  it('tries again after an answer that is no JSON, lacks the text or fails', async () => {
    server.behaviour = (_, response, count) => {
      if (count === 1) sendJson(response, { choices: [{ message: { content: '{"text": "cut' } }] });
      else if (count === 2) sendJson(response, answer(7));
      else if (count === 3) sendJson(response, {}, 429, { 'retry-after': '0' });
      else sendJson(response, answer('fine'));
      return undefined;
    };
    const said: string[] = [];
    expect((await run(['tea'], {}, { onMessage: (m: string) => said.push(m) }))[0]!.text).toBe('fine');
    expect(said).toHaveLength(4);
    expect(said[0]).toMatch(/^1 items for writer to describe: about \d+ tokens at most$/);
  });

  it('passes over half a line that a kill has left', async () => {
    await run(['tea', 'cup'], { concurrency: 1 });
    const [log] = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.jsonl'));
    const text = await readFile(join(folder, log!), 'utf8');
    await writeFile(join(folder, log!), text.slice(0, -8));
    expect((await run(['tea', 'cup'])).map((one) => one!.text)).toEqual(['About tea', 'About cup']);
    expect(server.asked.slice(2).map(({ body }) => body.messages![1]!.content)).toEqual(['cup']);
  });

  it('stops where answers take more than the limit, also those of no use', async () => {
    server.behaviour = (_, response) => {
      sendJson(response, { choices: [], usage: { total_tokens: 900 } });
      return undefined;
    };
    await expect(run(['tea'], { limitTokens: 1000 })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    expect(server.asked).toHaveLength(2);
  });

  it('asks once for each prompt where several do the same at the same time', async () => {
    const prompts = Array.from({ length: 300 }, (_, i) => `item ${i}`);
    const all = await Promise.all([run(prompts), run(prompts.toReversed()), run(prompts)]);
    for (const some of all)
      expect(some.map((one) => one!.text).toSorted()).toEqual(prompts.map((p) => `About ${p}`).toSorted());
    expect(server.asked).toHaveLength(300);
  });

  it('keeps what was answered before a failure', async () => {
    server.behaviour = ({ body }, response) => {
      if (body.messages![1]!.content === 'bad') sendJson(response, 'no', 400);
      else sendJson(response, answer('fine'));
      return undefined;
    };
    await expect(run(['a', 'b', 'bad', 'c'], { concurrency: 1 })).rejects.toMatchObject({ code: 'ERR_IO' });
    const asked = server.asked.length;
    await run(['a', 'b']);
    expect(server.asked).toHaveLength(asked);
  });

  it('keeps to limits before it asks anything, wants its key, and stops', async () => {
    await expect(run(['tea'], { limitTokens: 10 })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    await expect(run(['tea'], { limitCost: 0.001, pricePerMillionTokens: 100 })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
    });
    await expect(run(['tea'], { limitCost: 1 })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    await expect(run(['tea'], { keyEnv: 'COHEAR_NO_SUCH_KEY' })).rejects.toMatchObject({
      code: 'ERR_MISSING',
    });
    await expect(run(['tea'], {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_CANCELLED',
    });
    await expect(run(['tea'], { url: 'nowhere' })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    expect(server.asked).toHaveLength(0);
  });
});

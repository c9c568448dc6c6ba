import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveConfig, runStages } from '../../lib/pipeline/index.js';
import { eventsStage } from '../../lib/pipeline/stages/events.js';
import { textStage } from '../../lib/pipeline/stages/text.js';
import { EndpointServer, sendJson } from '../text/endpoint-server.js';

let folder: string;
let server: EndpointServer;
const before = process.env.COHEAR_CACHE;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cohear-texts-'));
  process.env.COHEAR_CACHE = join(folder, 'cache');
  await writeFile(join(folder, 'items.csv'), 'id,title,kind\na,tea,food\nb,,food\nc,cup,ware');
  await writeFile(join(folder, 'events.csv'), 'u,i,t\nu,a,2024-01-01\nu,c,2024-01-02');
  server = new EndpointServer();
  server.behaviour = ({ body }, response) => {
    const text = `Written of ${body.messages![1]!.content}`;
    sendJson(response, { choices: [{ message: { content: JSON.stringify({ text }) } }] });
    return undefined;
  };
  await server.start();
});
afterEach(async () => {
  if (before === undefined) delete process.env.COHEAR_CACHE;
  else process.env.COHEAR_CACHE = before;
  await server.stop();
  await rm(folder, { recursive: true });
});

it('items are described from their prompts, and the stage says where each text comes from', async () => {
  const config = resolveConfig(
    {
      events: { file: 'events.csv', columns: { user: 'u', item: 'i', time: 't' } },
      items: { file: 'items.csv', columns: { item: 'id', title: 'title', type: 'kind' } },
      text: {
        encoder: 'hashing',
        template: '{title}',
        describe: { endpoint: server.url, model: 'writer', prompt: '{title} of {type}' },
      },
    },
    folder,
  );
  const run = () =>
    runStages({ stages: [eventsStage, textStage], config, seed: 1, workdir: join(folder, 'run') });
  const { manifest } = await run();
  const stage = join(folder, 'run', manifest.stages.text!.folder);
  const lines = (await readFile(join(stage, 'described.jsonl'), 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      item: 'a',
      text: 'Written of tea of food',
      model: 'writer',
      prompt: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
    { item: 'c', text: 'Written of cup of ware', model: 'writer', prompt: expect.any(String) },
  ]);
  expect(server.asked.map(({ body }) => body.messages![1]!.content).toSorted()).toEqual([
    'cup of ware',
    'tea of food',
  ]);
  await run();
  expect(server.asked).toHaveLength(2);
});

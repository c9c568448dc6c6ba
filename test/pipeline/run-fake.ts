// A process of its own that runs the fake stages: for tests that kill it. argv: workdir
import { runStages } from '../../lib/pipeline/index.js';
import { fakeConfig, fakeStages } from './fake.js';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
try {
  const run = await runStages({
    stages: fakeStages,
    config: fakeConfig,
    seed: 7,
    workdir: process.argv[2]!,
    signal: stop.signal,
    onEvent: (event) => console.log(event.type, event.stage, event.type === 'message' ? event.text : ''),
  });
  console.log('seconds', JSON.stringify(run.seconds));
} catch (error) {
  console.log('failed', (error as { code?: string }).code, (error as Error).message);
  process.exitCode = 3;
}

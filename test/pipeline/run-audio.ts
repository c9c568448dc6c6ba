// The whole pipeline on a small synthetic platform, as a process of its own: for tests that kill it.
// run-audio.ts DATA WORKDIR THREADS; prints "<task> <done>" for every progress event.
import { audioConfig } from '../../lib/cli/audio-config.js';
import { setThreads } from '../../lib/native/index.js';
import { applyOverrides, parseOverride, resolveConfig } from '../../lib/pipeline/config/index.js';
import { runPipeline } from '../../lib/pipeline/index.js';
import { SMALL } from './small.js';

const [data, workdir, threads] = process.argv.slice(2);
setThreads(Number(threads));
const config = resolveConfig(applyOverrides(audioConfig, SMALL.map(parseOverride)), data!);
await runPipeline({
  config,
  workdir: workdir!,
  onProgress: ({ task, done }) => void process.stdout.write(`${task} ${done}\n`),
});

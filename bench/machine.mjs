// The limits of this machine that other figures are held against: reading memory from end to end, and at random
// places. Usage: node bench/machine.mjs [--threads 1,2]
import { setThreads } from '../dist/index.js';
import { machine } from './lib/machine.mjs';
import { emit, subjectArguments } from './lib/subject.mjs';

for (const threads of subjectArguments().threads) {
  setThreads(threads);
  const { readBandwidth, randomReads } = machine(threads);
  emit('memory, end to end', 'rate_max', readBandwidth / 1e9, 'GB/s', threads);
  emit('memory, 4-byte random reads', 'rate_max', randomReads / 1e6, 'M reads/s', threads);
}

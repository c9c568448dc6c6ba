import type { RunEvent } from '../pipeline/index.js';
import { formatCount, formatSeconds, type Reporter } from '../progress/index.js';

/** Tells of a run's stages: `[3/9] graph ...`, `[3/9] graph done in 1.2 s: 310k edges`, `[3/9] graph skipped: unchanged`. */
export function stageLines(reporter: Reporter): (event: RunEvent) => void {
  return (event) => {
    if (event.type === 'message') return reporter.line(`  ${event.stage}: ${event.text}`);
    reporter.settle();
    const head = `[${event.index + 1}/${event.count}] ${event.stage}`;
    if (event.type === 'begin') return reporter.line(`${head} ... (${event.why})`);
    const took = formatSeconds(event.record.seconds);
    if (event.type === 'skipped') return reporter.line(`${head} skipped: unchanged (took ${took})`);
    const counts = Object.entries(event.record.counts).map(
      ([name, value]) => `${name} ${formatCount(value)}`,
    );
    reporter.line(`${head} done in ${took}${counts.length > 0 ? `: ${counts.join(', ')}` : ''}`);
  };
}

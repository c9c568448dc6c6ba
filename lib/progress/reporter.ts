import { formatCount, formatSeconds } from './format.js';
import type { Progress, ProgressEvent } from './index.js';
import { Meter } from './meter.js';

/** What a reporter writes to: process.stderr, or anything of its shape. */
export interface ReporterStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface ReporterOptions {
  /** Live lines that are redrawn (default: when the stream is a terminal and TERM is not "dumb"). */
  readonly live?: boolean | undefined;
  /** Seconds between two redraws (default 0.1 live) or two lines of one task (default 5 otherwise). */
  readonly every?: number | undefined;
  /** Seconds on a clock that only goes forward. */
  readonly now?: (() => number) | undefined;
}

/** Shows progress to a person. */
export interface Reporter {
  readonly onProgress: Progress;
  /** A line that stays. Tasks that are under way stay below it (live). */
  line(text: string): void;
  /** Ends all tasks that are under way, each with its last line. */
  settle(): void;
}

interface Task {
  event: ProgressEvent;
  readonly meter: Meter;
  shown: number;
}

const quantity = ({ done, total, unit }: ProgressEvent): string =>
  `${formatCount(done)}${total === undefined ? '' : `/${formatCount(total)}`} ${unit}`;

/** "  [=======>      ]", the share of 24 cells that is done. */
function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * 24);
  return `[${'='.repeat(full)}${full < 24 ? '>' : ''}${' '.repeat(Math.max(0, 23 - full))}]`;
}

function running({ event, meter }: Task, withBar: boolean): string {
  const parts = [quantity(event)];
  if (meter.rate !== undefined) parts.push(`${formatCount(meter.rate)}/s`);
  const eta = event.total === undefined ? undefined : meter.eta(event.total);
  if (eta !== undefined) parts.push(`${formatSeconds(eta)} left`);
  if (event.note) parts.push(event.note);
  const drawn = withBar && event.total ? `${bar(event.done / event.total)} ` : '';
  return `  ${event.task} ${drawn}${parts.join(', ')}`;
}

function ended({ event, meter }: Task): string {
  const parts = [`${quantity(event)} in ${formatSeconds(meter.seconds)}`];
  if (meter.average !== undefined) parts.push(`${formatCount(meter.average)}/s`);
  if (event.note) parts.push(event.note);
  return `  ${event.task}: ${parts.join(', ')}`;
}

/**
 * A reporter for a stream: on a terminal one live line per task with bar, smoothed rate and time left; elsewhere
 * a plain line per task at most every few seconds. In both, a task's last line (units, seconds, average rate)
 * stays. A task ends when done reaches total, or at {@link Reporter.settle}.
 */
export function createReporter(stream: ReporterStream, options: ReporterOptions = {}): Reporter {
  const live = options.live ?? (stream.isTTY === true && process.env.TERM !== 'dumb');
  const every = options.every ?? (live ? 0.1 : 5);
  const now = options.now ?? (() => performance.now() / 1000);
  const tasks = new Map<string, Task>();
  let drawnLines = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;

  const erase = () => {
    if (drawnLines > 0) stream.write(`\x1b[${drawnLines}A\x1b[J`);
    drawnLines = 0;
  };
  const draw = () => {
    erase();
    // A line that wraps would be two lines on the screen and break the next erase: cut it.
    const width = (stream.columns || 80) - 1;
    for (const task of tasks.values()) stream.write(`${running(task, true).slice(0, width)}\n`);
    drawnLines = tasks.size;
    drawnAt = now();
  };
  const line = (text: string) => {
    if (live) erase();
    stream.write(`${text}\n`);
    if (live) draw();
  };
  const end = (task: Task) => {
    tasks.delete(task.event.task);
    line(ended(task));
  };

  return {
    line,
    settle() {
      for (const task of [...tasks.values()]) end(task);
    },
    onProgress(event) {
      const time = now();
      let task = tasks.get(event.task);
      if (task === undefined) {
        task = { event, meter: new Meter(event.done, time), shown: time };
        tasks.set(event.task, task);
      } else {
        task.event = event;
        task.meter.update(event.done, time);
      }
      if (event.total !== undefined && event.done >= event.total) end(task);
      else if (live && time - drawnAt >= every) draw();
      else if (!live && time - task.shown >= every) {
        task.shown = time;
        stream.write(`${running(task, false)}\n`);
      }
    },
  };
}

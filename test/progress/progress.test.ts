import { describe, expect, test } from 'vitest';
import {
  checkCancelled,
  createReporter,
  formatBytes,
  formatCount,
  formatSeconds,
  Meter,
} from '../../lib/progress/index.js';

describe('numbers for people', () => {
  test.each([
    [0.04, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [119.4, '119 s'],
    [119.6, '2 min 00 s'],
    [3599.4, '59 min 59 s'],
    [3599.6, '1 h 00 min'],
    [7500, '2 h 05 min'],
    [Number.POSITIVE_INFINITY, '?'],
  ])('%f seconds', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  test.each([
    [0, '0'],
    [7.251, '7.25'],
    [12.34, '12.3'],
    [345.6, '346'],
    [9999, '9999'],
    [12_345, '12.3k'],
    [999_960, '1.0M'],
    [3_140_000, '3.1M'],
    [2.5e9, '2.5G'],
    [-20_000, '-20.0k'],
  ])('a count of %f', (value, text) => expect(formatCount(value)).toBe(text));

  test.each([
    [512, '512 B'],
    [1536, '1.5 KiB'],
    [5 * 2 ** 40, '5.0 TiB'],
  ])('%f bytes', (value, text) => expect(formatBytes(value)).toBe(text));
});

describe('a meter', () => {
  test('at a steady pace the rate is that pace, from the first sample on', () => {
    const meter = new Meter(0, 100);
    expect(meter.rate).toBe(undefined);
    for (let second = 1; second <= 20; second++) {
      meter.update(second * 50, 100 + second);
      expect(meter.rate).toBeCloseTo(50, 9);
    }
    expect(meter.average).toBeCloseTo(50, 9);
    expect(meter.eta(2000)).toBeCloseTo(20, 9);
  });

  test('after a change of pace the rate follows, the average remembers', () => {
    const meter = new Meter(0, 0);
    for (let t = 1; t <= 20; t++) meter.update(t * 100, t);
    for (let t = 21; t <= 60; t++) meter.update(2000 + (t - 20) * 10, t);
    expect(meter.rate).toBeGreaterThan(9.9);
    expect(meter.rate).toBeLessThan(11);
    expect(meter.average).toBeCloseTo(2400 / 60, 9);
  });

  test('many events in little time do not outweigh time', () => {
    const meter = new Meter(0, 0);
    meter.update(100, 10);
    for (let i = 1; i <= 1000; i++) meter.update(100 + i, 10 + i * 1e-4);
    expect(meter.rate).toBeCloseTo(10, 9); // a burst of 0.1 s is not yet a sample
  });

  test('what a resumed task had done before is no part of the rate', () => {
    const meter = new Meter(900, 0);
    meter.update(910, 1);
    expect(meter.rate).toBeCloseTo(10, 9);
    expect(meter.average).toBeCloseTo(10, 9);
  });
});

const ESCAPE = '␛'; // stands for the control character, so that patterns can be read

/** A terminal that understands what the reporter writes: lines, cursor up, clear below. */
function terminal(columns = 80) {
  const lines: string[] = [''];
  let at = 0;
  return {
    columns,
    isTTY: true,
    write(text: string) {
      for (const part of text.replaceAll('\x1b', ESCAPE).split(/(␛\[\d*[AJ]|\n)/)) {
        const up = /^␛\[(\d+)A$/.exec(part);
        if (up) at -= Number(up[1]);
        else if (part === '␛[J') lines.splice(at, lines.length, '');
        else if (part === '\n') lines[++at] ??= '';
        else if (part !== '') lines[at] += part;
      }
    },
    get shown() {
      return lines.filter((line) => line !== '');
    },
  };
}

describe('a reporter on a terminal', () => {
  const setup = (columns?: number) => {
    const screen = terminal(columns);
    let time = 0;
    const reporter = createReporter(screen, { live: true, now: () => time });
    const at = (seconds: number, done: number, task = 'encode', total = 200) => {
      time = seconds;
      reporter.onProgress({ task, done, total, unit: 'texts', note: `x${done}` });
    };
    return { screen, reporter, at };
  };

  test('one live line with bar, rate, time left and note', () => {
    const { screen, at } = setup();
    at(0, 0);
    at(1, 50);
    expect(screen.shown).toEqual(['  encode [======>                 ] 50/200 texts, 50/s, 3.0 s left, x50']);
    at(2, 100);
    expect(screen.shown).toEqual([
      '  encode [============>           ] 100/200 texts, 50/s, 2.0 s left, x100',
    ]);
  });

  test('lines stay above the live ones, several tasks below each other, ended ones as a summary', () => {
    const { screen, reporter, at } = setup();
    reporter.line('[1/2] text');
    at(0, 0, 'a');
    at(0, 0, 'b');
    at(1, 50, 'b');
    reporter.line('note');
    expect(screen.shown.map((line) => line.split(' [')[0])).toEqual(['[1/2] text', 'note', '  a', '  b']);
    at(2, 200, 'a');
    at(4, 200, 'b');
    expect(screen.shown.slice(2)).toEqual([
      '  a: 200/200 texts in 2.0 s, 100/s, x200',
      '  b: 200/200 texts in 4.0 s, 50/s, x200',
    ]);
  });

  test('no line is wider than the terminal', () => {
    const { screen, at } = setup(30);
    at(0, 0);
    at(1, 50);
    expect(screen.shown).toHaveLength(1);
    expect(screen.shown[0]!.length).toBe(29);
  });
});

test('off a terminal a plain line at most every few seconds, and one at the end', () => {
  const written: string[] = [];
  let time = 0;
  const reporter = createReporter({ write: (text) => written.push(text) }, { now: () => time });
  for (time = 0; time < 12; time += 0.5)
    reporter.onProgress({ task: 'train', done: time * 2, unit: 'steps' });
  expect(written).toEqual(['  train 10 steps, 2/s\n', '  train 20 steps, 2/s\n']);
  reporter.settle();
  expect(written.at(-1)).toBe('  train: 23 steps in 12 s, 2/s\n');
  reporter.settle();
  expect(written).toHaveLength(3);
});

test('checkCancelled throws once the signal is aborted', () => {
  checkCancelled(undefined);
  const controller = new AbortController();
  checkCancelled(controller.signal);
  controller.abort();
  expect(() => checkCancelled(controller.signal, 'training')).toThrow(
    expect.objectContaining({ code: 'ERR_CANCELLED', message: 'training was stopped on request' }),
  );
});

const SCALES = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
];

/** 12345678, 'edges/s' -> '12.3 M edges/s'; units that carry a scale already stay as they are. */
export function human(value, unit) {
  const plain = /^(ms|[GMk]|%|x$)/.test(unit);
  const [scale, letter] = plain ? [1, ''] : (SCALES.find(([s]) => Math.abs(value) >= s) ?? [1, '']);
  const scaled = value / scale;
  const digits = Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${letter}${letter ? ' ' : ''}${unit}`.replace('  ', ' ');
}

/** Rows of text, the first being the heading, as a Markdown table with aligned columns. */
export function align(rows) {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => (row[c] ?? '').length)));
  const line = (row) => `| ${row.map((cell, c) => (cell ?? '').padEnd(widths[c])).join(' | ')} |`;
  const rule = `|${widths.map((w) => '-'.repeat(w + 2)).join('|')}|`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}

/** A line per case: for each number of threads the median time, the rate, and the share of the known limit. */
export function table(figures) {
  const cases = [...new Set(figures.map((f) => f.case))];
  const threads = [...new Set(figures.map((f) => f.threads))].sort((a, b) => a - b);
  const cell = (name, count) => {
    const own = figures.filter((f) => f.case === name && f.threads === count && f.metric !== 'time_min');
    return own
      .map(({ value, unit, of_limit: share }) => {
        const text = human(value, unit);
        return share === undefined ? text : `${text} (${Math.round(share * 100)} % of the limit)`;
      })
      .join(', ');
  };
  const heading = ['case', ...threads.map((n) => `${n} thread${n === 1 ? '' : 's'}`)];
  return align([heading, ...cases.map((name) => [name, ...threads.map((n) => cell(name, n))])]);
}

/** A line per case, number of threads and peer: both rates, and ours divided by theirs with its spread over the runs. */
export function ratioTable(figures) {
  const rows = figures
    .filter((f) => f.metric === 'ratio')
    .map((ratio) => {
      const rate = (peer) => {
        const found = figures.find(
          (f) =>
            f.metric === 'rate_median' &&
            f.case === ratio.case &&
            f.threads === ratio.threads &&
            f.peer === peer &&
            (peer !== 'cohear' || f.beside === ratio.beside),
        );
        return human(found.value, found.unit);
      };
      const spread = `${ratio.value.toFixed(2)} (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`;
      return [ratio.case, String(ratio.threads), ratio.beside, rate(ratio.beside), rate('cohear'), spread];
    });
  return align([['case', 'threads', 'peer', 'peer', 'cohear', 'ratio'], ...rows]);
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIRST_DAY } from '../../lib/synth/options.js';
import { type Platform, platform } from './platform.js';

// Every figure is computed here from the files, then compared with what it was calibrated to and with the report.
describe('a platform of 5,000 users', () => {
  let p: Platform;
  beforeAll(async () => {
    p = await platform({ users: 5_000, podcasts: 4_000, audiobooks: 300 });
  });
  afterAll(() => p.remove());

  it('has the sizes asked for, ids once each, and events that belong to them and to the log', async () => {
    expect(
      await p.rows('SELECT item_type, count(*), count(DISTINCT item_id) FROM items GROUP BY ALL ORDER BY 1'),
    ).toEqual([
      ['audiobook', 300, 300],
      ['podcast', 4000, 4000],
    ]);
    expect(await p.number('SELECT count(DISTINCT user_id) FROM users')).toBe(5000);
    expect(
      await p.number(
        'SELECT count(*) FROM events SEMI JOIN items USING (item_id, item_type) SEMI JOIN users USING (user_id)',
      ),
    ).toBe(p.report.statistics.events);
    const first = `DATE '1970-01-01' + ${FIRST_DAY}`;
    expect(
      await p.number(`SELECT count(*) FROM events WHERE ts < ${first} OR ts >= ${first} + INTERVAL 120 DAY`),
    ).toBe(0);
    expect(
      await p.number('SELECT count(*) FROM events JOIN items USING (item_id) WHERE ts < published'),
    ).toBe(0);
    const mean = p.report.statistics.events / 5000;
    expect(mean).toBeGreaterThan(30 * 0.85);
    expect(mean).toBeLessThan(30 * 1.1);
  });

  it('gives every item a readable title and a description, and users an age and a country', async () => {
    const [titles, letters] = (
      await p.rows(`SELECT count(DISTINCT title), min(length(title)) FROM items`)
    )[0]!;
    expect(titles).toBeGreaterThan(4300 * 0.8);
    expect(letters).toBeGreaterThan(4);
    expect(
      await p.number(
        `SELECT count(*) FROM items WHERE title || description LIKE '%$%' OR title || description LIKE '%undefined%'`,
      ),
    ).toBe(0);
    expect(
      await p.number(
        `SELECT count(*) FROM items WHERE language <> 'en' AND description NOT SIMILAR TO '.* In (Spanish|Portuguese|German|French)\\.'`,
      ),
    ).toBe(0);
    expect(
      await p.number('SELECT count(*) FROM users WHERE age NOT BETWEEN 16 AND 85 OR country IS NULL'),
    ).toBe(0);
    expect(await p.number('SELECT count(DISTINCT genre) FROM items')).toBe(24);
  });

  it('has heavy-tailed users: the top 25 % make 75 % of the streams', async () => {
    const share = await p.number(`
      WITH n AS (SELECT count(*) AS n FROM events WHERE kind = 'stream' GROUP BY user_id),
           r AS (SELECT n, row_number() OVER (ORDER BY n DESC) AS r, count(*) OVER () AS users FROM n)
      SELECT sum(n) FILTER (r <= round(0.25 * users)) / sum(n) FROM r`);
    expect(Math.abs(share - 0.75)).toBeLessThan(0.03);
    expect(p.report.statistics.topUsersShare).toBeCloseTo(share, 6);
  });

  it('has heavy-tailed titles: the top 20 % have more than 80 % of the streams', async () => {
    const share = await p.number(`
      WITH n AS (SELECT count(*) AS n FROM events WHERE kind = 'stream' GROUP BY item_id),
           top AS (FROM n ORDER BY n DESC LIMIT 860)
      SELECT (SELECT sum(n) FROM top) / sum(n) FROM n`);
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThan(0.95);
    expect(p.report.statistics.topItemsShare.all).toBeCloseTo(share, 6);
  });

  it('raises the odds of a later stream by each weak signal as published', () => {
    const { oddsRatio } = p.report.statistics;
    // Three standard errors of a log odds ratio of so many looks; intents are rare.
    for (const [kind, want] of [
      ['follow', 2.18],
      ['preview', 1.18],
      ['intent_to_pay', 1.13],
    ] as const)
      expect(Math.abs(Math.log(oddsRatio[kind]! / want))).toBeLessThan(kind === 'intent_to_pay' ? 0.25 : 0.1);
  });

  it('shows those odds in the log itself: after a follow alone against after a preview alone', async () => {
    const odds = await p.rows(`
      WITH pairs AS (
        SELECT user_id, item_id, string_agg(DISTINCT kind, '+') FILTER (kind <> 'stream') AS signals,
               bool_or(kind = 'stream') AS streamed
        FROM events WHERE item_type = 'podcast' GROUP BY ALL)
      SELECT signals, count(*) FILTER (streamed) / count(*) FILTER (NOT streamed) FROM pairs
      WHERE signals IN ('follow', 'preview') GROUP BY ALL ORDER BY signals`);
    const [follow, preview] = odds.map((row) => Number(row[1]));
    expect(Math.abs(Math.log(follow! / preview! / (2.18 / 1.18)))).toBeLessThan(0.12);
  });

  it('puts every weak signal before the streams of its pair', async () => {
    const [before, after] = (
      await p.rows(`
      WITH pairs AS (
        SELECT min(ts) FILTER (kind <> 'stream') AS weak, min(ts) FILTER (kind = 'stream') AS stream
        FROM events GROUP BY user_id, item_id)
      SELECT count(*) FILTER (weak <= stream), count(*) FILTER (weak > stream) FROM pairs`)
    )[0]!;
    expect(after).toBe(0);
    expect(before).toBeGreaterThan(5000);
  });

  it('has taste that crosses types: own audiobooks are nearer to own podcasts than another user’s', () => {
    const { own, other } = p.report.statistics.crossType;
    expect(own).toBeGreaterThan(2 * other);
    expect(own).toBeGreaterThan(0.3);
  });

  it('has new items in the last weeks, which are streamed, and users who come late', async () => {
    const { fresh } = p.report.statistics;
    expect(fresh.items).toBeGreaterThan(0.04);
    expect(fresh.items).toBeLessThan(0.1);
    expect(fresh.streams).toBeGreaterThan(0.05);
    const late = await p.number(`
      WITH u AS (SELECT min(ts) AS first FROM events GROUP BY user_id)
      SELECT avg((first >= (SELECT max(ts) - INTERVAL 14 DAY FROM events))::INT) FROM u`);
    expect(late).toBeGreaterThan(0.01);
    expect(late).toBeLessThan(0.15);
  });

  it('has audiobooks as the rare type, and users without any', async () => {
    const { eventsByType, events } = p.report.statistics;
    expect(eventsByType.audiobook! / events).toBeGreaterThan(0.05);
    expect(eventsByType.audiobook! / events).toBeLessThan(0.2);
    const cold = await p.number(`
      SELECT 1 - count(DISTINCT user_id) FILTER (item_type = 'audiobook') / count(DISTINCT user_id) FROM events`);
    expect(cold).toBeGreaterThan(0.2);
  });
});

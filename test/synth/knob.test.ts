import { describe, expect, it } from 'vitest';
import { permutation } from '../../lib/random/index.js';
import { drawItems } from '../../lib/synth/index.js';
import { platform } from './platform.js';

const SIZES = { users: 2_500, podcasts: 3_000, audiobooks: 300, seed: 5 };
const SHUFFLES = 60;

/**
 * Of the item pairs that a user streamed both of (each pair once, users with up to 60 items), how many have one
 * hidden community, beside what it would be if communities were dealt out anew within topics: the share, its
 * expectation, and the difference in standard deviations. If topics, which the words tell, explain who goes with
 * whom, the difference is noise.
 */
async function sharing(graphSignal: number, pairs: 'same topic' | 'podcast and audiobook') {
  const p = await platform({ ...SIZES, graphSignal });
  const items = drawItems(p.report.parameters);
  const where =
    pairs === 'same topic' ? 'x.genre = y.genre' : 'x.item_type <> y.item_type AND x.genre <> y.genre';
  const rows = await p.rows(`
    WITH s AS (SELECT DISTINCT user_id, item_id FROM events WHERE kind = 'stream'),
         u AS (FROM s SEMI JOIN (SELECT user_id FROM s GROUP BY 1 HAVING count(*) <= 60) USING (user_id)),
         n AS (SELECT item_id, genre, item_type,
                 substr(item_id, 2)::INT + CASE WHEN item_type = 'podcast' THEN 0 ELSE ${SIZES.podcasts} END AS item FROM items)
    SELECT DISTINCT x.item, y.item FROM u a JOIN u b ON a.user_id = b.user_id AND a.item_id < b.item_id
    JOIN n x ON x.item_id = a.item_id JOIN n y ON y.item_id = b.item_id WHERE ${where} ORDER BY ALL`);
  await p.remove();
  const share = (community: Uint8Array) =>
    rows.reduce((n, [a, b]) => n + (community[a as number] === community[b as number] ? 1 : 0), 0) /
    rows.length;
  const byTopic = new Map<number, number[]>();
  items.topic.forEach((topic, i) => {
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), i]);
  });
  const dealt = Array.from({ length: SHUFFLES }, (_, shuffle) => {
    const community = items.community.slice();
    for (const [topic, members] of byTopic)
      permutation(members.length, shuffle, topic).forEach((from, to) => {
        community[members[to]!] = items.community[members[from]!]!;
      });
    return share(community);
  });
  const chance = dealt.reduce((a, b) => a + b, 0) / SHUFFLES;
  const deviation = Math.sqrt(dealt.reduce((s, v) => s + (v - chance) ** 2, 0) / (SHUFFLES - 1));
  const observed = share(items.community);
  return { observed, chance, z: (observed - chance) / deviation, pairs: rows.length, report: p.report };
}

describe('graphSignal', () => {
  it('at 0 leaves nothing in co-interaction that the topics of the words do not explain', async () => {
    const within = await sharing(0, 'same topic');
    expect(within.pairs).toBeGreaterThan(10_000);
    expect(Math.abs(within.z)).toBeLessThan(3.5);
    expect(Math.abs(within.observed / within.chance - 1)).toBeLessThan(0.1);
    const across = await sharing(0, 'podcast and audiobook');
    expect(Math.abs(across.z)).toBeLessThan(3.5);
    const { observed, chance } = within.report.statistics.sharedCommunity;
    expect(Math.abs(observed / chance - 1)).toBeLessThan(0.1);
  });

  it('above 0 puts there what only co-interaction shows, more with more of it, within topics and across types', async () => {
    const some = await sharing(0.3, 'same topic');
    const most = await sharing(0.9, 'same topic');
    expect(some.z).toBeGreaterThan(5);
    expect(some.observed / some.chance).toBeGreaterThan(1.05);
    expect(most.observed / most.chance).toBeGreaterThan(some.observed / some.chance + 0.3);
    const across = await sharing(0.9, 'podcast and audiobook');
    expect(across.z).toBeGreaterThan(5);
    expect(across.observed / across.chance).toBeGreaterThan(1.3);
  });
});

import { require } from '../../errors/index.js';
import { SYSTEM_NAMES, type SystemName } from '../../evaluation/index.js';
import { applyOverrides, type Config, type Override, parseOverride, resolveConfig } from '../config/index.js';
import { snapshotsOfAnEvent } from '../timeline.js';

/** A change of the config whose worth is asked for. */
export interface Variant {
  readonly name: string;
  readonly set: readonly Override[];
  /** The system that stands for it; left out: the base's. */
  readonly system?: SystemName | undefined;
}

const set = (path: string, value: unknown): Override => ({ path: path.split('.'), value });

/**
 * The table of ablations of arXiv 2403.05185, and of the choices that docs/method.md adds to it: each variant takes
 * one part away from `config`, or puts its alternative in place. What a config does not have is not taken away.
 * @param types names of the item types
 * @param system what stands for the base
 */
export function defaultVariants(
  { events, hgnn, graph, twoTower, evaluation }: Config,
  types: readonly string[],
  system: SystemName,
): Variant[] {
  const repeats = snapshotsOfAnEvent(twoTower);
  const variants: (Variant | false)[] = [
    ...systemsOf(evaluation.systems, types, system),
    twoTower.weakWeight > 0 &&
      Object.values(events.kinds ?? {}).includes('weak') && {
        name: 'no weak signals',
        set: [set('twoTower.weakWeight', 0)],
      },
    { name: 'no text: type alone', set: [set('text.template', '{type}')] },
    hgnn.balanced && { name: 'no balanced sampler', set: [set('hgnn.balanced', false)] },
    hgnn.loss === 'max-margin'
      ? { name: 'softmax loss', set: [set('hgnn.loss', 'softmax')] }
      : { name: 'max-margin loss', set: [set('hgnn.loss', 'max-margin')] },
    graph.score !== 'count' && { name: 'edges by count', set: [set('graph.score', 'count')] },
    graph.topK !== null && { name: 'all edges kept', set: [set('graph.topK', null)] },
    hgnn.trainedAt === 'serving' && {
      name: 'older foundation layer',
      set: [set('hgnn.trainedAt', 'first-snapshot')],
    },
    twoTower.statistics && { name: 'no item statistics', set: [set('twoTower.statistics', false)] },
    // An event is learned from as often as in the base, where it is an example of several snapshots.
    twoTower.snapshots > 1 &&
      repeats !== null && {
        name: 'one snapshot',
        set: [set('twoTower.snapshots', 1), set('twoTower.epochs', twoTower.epochs * repeats)],
      },
    twoTower.uniformNegatives > 0 && {
      name: 'no uniform negatives',
      set: [set('twoTower.uniformNegatives', 0)],
    },
    ...pairsOf(types, graph.without),
  ];
  return variants.filter((variant) => variant !== false);
}

/** What a system leaves out or does otherwise, beside the whole method. */
const OTHERS: Partial<Record<SystemName, string>> = {
  '2t': 'no graph (2t)',
  'hgnn-knn': 'graph alone (hgnn-knn)',
  'llm-knn': 'text alone (llm-knn)',
  'hgnn-w-users': 'users as nodes (hgnn-w-users)',
  '2t-hgnn-per-type': 'one two-tower per type',
};

/** The parts alone and the alternatives, then the other systems that the config judges. */
function systemsOf(judged: readonly SystemName[], types: readonly string[], system: SystemName): Variant[] {
  const wanted = new Set([...(Object.keys(OTHERS) as SystemName[]), ...judged]);
  wanted.delete(system);
  if (types.length < 2) wanted.delete('2t-hgnn-per-type');
  return [...wanted].map((name) => ({ name: OTHERS[name] ?? name, set: [], system: name }));
}

/** The relations to take away; where there is one type the graph would be empty. */
function pairsOf(types: readonly string[], gone: Config['graph']['without']): Variant[] {
  if (types.length < 2) return [];
  const there = (type: string) => !gone.some((pair) => pair.every((end) => end === type));
  const edges = (name: string, pairs: readonly (readonly [string, string])[]): Variant => ({
    name,
    set: [set('graph.without', [...gone, ...pairs])],
  });
  const mixed = types.flatMap((a, i) => types.slice(i + 1).map((b) => [a, b] as const));
  return [
    ...types.filter(there).map((a) => edges(`no ${a}-${a} edges`, [[a, a]])),
    edges('no edges between types', mixed),
    // Items of the other types keep no edge: they are embedded from their words alone, as a type new to the graph is.
    ...types
      .filter(there)
      .map((a) =>
        edges(`only ${a}-${a} edges`, [
          ...types.filter((b) => b !== a && there(b)).map((b) => [b, b] as const),
          ...mixed,
        ]),
      ),
  ];
}

/**
 * Reads variants as they are written in a file: `{ "name": { "hgnn.balanced": false, "system": "2t" } }`, a config
 * path or "system" to a value.
 * @throws CohearError ERR_CONFIG
 */
export function parseVariants(from: unknown, source: string): Variant[] {
  require(typeof from === 'object' && from !== null && !Array.isArray(from), 'ERR_CONFIG', () =>
    `${source}: want an object of variants, { "name": { "path.to.field": value } }`);
  return Object.entries(from).map(([name, changes]) => {
    require(typeof changes === 'object' && changes !== null && !Array.isArray(changes), 'ERR_CONFIG', () =>
      `${source}: variant "${name}": want an object of changes, { "path.to.field": value }`);
    return variantOf(
      name,
      Object.entries(changes).map(([path, value]) => ({ ...parseOverride(`${path}=`), value })),
      source,
    );
  });
}

/**
 * Reads variants as they are written on a command line: `name=path.to.field=value` or `name=system=2t`; a name that
 * comes again adds to its variant.
 * @throws CohearError ERR_CONFIG
 */
export function parseVariantFlags(flags: readonly string[]): Variant[] {
  const changes = new Map<string, Override[]>();
  for (const flag of flags) {
    const at = flag.indexOf('=');
    require(at > 0 && flag.includes('=', at + 1), 'ERR_CONFIG', () =>
      `--variant wants name=path=value, e.g. --variant "no balance=hgnn.balanced=false", got ${JSON.stringify(flag)}`);
    const name = flag.slice(0, at).trim();
    changes.set(name, [...(changes.get(name) ?? []), parseOverride(flag.slice(at + 1))]);
  }
  return [...changes].map(([name, overrides]) => variantOf(name, overrides, '--variant'));
}

function variantOf(name: string, changes: readonly Override[], source: string): Variant {
  const named = (override: Override) => override.path.length === 1 && override.path[0] === 'system';
  const system = changes.find(named)?.value;
  if (system === undefined) return { name, set: changes };
  require(SYSTEM_NAMES.includes(system as SystemName), 'ERR_CONFIG', () =>
    `${source}: variant "${name}": no system "${system}"; want one of ${SYSTEM_NAMES.join(', ')}`);
  return { name, set: changes.filter((change) => !named(change)), system: system as SystemName };
}

/**
 * The config of a variant; what it changes is checked as a config file is.
 * @throws CohearError ERR_CONFIG that names the variant
 */
export const configOf = (base: Config, { name, set: overrides }: Pick<Variant, 'name' | 'set'>): Config =>
  resolveConfig(applyOverrides(base, overrides), base.folder, `variant "${name}"`);

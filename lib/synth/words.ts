import { derive } from '../random/index.js';
import { AUDIOBOOK, PODCAST, SECOND_TOPIC } from './calibration.js';
import { Draws } from './draws.js';
import { type Items, NONE, typeOf } from './items.js';
import type { SynthParameters } from './options.js';
import { FIRST_NAMES, LANGUAGES, LAST_NAMES, TOPICS } from './vocabulary.js';

/** By type. $N and $n are a noun, $A and $a an adjective, $P a person: the item's author or host. */
const TITLES = [
  [
    'The $A $N Podcast',
    '$N and $N',
    '$A $N',
    'Inside $N',
    '$N with $P',
    'Beyond $N',
    'The $N Hour',
    '$N Weekly',
    'Talking $N',
    '$P on $N',
  ],
  [
    '$A $N',
    'The $A $N',
    '$N and $N',
    'The Last $N',
    'Among $N',
    'The Book of $N',
    'Of $N and $N',
    'Without $N',
    'A Year of $A $N',
    '$N: A Story',
  ],
] as const;

const SUBTITLES = ['$N and $N', 'The $A $N', '$A $N', 'On $N'] as const;
/** Share of titles with a subtitle. */
const SUBTITLED = 0.35;

const DESCRIPTIONS = [
  [
    '$P and guests talk about $n, $n and $n. From $a $n to $a $n, a new episode every week. For anyone who cares about $n and $n.',
    'A show about $n and $n, hosted by $P. Each episode takes one story of $a $n and asks what $n have to do with $n.',
    'Join $P for $n, $n and the $a side of $n. Listeners send in their questions on $n and $n.',
    'Why $n? Why $n? $P meets people who live among $n and tells their $a stories of $n and $n.',
  ],
  [
    '$P writes about $n, $n and $a $n. A book of $n and $n, and of the $a $n between them.',
    'When $n meet $n, nothing stays as it was. A tale of $a $n, $n and $n, told by $P.',
    'A guide to $n and $a $n by $P, from the first $n to the last $n. With chapters on $n and $n.',
    '$P takes us to the world of $n: $n, $a $n and the $n behind them. For readers of $n and $n.',
  ],
] as const;

const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);
/** Authors and hosts of a topic: a person stands for about so many items. */
const ITEMS_PER_PERSON = 4;

export interface Words {
  readonly title: string;
  readonly description: string;
}

/**
 * Readable words of an item: its topics' nouns and adjectives in templates, a host or author who stays with one
 * topic, and its language where that is not English. They say all about the item that taste goes by, but its
 * community and its popularity.
 */
export class Writer {
  private readonly draws: readonly Draws[];
  private readonly names: Draws;
  private readonly people: number;

  constructor(
    parameters: SynthParameters,
    private readonly items: Items,
  ) {
    this.draws = [PODCAST, AUDIOBOOK].map(
      (type) => new Draws(derive(parameters.seed, `synth/words/${type}`)),
    );
    this.names = new Draws(derive(parameters.seed, 'synth/names'));
    this.people = Math.max(2, Math.ceil(items.size / TOPICS.length / ITEMS_PER_PERSON));
  }

  words(item: number): Words {
    const { items } = this;
    const type = typeOf(items, item);
    const draws = this.draws[type]!.at(type === PODCAST ? item : item - items.podcasts);
    const own = items.topic[item]!;
    const second = items.second[item]!;
    const topic = () => TOPICS[second !== NONE && draws.uniform() < SECOND_TOPIC.words ? second : own]!;
    const any = <T>(list: readonly T[]): T => list[draws.below(list.length)]!;
    const names = this.names.at(own * 0x1000000 + Math.floor(draws.uniform() * this.people));
    const person = `${FIRST_NAMES[names.below(FIRST_NAMES.length)]} ${LAST_NAMES[names.below(LAST_NAMES.length)]}`;
    // No word twice in one text, if it can be had.
    const fill = (template: string) => {
      const used = new Set<string>();
      const fresh = (kind: 'nouns' | 'adjectives'): string => {
        let word = any(topic()[kind]);
        for (let tries = 0; tries < 8 && used.has(word); tries++) word = any(topic()[kind]);
        used.add(word);
        return word;
      };
      return template.replace(/\$([ANanP])/g, (_, slot: string) => {
        if (slot === 'P') return person;
        const word = fresh(slot.toLowerCase() === 'n' ? 'nouns' : 'adjectives');
        return slot === slot.toLowerCase() ? word : capital(word);
      });
    };
    let title = fill(any(TITLES[type]!));
    if (draws.uniform() < SUBTITLED) title += `: ${fill(any(SUBTITLES))}`;
    let description = fill(any(DESCRIPTIONS[type]!));
    const language = LANGUAGES[items.language[item]!]!;
    if (language.code !== 'en') description += ` In ${language.name}.`;
    return { title, description };
  }
}

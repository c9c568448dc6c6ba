/** What a topic talks about. The genre is the topic's name in the catalogue's metadata. */
export interface Topic {
  readonly genre: string;
  readonly nouns: readonly string[];
  readonly adjectives: readonly string[];
  /** The age at which listeners like it most. */
  readonly age: number;
}

const topic = (genre: string, age: number, nouns: string, adjectives: string): Topic => ({
  genre,
  age,
  nouns: nouns.split(' '),
  adjectives: adjectives.split(' '),
});

/** The topics, in falling order of how common they are. */
export const TOPICS: readonly Topic[] = [
  topic(
    'comedy',
    26,
    'jokes laughter sketches punchlines comedians pranks satire improv nonsense sitcoms banter parody humor clowns',
    'funny hilarious silly absurd witty ridiculous',
  ),
  topic(
    'news',
    46,
    'headlines politics elections congress policy diplomacy reporters government senators parliament campaigns democracy voters editorials',
    'breaking political daily investigative partisan electoral',
  ),
  topic(
    'true crime',
    34,
    'murders detectives evidence suspects killers confessions victims trials disappearances police forensics alibis kidnappings verdicts',
    'cold unsolved chilling murderous criminal suspicious',
  ),
  topic(
    'health',
    40,
    'wellness doctors medicine sleep immunity hormones symptoms vitamins therapies clinics patients healing vaccines hospitals',
    'healthy medical holistic clinical therapeutic restful',
  ),
  topic(
    'business',
    42,
    'startups founders markets entrepreneurs leadership management sales strategy customers investors companies productivity negotiation branding',
    'profitable lean corporate strategic ambitious commercial',
  ),
  topic(
    'sports',
    31,
    'football championships coaches athletes leagues basketball playoffs stadiums referees goals tournaments teammates rivalries penalties',
    'athletic competitive winning olympic undefeated muscular',
  ),
  topic(
    'romance',
    33,
    'love weddings kisses hearts passion brides courtship desire sweethearts longing lovers proposals honeymoons jealousy',
    'romantic forbidden tender passionate heartbroken beloved',
  ),
  topic(
    'technology',
    34,
    'software computers algorithms robots programmers internet startups silicon gadgets engineers databases encryption smartphones hackers',
    'digital artificial virtual wireless automated programmable',
  ),
  topic(
    'fantasy',
    27,
    'dragons wizards kingdoms magic swords elves sorcery prophecies thrones enchantments quests castles runes goblins',
    'enchanted magical mythical cursed elven arcane',
  ),
  topic(
    'history',
    55,
    'empires emperors revolutions dynasties battles archives kings treaties colonies monuments antiquity conquests crusades civilizations',
    'ancient medieval imperial victorian colonial historic',
  ),
  topic(
    'self help',
    36,
    'habits confidence mindset motivation goals happiness gratitude resilience discipline journaling purpose boundaries burnout affirmations',
    'mindful positive confident purposeful motivated grateful',
  ),
  topic(
    'science',
    43,
    'physics experiments biology chemistry particles genes laboratories evolution molecules theories neurons microbes scientists discoveries',
    'scientific quantum molecular experimental genetic empirical',
  ),
  topic(
    'music',
    29,
    'songs guitars albums bands melodies rhythm concerts singers jazz drums orchestras lyrics producers pianos',
    'musical acoustic melodic orchestral rhythmic lyrical',
  ),
  topic(
    'thriller',
    44,
    'spies assassins conspiracies agents hostages betrayal missiles fugitives snipers chases secrets bombs informants ransom',
    'deadly explosive covert ruthless dangerous relentless',
  ),
  topic(
    'food',
    41,
    'recipes chefs kitchens flavors baking restaurants spices bread cheese desserts noodles vegetables cooking feasts',
    'delicious culinary savory spicy homemade roasted',
  ),
  topic(
    'kids',
    37,
    'children bedtime puppies fairytales playgrounds teddies unicorns nursery rhymes kittens toddlers cartoons crayons lullabies',
    'playful cuddly sleepy cheerful giggling tiny',
  ),
  topic(
    'science fiction',
    32,
    'spaceships aliens galaxies androids planets colonists starships wormholes cyborgs dystopias astronauts asteroids mutants timelines',
    'interstellar alien cybernetic galactic futuristic cosmic',
  ),
  topic(
    'finance',
    47,
    'stocks savings mortgages retirement taxes budgets bonds dividends debt wealth pensions portfolios inflation banks',
    'financial frugal taxable wealthy fiscal monetary',
  ),
  topic(
    'fitness',
    28,
    'workouts running marathons muscles yoga trainers strength stretching gyms cardio squats endurance cyclists protein',
    'strong sweaty aerobic flexible fit energetic',
  ),
  topic(
    'travel',
    38,
    'journeys airports islands backpackers passports hotels trains beaches mountains roadtrips voyages itineraries souvenirs nomads',
    'remote tropical wandering scenic overseas coastal',
  ),
  topic(
    'spirituality',
    50,
    'prayer faith meditation scripture souls angels monks temples blessings gospel karma pilgrims enlightenment churches',
    'sacred divine spiritual holy prayerful eternal',
  ),
  topic(
    'parenting',
    38,
    'mothers fathers babies families pregnancy toddlers teenagers schools tantrums diapers siblings homework chores midwives',
    'parental newborn maternal exhausted adoptive nurturing',
  ),
  topic(
    'gaming',
    24,
    'videogames consoles players quests joysticks speedruns multiplayer developers arcades esports controllers levels bosses pixels',
    'playable pixelated multiplayer legendary retro competitive',
  ),
  topic(
    'nature',
    52,
    'forests oceans birds whales gardens rivers wolves climate glaciers insects wildflowers reefs meadows conservation',
    'wild green endangered coral leafy tidal',
  ),
];

const list = (words: string) => words.split(' ');

export const FIRST_NAMES = list(
  'Ada Amir Anya Ben Bianca Carlos Chloe Dana Diego Elena Emeka Ethan Fatima Felix Grace Hana Hugo Ines Ivan Jada Jonas Kavya Kofi Lars Leila Lucia Malik Maya Mei Nadia Noah Olga Omar Paula Priya Quinn Rafael Rosa Samir Sofia Tariq Theo Uma Victor Wanda Yara Yusuf Zoe',
);

export const LAST_NAMES = list(
  'Abbott Adeyemi Alvarez Bauer Becker Bianchi Brooks Castillo Chen Costa Dawson Diaz Egan Eriksen Farrow Fischer Garcia Grant Haddad Hayes Ito Jansen Keller Khan Kowalski Larsen Lopez Marsh Mendes Moreau Nakamura Novak Okafor Osei Park Patel Quist Rahman Rossi Sato Schmidt Silva Tanaka Torres Ueda Vance Weber Young Zhang Zimmer',
);

/** Languages of items and users, with their share of the catalogue. */
export const LANGUAGES = [
  { code: 'en', name: 'English', share: 0.7 },
  { code: 'es', name: 'Spanish', share: 0.14 },
  { code: 'pt', name: 'Portuguese', share: 0.07 },
  { code: 'de', name: 'German', share: 0.06 },
  { code: 'fr', name: 'French', share: 0.03 },
] as const;

/** Countries of users, their share, and their language (index in {@link LANGUAGES}). */
export const COUNTRIES = [
  { code: 'US', share: 0.38, language: 0 },
  { code: 'GB', share: 0.12, language: 0 },
  { code: 'MX', share: 0.1, language: 1 },
  { code: 'BR', share: 0.1, language: 2 },
  { code: 'DE', share: 0.09, language: 3 },
  { code: 'CA', share: 0.07, language: 0 },
  { code: 'ES', share: 0.05, language: 1 },
  { code: 'AU', share: 0.05, language: 0 },
  { code: 'FR', share: 0.04, language: 4 },
] as const;

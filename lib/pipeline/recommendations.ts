import { openStoredRun } from './read.js';
import { serve } from './serve.js';
import { storedConfig } from './stored-config.js';

/** One row of a list of items for a person. */
export interface ListedItem {
  readonly rank: number;
  readonly id: string;
  readonly type: string;
  /** As people read it: without tags, character references and control characters. */
  readonly title: string | null;
  readonly score: number;
}

export interface ListOptions {
  /** Items to give, fewer where the type has fewer. */
  readonly k: number;
  /** Only items of this type; left out: of all types. */
  readonly type?: string | undefined;
}

/** Where a search compares: the two-tower's space, the graph network's, or the texts as they are. */
export type SearchSpace = 'towers' | 'hgnn' | 'text';

export interface SearchOptions extends ListOptions {
  /** Default "text", which finds best (docs/text.md). */
  readonly space?: SearchSpace | undefined;
}

/** What a finished run can be asked. */
export interface Recommendations {
  /**
   * The items that a user is likely to take next, best first; those in the history are left out.
   * @throws CohearError ERR_CONFIG for a user or type that the run does not know
   */
  recommend(user: string, options: ListOptions): Promise<readonly ListedItem[]>;
  /**
   * The items most like one, itself left out.
   * @throws CohearError ERR_CONFIG for an item or type that the run does not know
   */
  similar(item: string, options: ListOptions): Promise<readonly ListedItem[]>;
  /**
   * The items that some words describe, best first; scores are cosines. The words are read as the text of an item
   * that nobody has touched.
   * @throws CohearError ERR_CONFIG for no words, words that the encoder knows nothing of, an unknown type, or a space
   *   that the run has not; what the encoder throws
   */
  search(query: string, options: SearchOptions): Promise<readonly ListedItem[]>;
  /** The items that a user had last, the latest first; the score is the time of the event, seconds since 1970. */
  history(user: string, k: number): Promise<readonly ListedItem[]>;
  /** Some users with a history, spread over all of them: the same ones every time. */
  sampleUsers(count: number): Promise<readonly string[]>;
}

/**
 * Opens the finished run in a folder for questions.
 * @throws CohearError ERR_CONFIG when there is no run, ERR_IO when it is not finished
 */
export async function openRecommendations(workdir: string): Promise<Recommendations> {
  return serve(await openStoredRun(workdir), await storedConfig(workdir));
}

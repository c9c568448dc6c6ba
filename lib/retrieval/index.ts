export type { RankResult, RowLists, TopKResult } from '../native/retrieval.js';
export { type DotScoresOptions, dotScores } from './dot-scores.js';
export { type RankOptions, rankJudged, rankJudgedSync } from './rank.js';
export { NO_ROW, type TopKOptions, topK, topKSync } from './top-k.js';

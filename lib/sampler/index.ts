export type { EdgeList } from '../graph/edge-list.js';
export type { GraphHandle } from '../native/graph.js';
export { setThreads, threads } from '../native/index.js';
export { type SampleOptions, sampleBlocks, sampleBlocksSync } from './blocks.js';
export { type CscRelation, createGraph, type EdgeListRelation, type GraphArrays } from './graph.js';
export { type LinkBatchOptions, sampleLinkBatch, sampleLinkBatchSync } from './link-batch.js';
export {
  balancedEpoch,
  balancedEpochSync,
  type EdgeSplit,
  type EpochLinks,
  type EpochOptions,
  type LinkType,
  type SplitOptions,
  splitEdges,
  splitEdgesSync,
} from './links.js';
export { type LinkLoaderOptions, type LoadedBatch, linkLoader } from './loader.js';
export type { SampleModes } from './modes.js';
export {
  type NegativeOptions,
  type NegativeSource,
  sampleNegatives,
  sampleNegativesSync,
} from './negatives.js';
export { type LoadedBlocks, type NeighborLoaderOptions, neighborLoader } from './neighbor-loader.js';
export type { PrefetchOptions, Step } from './prefetch.js';
export type {
  Block,
  Blocks,
  Fanout,
  GraphSource,
  LinkBatch,
  Links,
  MessageFlow,
  Negatives,
} from './types.js';
export {
  importanceNeighbors,
  importanceNeighborsSync,
  type VisitedNodes,
  type WalkOptions,
} from './walks.js';

/** Exports of native/node/retrieval.cc. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by its layer
export interface RetrievalAddon {}

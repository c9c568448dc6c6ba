/** Exports of native/node/graph.cc. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by its layer
export interface GraphAddon {}

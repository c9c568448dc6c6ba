/** Exports of native/node/sampler.cc. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by its layer
export interface SamplerAddon {}

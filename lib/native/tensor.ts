/** Exports of native/node/tensor.cc. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by its layer
export interface TensorAddon {}

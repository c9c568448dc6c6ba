export { below, derive, normal, permutation, philox, type Seed, uniform } from './philox.js';

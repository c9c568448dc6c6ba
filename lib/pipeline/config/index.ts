export { configFields, type FieldSchema, wanted } from './fields.js';
export { loadConfig, resolveConfig } from './load.js';
export { applyOverrides, type Override, parseOverride, parseValue } from './overrides.js';
export { nearest } from './problems.js';
export { type Config, type ConfigInput, configSchema, defineConfig } from './schema.js';

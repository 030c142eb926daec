/** Which value has each setting, and who said so? */
export { type ConfigSources, type LoadedConfig, loadConfig } from './load.ts';
export { type Config, configSchema } from './schema.ts';
export { withoutPassword } from './secrets.ts';
export { type Setting, settings } from './settings.ts';

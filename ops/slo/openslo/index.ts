export { type Judgement, readOpenSlo } from './read.ts';
export { openSlo, openSloAsYaml } from './write.ts';

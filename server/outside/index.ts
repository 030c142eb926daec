/** Models that run in processes of their own. */
export { OutsideModels } from './outside-models.ts';

/** Objectives, their budgets, and how fast those burn. */
export { isPage, tiersOf } from './burn-tiers.ts';
export { shorthandOf } from './durations.ts';
export { judgementOf, judgementOfFile } from './judgement.ts';
export { type LastRecord, lastRecord } from './last-record.ts';
export { budgetShare, type Objective, presetObjectives, shareOf } from './objective.ts';
export { Objectives } from './objectives.ts';
export { type Judgement, openSlo, openSloAsYaml, readOpenSlo } from './openslo/index.ts';
export { prometheusRules, rulesAsYaml } from './prometheus.ts';
export { type SloSettings, sloSchema } from './settings.ts';
export { type Level, severityOf } from './severity.ts';

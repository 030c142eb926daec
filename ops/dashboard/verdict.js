/** Is it good enough, in one sentence? The worst thing is the headline, what else is wrong stands below it. */
import { duration, percent, plural, words } from './figures.js';
import { rankOf, toneOf } from './signs.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */
/** @typedef {import('../snapshot.ts').ObjectiveStatus} Objective */
/** @typedef {import('../verdict.ts').Verdict} Detector */
/** @typedef {import('./signs.js').Tone} Tone */
/** `spoken` changes only with the state, never with the time: it is what a screen reader is told. */
/** @typedef {{ tone: Tone, shown: string, spoken: string }} Clause */

const NAMES_MAX = 3;

/** Worst first. @param {Snapshot} snapshot @returns {Detector[]} */
export const firingOf = ({ detectors }) =>
  detectors.filter(({ firing }) => firing).sort((one, other) => rankOf(one.severity) - rankOf(other.severity));

/** Both count from the start of the process. @param {Detector} detector @param {Snapshot} snapshot */
export const firingForS = ({ sinceS }, { process }) => Math.max(0, process.uptimeS - (sinceS ?? process.uptimeS));

/** @param {readonly string[]} names */
function listOf(names) {
  const shown = names.slice(0, NAMES_MAX).join(', ');
  return names.length > NAMES_MAX ? `${shown} and ${names.length - NAMES_MAX} more` : shown;
}

/** @param {Snapshot} snapshot @returns {Clause | null} */
function detectorsClause(snapshot) {
  const firing = firingOf(snapshot);
  const [worst] = firing;
  if (!worst) return null;
  const count = `${plural(firing.length, 'detector')} firing`;
  const since = firing.map((one) => `${words(one.detector)} since ${duration(firingForS(one, snapshot))}`);
  return {
    tone: toneOf(worst.severity),
    shown: `${count}: ${listOf(since)}`,
    spoken: `${count}: ${listOf(firing.map(({ detector }) => words(detector)))}`,
  };
}

/** @param {readonly Objective[]} objectives @returns {Clause | null} */
function missedClause(objectives) {
  const missed = objectives.filter(({ budgetLeftPercent }) => budgetLeftPercent < 0);
  if (missed.length === 0) return null;
  const shown = `${missed.length === 1 ? 'Objective' : 'Objectives'} missed: ${listOf(missed.map(({ name }) => name))}`;
  return { tone: 'bad', shown, spoken: shown };
}

/** @param {readonly Objective[]} objectives @returns {Clause | null} */
function burningClause(objectives) {
  const burning = objectives.filter(({ burns }) => burns.some(({ firing }) => firing));
  if (burning.length === 0) return null;
  const severities = burning.flatMap(({ burns }) =>
    burns.filter(({ firing }) => firing).map(({ severity }) => severity),
  );
  const worst = severities.sort((one, other) => rankOf(one) - rankOf(other))[0] ?? null;
  const shown = `Budget burning too fast: ${listOf(burning.map(({ name }) => name))}`;
  return { tone: toneOf(worst), shown, spoken: shown };
}

/** @param {Snapshot} snapshot @returns {Clause | null} */
function incidentsClause({ incidents }) {
  const [first] = [...incidents].sort((one, other) => rankOf(one.severity) - rankOf(other.severity));
  if (!first) return null;
  const shown = `${plural(incidents.length, 'incident')} open: ${listOf(incidents.map(({ type }) => words(type)))}`;
  return { tone: toneOf(first.severity), shown, spoken: shown };
}

/** @param {Snapshot} snapshot @returns {Clause | null} */
function drainingClause({ process }) {
  const shown = 'Shutting down: what is in flight is finished, nothing new is taken';
  return process.draining ? { tone: 'warn', shown, spoken: shown } : null;
}

/** @param {readonly Objective[]} objectives @returns {Clause} */
function calmClause(objectives) {
  const measured = objectives.filter(({ total }) => total > 0);
  const shown = measured.length > 0 ? 'All objectives kept' : 'No searches yet';
  return { tone: measured.length > 0 ? 'good' : 'none', shown, spoken: shown };
}

/** What to know when all is well. @param {readonly Objective[]} objectives */
function leastBudget(objectives) {
  const [least] = objectives
    .filter(({ total }) => total > 0)
    .sort((one, other) => one.budgetLeftPercent - other.budgetLeftPercent);
  return least ? [`Least budget left: ${least.name}, ${percent(least.budgetLeftPercent)}`] : [];
}

/** @param {Snapshot} snapshot @returns {Clause & { others: string[] }} */
export function verdictOf(snapshot) {
  const { objectives } = snapshot;
  const [worst, ...others] = [
    detectorsClause(snapshot),
    missedClause(objectives),
    burningClause(objectives),
    incidentsClause(snapshot),
    drainingClause(snapshot),
  ].filter((clause) => clause !== null);
  if (!worst) return { ...calmClause(objectives), others: leastBudget(objectives) };
  return { ...worst, others: others.map(({ shown }) => shown) };
}

/**
 * docs/OPERATIONS.md: written by hand but for what stands between two comments, which is made of what the program does.
 *
 * ```text
 * <!-- made: actions high_latency -->
 * …
 * <!-- end -->
 * ```
 */
import { INCIDENT_TYPES, type IncidentType } from '../../ops/index.ts';
import { type ActionFacts, actionsOf, quickReference, severities, symptoms } from './tables.ts';

const BEGIN = /^<!-- made: ([a-z-]+)(?: ([a-z_]+))? -->$/;
const END = '<!-- end -->';

/** The same document with what is made of the program made anew. @throws Error where a comment says what cannot be made */
export function renewed(document: string, actions: readonly ActionFacts[]): string {
  const lines: string[] = [];
  let isMade = false;
  for (const line of document.split('\n')) {
    const [, what, about] = BEGIN.exec(line) ?? [];
    if (what !== undefined) lines.push(line, '', made(what, about, actions), '');
    if (what !== undefined) isMade = true;
    else if (line === END) isMade = false;
    if (!isMade) lines.push(line);
  }
  if (isMade) throw new Error(`A part that is made has no end: ${END}`);
  return lines.join('\n');
}

function made(what: string, about: string | undefined, actions: readonly ActionFacts[]): string {
  switch (what) {
    case 'quick-reference':
      return quickReference(actions);
    case 'severities':
      return severities();
    case 'symptoms':
      return symptoms(typeNamed(about));
    case 'actions':
      return actionsOf(typeNamed(about), actions);
    default:
      throw new Error(`Nothing is made under that name: ${what}`);
  }
}

function typeNamed(name: string | undefined): IncidentType {
  const type = INCIDENT_TYPES.find((one) => one === name);
  if (type === undefined) throw new Error(`There is no incident of that name: ${name}`);
  return type;
}

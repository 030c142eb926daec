/** May this be recorded? What the record's reader would not take is refused before it is written. */
import { EngineError } from '../../engine/errors.ts';
import { bodySchema, type IncidentBody } from './record/event.ts';

const COMPONENTS_MAX = 20;
const COMPONENT_CHARS_MAX = 100;

/** @throws EngineError request_invalid */
export function demandValid(body: IncidentBody): void {
  const parsed = bodySchema.safeParse(body);
  if (parsed.success) return;
  const { path, message } = parsed.error.issues[0]!;
  const field = path.join('.');
  throw new EngineError('request_invalid', `The field ${field} is not right: ${message}`, { field });
}

/** @throws EngineError request_invalid */
export function demandComponents(components: readonly string[]): void {
  const short = components.every((component) => component !== '' && component.length <= COMPONENT_CHARS_MAX);
  if (components.length <= COMPONENTS_MAX && short) return;
  throw new EngineError('request_invalid', `The components are not right: received ${components.length}`, {
    field: 'affected_components',
    value: components.slice(0, COMPONENTS_MAX),
    expected: `at most ${COMPONENTS_MAX} names of 1 to ${COMPONENT_CHARS_MAX} characters`,
  });
}

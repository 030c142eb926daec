/** What cannot be done is told to whoever asked, with what to do about it; any other error is the server's own. */
import { EngineError } from '../../engine/errors.ts';
import { Refused } from './admin-route.ts';

export async function refusable<Told extends object>(act: () => Told | Promise<Told>): Promise<Told | Refused> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { remedy, value } = error.place;
    const detail = remedy === undefined ? error.message : `${error.message}. ${remedy}`;
    return new Refused(error.code, detail, versionIn(value));
  }
}

/** Of what was changed by others meanwhile. */
function versionIn(value: unknown): number | undefined {
  const { version } = (value ?? {}) as { version?: unknown };
  return typeof version === 'number' ? version : undefined;
}

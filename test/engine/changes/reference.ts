/** The living documents as a map says them: no disk, no order of frames, nothing on its way. */
import type { Operation, Outcome } from '../../../engine/changes/index.ts';
import { SETTINGS } from './sites.ts';

interface Remembered {
  readonly asked: string;
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly version: number;
  readonly wallMs: number;
}

export class Reference {
  readonly documents = new Map<string, { version: number; text: string | null }>();
  readonly #keys = new Map<string, Remembered>();

  /** @param version of the change, should it be one */
  apply(operation: Operation, version: number, wallMs: number): Outcome {
    const { key, ...asked } = operation;
    const earlier = key === null ? undefined : this.#keys.get(key);
    if (earlier !== undefined && wallMs - earlier.wallMs <= SETTINGS.keyAgeMsMax) {
      const { kind, version } = earlier;
      return earlier.asked === JSON.stringify(asked) ? { kind, version, replayed: true } : { kind: 'keyReused' };
    }
    const id = operation.kind === 'put' ? operation.document.id : operation.id;
    const present = this.documents.get(id);
    const { ifVersion } = operation;
    const there = present !== undefined;
    const holds =
      ifVersion === null ||
      (ifVersion === 'absent' ? !there : ifVersion === 'present' ? there : present?.version === ifVersion);
    if (!holds) return { kind: 'conflict', version: present?.version ?? null };
    if (operation.kind === 'put' && operation.ifChanged && present?.text === operation.document.text)
      return { kind: 'unchanged', version: present.version, replayed: false };
    if (!there && operation.kind !== 'put') return { kind: 'missing' };
    if (operation.kind === 'delete') this.documents.delete(id);
    else if (operation.kind === 'put') this.documents.set(id, { version, text: operation.document.text });
    else this.documents.set(id, { version, text: operation.fields.text ?? present!.text });
    const kind = operation.kind === 'delete' ? 'deleted' : there ? 'updated' : 'created';
    if (key !== null) this.#keys.set(key, { asked: JSON.stringify(asked), kind, version, wallMs });
    return { kind, version, replayed: false };
  }
}

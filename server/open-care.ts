/** What a running server does for its index beside answering from it: copies of it, looking whether it is whole, and building it anew. */
import type { Clock } from '../engine/clock.ts';
import { type Backups, openBackups } from './backup/index.ts';
import type { Config } from './config/index.ts';
import {
  type IndexSwap,
  openRebuilds,
  openVerifications,
  type Rebuilds,
  type Verifications,
} from './index-admin/index.ts';
import type { LiveDocuments, Merging } from './live/index.ts';

export interface Care {
  readonly backups: Backups;
  readonly verifications: Verifications;
  readonly rebuilds: Rebuilds;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export interface CareParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly index: IndexSwap;
  readonly merging: Merging;
  readonly live: Pick<LiveDocuments, 'position'>;
  /** Where the audit log is. */
  readonly audit: () => { readonly seq: number; readonly hash: string };
  /** Takes what happened, and why where that is worth a line. */
  readonly told: (about: string) => (event: string, detail: string | null) => void;
}

export function openCare({ told, merging, live, ...parts }: CareParts): Care {
  const backups = openBackups({
    ...parts,
    hold: () => merging.hold(),
    position: () => live.position,
    report: told('backup'),
  });
  const verifications = openVerifications({ ...parts, report: told('index') });
  const rebuilds = openRebuilds({ ...parts, report: told('index') });
  return {
    backups,
    verifications,
    rebuilds,
    close: async () => {
      await Promise.all([backups.close(), verifications.close(), rebuilds.close()]);
    },
  };
}

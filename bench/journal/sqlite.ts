/** SQLite in a process of its own, through Python's standard library: WAL, synchronous=FULL. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../engine/package-root.ts';

export interface Sqlite {
  readonly version: string;
  /** Upserts a second; so many in one transaction, each transaction synced. */
  rate(together: number, seconds: number): Promise<number>;
  close(): void;
}

interface Hello {
  readonly version: string;
  readonly mode: string;
  readonly synchronous: number;
}

/** What `pragma synchronous` says of FULL. */
const FULL = 2;

/** @param documents a file of JSON lines, each with an `id` */
export async function startSqlite(database: string, documents: string): Promise<Sqlite> {
  const program = join(packageRoot, 'bench/journal/sqlite.py');
  const child = spawn('python3', [program, database, documents], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async <Answer>(): Promise<Answer> => {
    const { value, done } = await answers.next();
    if (done === true) throw new Error('SQLite ended: is python3 installed, with its sqlite3?');
    return JSON.parse(value as string) as Answer;
  };
  const { version, mode, synchronous } = await next<Hello>();
  if (mode !== 'wal' || synchronous !== FULL)
    throw new Error(`Expected wal and ${FULL}, got ${mode} and ${synchronous}`);
  return {
    version,
    rate: async (together, seconds) => {
      (child as ChildProcess).stdin!.write(`${JSON.stringify({ together, seconds })}\n`);
      const answer = await next<{ upserts: number; seconds: number }>();
      return answer.upserts / answer.seconds;
    },
    close: () => child.kill(),
  };
}

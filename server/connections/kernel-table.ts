/**
 * Who is connected to a port? As Linux tells it in /proc/net/tcp and tcp6 (proc_net_tcp in its documentation): addresses in words of 32
 * bits, each in the byte order of the machine, as hexadecimal digits.
 */
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import type { Address } from '../limits/index.ts';

const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'] as const;
const LISTENING = '0A';
/** Of a row, whose first is `sl local_address rem_address st tx:rx tr:tm->when retrnsmt uid timeout inode`. */
const [LOCAL, PEER, STATE, INODE] = [1, 2, 3, 9] as const;
const WORD_DIGITS = 8;
const MAPPED_WORD = 0xffff;

/** The other ends of all connections to these ports that a process holds; null where the system does not tell. */
export function connectedTo(ports: ReadonlySet<number>): Address[] | null {
  try {
    return TABLES.flatMap((table) => peersIn(readFileSync(table, 'latin1'), ports));
  } catch {
    return null;
  }
}

/** @param table as the kernel prints it */
export function peersIn(table: string, ports: ReadonlySet<number>): Address[] {
  const peers: Address[] = [];
  const [, ...rows] = table.trimEnd().split('\n');
  for (const row of rows) {
    const fields = row.trim().split(/ +/);
    const port = Number.parseInt(fields[LOCAL]?.split(':')[1] ?? '', 16);
    // Without an inode nobody holds it: it waits to be accepted, or for its last packets.
    if (fields[STATE] === LISTENING || fields[INODE] === '0' || !ports.has(port)) continue;
    peers.push(addressOf(fields[PEER]!.split(':')[0]!));
  }
  return peers;
}

function addressOf(digits: string): Address {
  const word = (at: number): number => wordOf(digits.slice(at * WORD_DIGITS, (at + 1) * WORD_DIGITS));
  return digits.length === WORD_DIGITS ? [0, 0, MAPPED_WORD, word(0)] : [word(0), word(1), word(2), word(3)];
}

/** In network order, as a signed word. */
function wordOf(digits: string): number {
  const bytes = Buffer.from(digits, 'hex');
  return endianness() === 'LE' ? bytes.readInt32LE() : bytes.readInt32BE();
}

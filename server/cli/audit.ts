import { Command, InvalidArgumentError } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import { type AuditVerdict, type Head, readAuditFiles, verifyAudit } from '../../ops/audit/index.ts';
import { patientDisk } from '../../ops/durable/index.ts';
import { auditPath } from '../audit/index.ts';
import { configOf, EXIT, print } from './command.ts';

export const auditCommand = (): Command =>
  new Command('audit')
    .description('Who did what to the server, in a chain of lines that shows what was done to it')
    .addHelpText('after', '\nExample:\n  $ wp-chat audit verify')
    .addCommand(verifyCommand());

function anchor(text: string): Head {
  const [, seq = '', hash = ''] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (hash === '') throw new InvalidArgumentError('Expected SEQ:HASH, as wp_chat_audit_head of /metrics has them.');
  return { seq: Number(seq), hash };
}

const verifyCommand = (): Command =>
  new Command('verify')
    .description('Is the log what was written? Exit code 1 where it is not, with the first line that is otherwise')
    .option(
      '--anchor <seq:hash>',
      'a head that was noted elsewhere: what was cut off behind it, or made anew, is found',
      anchor,
    )
    .addHelpText('after', '\nExample:\n  $ wp-chat audit verify\n  $ wp-chat audit verify --anchor 1207:5feceb66…')
    .action(async ({ anchor: noted = null }: { anchor?: Head | null }, command: Command) => {
      const path = auditPath(configOf(command).config.logs);
      let verdict = await verified(path, noted);
      // A line that is just being written is whole a moment later.
      if (verdict.fault?.why === 'torn') verdict = await verified(path, noted);
      print(command, { path, ...verdict }, () => verdictText(verdict, path, noted));
      if (verdict.fault !== null || verdict.anchored === false) process.exitCode = EXIT.failed;
    });

async function verified(path: string, noted: Head | null): Promise<AuditVerdict> {
  const files = await readAuditFiles(patientDisk, path).catch((error: Error) => {
    throw new EngineError('source_unreadable', `Cannot read the audit log: ${error.message}`, {
      file: path,
      remedy: 'Make it readable for who runs this, or name the logs: --set logs.directory=…',
    });
  });
  return verifyAudit(files, noted);
}

const WHY: Readonly<Record<NonNullable<AuditVerdict['fault']>['why'], string>> = {
  edited: 'it is not as it was written',
  removed: 'it is missing',
  inserted: 'it does not belong there',
  truncated: 'the log ends before it',
  torn: 'it is cut off in the middle',
};

function verdictText(
  { fault, lines, firstSeq, head, anchored }: AuditVerdict,
  path: string,
  noted: Head | null,
): string {
  if (fault !== null)
    return `Entry ${fault.seq}: ${WHY[fault.why]}: line ${fault.line} of ${fault.file}\nSound before it: ${lines} entries`;
  if (lines === 0) return `There is no entry: ${path}`;
  const sound = `Sound: ${lines} entries, from ${firstSeq} to ${head.seq}\nHead: ${head.seq}:${head.hash}`;
  if (anchored === false)
    return `${sound}\nThe anchor ${noted!.seq} lies before what is kept: nothing can be said by it`;
  return anchored ? `${sound}\nThe anchor holds` : sound;
}

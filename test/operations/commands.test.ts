/** Every command that the runbook prints, and every one of ours, typed as it is printed before a server that runs. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.ts';
import { INCIDENT_TYPES } from '../../ops/index.ts';
import { OPERATIONS_FILE } from '../../server/runbook/index.ts';
import type { CliRun } from '../support/cli.ts';
import { commandsOf, type Printed } from './commands-of.ts';
import { type OperatorsFolder, openFolder } from './operators-folder.ts';

const ORIGINAL = join(packageRoot, '../shared/spec/runbook.md');
const original = existsSync(ORIGINAL) ? commandsOf(readFileSync(ORIGINAL, 'utf8')) : [];
if (original.length === 0) process.stdout.write(`Skipped, not here: ${ORIGINAL}\n`);
const ours = commandsOf(readFileSync(OPERATIONS_FILE, 'utf8'));

/** What is not typed, as it would end whatever on this machine bears the word; that ours does not is asked instead. */
const ENDS_OTHERS = /^pkill /;
/** What cannot do here what was meant: it fails, and nothing is harmed. docs/OPERATIONS.md names what to do instead. */
const CANNOT = /^(?:python |cp data\/index\/wp\.faiss|ls -la ~\/\.cache|iptables )/;

/** What a command must do, beyond ending well. Whatever is not listed answers with something. */
const MUST: readonly (readonly [command: RegExp, does: (run: CliRun) => void])[] = [
  [/curl .*\/admin\/cache\/clear/, ({ out }) => expect(JSON.parse(out)).toHaveProperty('cleared')],
  [/curl .*\/admin\/cache\/disable/, ({ out }) => expect(JSON.parse(out)).toMatchObject({ enabled: false })],
  [/curl .*\/admin\/cache\/enable/, ({ out }) => expect(JSON.parse(out)).toMatchObject({ enabled: true })],
  [/curl .*\/canary\/emergency-stop/, ({ out }) => expect(JSON.parse(out)).toMatchObject({ status: 'emergency_stop' })],
  [/curl .*\/canary\/disable/, ({ out }) => expect(JSON.parse(out)).toMatchObject({ success: true })],
  [/curl .*\/rate-limit\/adjust/, ({ out }) => expect(JSON.parse(out)).toHaveProperty('preview.refusedPercent')],
  [/curl .*\/stats\/metrics/, ({ out }) => expect(JSON.parse(out)).toHaveProperty('endpoints./search.requests')],
  [/curl .*\/stats\/cache/, ({ out }) => expect(JSON.parse(out)).toHaveProperty('windows.1h.lookups')],
  [/curl .*\/stats\/rate-limit/, ({ out }) => expect(JSON.parse(out)).toHaveProperty('policy.maxRequests')],
  [/curl .*\/canary\/status/, ({ out }) => expect(JSON.parse(out)).toHaveProperty('experiments')],
  [/^make incident-(?:status|active)/, ({ out }) => expect(out).toMatch(/INCIDENT +SEVERITY +TYPE/)],
  [/^make incident-auto-detect/, ({ out }) => expect(out).toMatch(/Detected \d+ incidents/)],
  [/^make incident-detect/, ({ out }) => expect(out).toContain('make incident-detect TYPE=')],
  [/curl .*\/stats\/slo/, ({ out }) => expect(JSON.parse(out)).toHaveProperty('objectives')],
  [/curl .*\/stats\/device/, ({ out }) => expect(out).toContain('reranker')],
  [/curl .*\/search\?q=test/, ({ out }) => expect(JSON.parse(out)).toHaveProperty('hits')],
  [/^tail /, ({ err }) => expect(err).toBe('')],
  [/^ls -la logs\/cache/, ({ out }) => expect(out).toContain('Filesystem')],
  [/^free /, ({ out }) => expect(out).toMatch(/Mem:[\s\S]*PID/)],
  [/^make incident-emergency-ref/, ({ out }) => expect(out).toMatch(/High latency/)],
  [/^make rebuild-index/, ({ out }) => expect(out).not.toBe('')],
];

/** `make incident-detect` alone says what it wants to know. */
const ASKS_BACK = /^make incident-detect$/;
/** What was done a moment ago, in another chapter, is not done again; that it says so is as good. */
const JUST_NOW = /It was done just now: ask again/;

let folder: OperatorsFolder;
beforeAll(async () => {
  folder = await openFolder();
  expect((await folder.type('wp-chat backup create', '')).code).toBe(0);
});
afterAll(() => folder?.server.stop());

/** An incident of the chapter's type: what is typed there is about it. */
async function incidentFor(chapter: string): Promise<string> {
  const named = chapter.toLowerCase().replaceAll(' ', '_');
  const type = INCIDENT_TYPES.find((one) => named.includes(one)) ?? 'high_latency';
  const response = await fetch(`${folder.server.url}/admin/incidents/detect`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ incident_type: type, affected_components: [chapter.slice(0, 60)] }),
  });
  return ((await response.json()) as { incident: { incident_id: string } }).incident.incident_id;
}

/** What says nothing of an incident of its own need not be typed twice. */
const typed = new Set<string>();

async function typeAll(chapter: string, printed: readonly Printed[]): Promise<void> {
  const id = await incidentFor(chapter);
  for (const one of printed) {
    if (typed.has(one.command)) continue;
    if (!one.command.includes('$ID')) typed.add(one.command);
    check(one, await folder.type(one.command, id));
  }
  await isServing();
}

function check({ command }: Printed, run: CliRun): void {
  const what = `${command}\n${run.err}${run.out}`.slice(0, 2000);
  if (ASKS_BACK.test(command)) {
    expect(run.code, what).toBe(2);
  } else if (JUST_NOW.test(run.err)) {
    // Of each of these, one has been done.
    expect(done, what).toContain(withoutId(command));
    return;
  } else expect(run.code, what).toBe(0);
  done.add(withoutId(command));
  for (const [of, does] of MUST) if (of.test(command)) does(run);
}

/** What is to be done about an incident, whichever it is. */
const withoutId = (command: string): string => /incident execute "?\$ID"? (\w+)/.exec(command)?.[1] ?? command;
const done = new Set<string>();

const isServing = async (): Promise<void> => {
  const response = await fetch(`${folder.server.url}/search?q=backup&rerank=false`);
  expect(((await response.json()) as { total: number }).total).toBeGreaterThan(0);
};

function chaptersOf(printed: readonly Printed[]): [string, Printed[]][] {
  const chapters = new Map<string, Printed[]>();
  for (const one of printed) chapters.set(one.chapter, [...(chapters.get(one.chapter) ?? []), one]);
  return [...chapters];
}

describe.skipIf(original.length === 0)('the runbook as it was printed', () => {
  it('has as many commands as were ever counted in it', () => {
    expect(original.length).toBeGreaterThan(35);
  });

  it('is checked, each command of it, for what it must do', () => {
    const known = ({ command }: Printed): boolean =>
      ENDS_OTHERS.test(command) || CANNOT.test(command) || MUST.some(([of]) => of.test(command));
    expect(original.filter((one) => !known(one))).toEqual([]);
  });

  const does = original.filter(({ command }) => !ENDS_OTHERS.test(command) && !CANNOT.test(command));
  it.each(chaptersOf(does))('%s', typeAll);

  it('what cannot do here what was meant fails, and does no harm', async () => {
    // Even where the file is there that it wants to put in place.
    writeFileSync(join(folder.path, 'data/index/wp.faiss.backup'), 'a copy of something');
    const cannot = original.filter(({ command }) => CANNOT.test(command));
    expect(cannot.length).toBeGreaterThan(5);
    for (const { command } of cannot) {
      const { code } = await folder.type(command, '');
      if (!command.startsWith('cp ')) expect(code, command).not.toBe(0);
    }
    await isServing();
    const verified = await folder.type('wp-chat index verify', '');
    expect(verified.code, verified.out).toBe(0);
  });

  it('what ends processes by a word does not end ours', () => {
    const ends = original.filter(({ command }) => ENDS_OTHERS.test(command));
    expect(ends.length).toBeGreaterThan(3);
    const { pid } = folder.server.child;
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    for (const { command } of ends) expect(words).not.toContain(/-f (\S+)/.exec(command)![1]);
  });
});

describe('docs/OPERATIONS.md', () => {
  beforeAll(async () => {
    // The runbook as it was printed stops everything, and says nowhere how that ends.
    await folder.type('wp-chat canary clear-emergency --restore --yes', '');
    await folder.type('wp-chat canary enable 100 --yes', '');
  });

  it('has commands of every chapter', () => {
    expect(ours.length).toBeGreaterThan(60);
    expect(chaptersOf(ours).length).toBeGreaterThan(10);
    for (const { command } of ours) expect(command).not.toMatch(ENDS_OTHERS);
  });

  it.each(chaptersOf(ours))('%s', typeAll);
});

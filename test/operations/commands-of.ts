/** Every command that a runbook prints: in its blocks of shell, and behind a word such as "Check latency metrics:". */

export interface Printed {
  /** The heading that it stands under. */
  readonly chapter: string;
  /** As it is printed. */
  readonly command: string;
}

const HEADING = /^#{1,4} (.+)$/;
/** What of code in a sentence is a command, and not a name or an address. */
const IN_A_SENTENCE = /`((?:curl|make) [^`]+)`/g;

export function commandsOf(markdown: string): Printed[] {
  const printed: Printed[] = [];
  let chapter = '';
  let fence: string | null = null;
  for (const line of markdown.split('\n')) {
    const text = line.trim();
    if (text.startsWith('```')) fence = fence === null ? text.slice(3) : null;
    else if (fence !== null) {
      if (fence === 'bash' && text !== '' && !text.startsWith('#')) printed.push({ chapter, command: text });
    } else if (HEADING.test(line)) chapter = HEADING.exec(line)![1]!;
    else if (!line.startsWith('|'))
      for (const [, command] of line.matchAll(IN_A_SENTENCE)) printed.push({ chapter, command: command! });
  }
  return printed;
}

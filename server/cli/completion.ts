import { Argument, Command } from 'commander';

/** The words that may follow each path of commands, read from the commands themselves. */
function wordsOf(command: Command, path: string): [string, string][] {
  const own = [
    ...command.commands.map((sub) => sub.name()),
    ...command.options.flatMap(({ long }) => long ?? []),
    '--help',
  ];
  return [
    [path, own.join(' ')],
    ...command.commands.flatMap((sub) => wordsOf(sub, path === '' ? sub.name() : `${path} ${sub.name()}`)),
  ];
}

function bash(cases: readonly [string, string][]): string {
  const arms = cases.map(([path, words]) => `    "${path}") words="${words}" ;;`).join('\n');
  return `_wp_chat() {
  local path="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $word == -* ]] || path="\${path:+$path }$word"; done
  case "$path" in
${arms}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _wp_chat wp-chat`;
}

const SCRIPTS: Readonly<Record<string, (cases: readonly [string, string][]) => string>> = {
  bash,
  zsh: (cases) => `autoload -U +X bashcompinit && bashcompinit\n${bash(cases)}`,
  fish: (cases) =>
    cases
      .flatMap(([path, words]) =>
        words.split(' ').map((word) => {
          const condition =
            path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.split(' ').at(-1)}`;
          return `complete -c wp-chat -n '${condition}' ${word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`}`;
        }),
      )
      .join('\n'),
};

export const completionCommand = (): Command =>
  new Command('completion')
    .description('Print completions for a shell')
    .addArgument(new Argument('<shell>').choices(Object.keys(SCRIPTS)))
    .addHelpText('after', '\nExample:\n  $ source <(wp-chat completion bash)')
    .action((shell: string, _, command: Command) => {
      process.stdout.write(`${SCRIPTS[shell]!(wordsOf(command.parent!, ''))}\n`);
    });

/** The command line: finds the verb that is meant and runs it, or says what is wrong. */
import { Command, CommanderError } from 'commander';
import { EXIT, type Host } from './host.ts';
import { runVerb } from './run.ts';
import type { Verb } from './verb.ts';

const FIRST_STEPS = `Try one of these:
  spanmeter demo                     see it work on made-up traffic
  spanmeter run --config FILE        start the daemon
  spanmeter validate --config FILE   check a config, offline
  spanmeter --help                   every command
`;

/** Resolves with the exit code once the verb is done; `run` is done when the daemon has stopped. */
export async function runCli(argv: readonly string[], host: Host): Promise<number> {
  if (argv.length === 0) {
    host.stderr.write(FIRST_STEPS);
    return EXIT.usage;
  }
  let exitCode: number = EXIT.ok;
  const named = withVerb(argv);
  const program = createProgram(await verbsFor(named), host, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(named, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

/** `spanmeter --config FILE` is `run`, as in the Collector's container arguments; `--version` is what people try first. */
function withVerb(argv: readonly string[]): readonly string[] {
  if (argv[0] === '--version' || argv[0] === '-V') return ['version', ...argv.slice(1)];
  return /^(-c|--config)(=|$)/.test(argv[0] ?? '') ? ['run', ...argv] : argv;
}

/** A daemon starts sooner without what only the other verbs load. */
async function verbsFor([first]: readonly string[]): Promise<readonly Verb[]> {
  return first === runVerb.name ? [runVerb] : (await import('./verbs.ts')).VERBS;
}

function createProgram(verbs: readonly Verb[], host: Host, finish: (exitCode: number) => void): Command {
  const program = new Command('spanmeter')
    .description('The meter between OpenRouter and Tempo: exact LLM cost as Prometheus metrics, every span forwarded.')
    .exitOverride()
    .configureOutput({ writeOut: host.stdout.write, writeErr: host.stderr.write });
  for (const verb of verbs) {
    const command = commandFor(program, verb.name).description(verb.summary).exitOverride();
    for (const option of verb.options) command.addOption(option());
    command.addHelpText('after', `\nExample:\n  ${verb.example}`);
    if (verb.operands !== undefined) command.argument(verb.operands);
    command.action(async (...args) => {
      const operands = verb.operands === undefined ? {} : { operands: args[0] };
      // Commander made them from the verb's own lists.
      finish(await verb.execute({ ...command.opts<object>(), ...operands } as never, host));
    });
  }
  return program;
}

/** "journal verify" is a command of the command "journal". */
function commandFor(program: Command, name: string): Command {
  const [first = '', ...rest] = name.split(' ');
  if (rest.length === 0) return program.command(first);
  const group = program.commands.find((command) => command.name() === first) ?? program.command(first).exitOverride();
  return commandFor(group, rest.join(' '));
}

/** The command line: which verbs there are, and what a wrong one is answered. */
import { Command, CommanderError } from 'commander';
import { benchDiskVerb } from './bench-disk.ts';
import { componentsVerb } from './components.ts';
import { deadLetterVerbs } from './dead-letters.ts';
import { demoVerb } from './demo.ts';
import { healthcheckVerb } from './healthcheck.ts';
import { EXIT, type Host } from './host.ts';
import { journalVerbs } from './journal.ts';
import { metricsVerb } from './metrics.ts';
import { printConfigVerb } from './print-config.ts';
import { replayVerb } from './replay.ts';
import { runVerb } from './run.ts';
import { schemaVerb } from './schema.ts';
import { validateVerb } from './validate.ts';
import type { Verb } from './verb.ts';
import { versionVerb } from './version.ts';

export const VERBS: readonly Verb[] = [
  runVerb,
  demoVerb,
  validateVerb,
  printConfigVerb,
  metricsVerb,
  replayVerb,
  ...journalVerbs,
  ...deadLetterVerbs,
  benchDiskVerb,
  healthcheckVerb,
  componentsVerb,
  schemaVerb,
  versionVerb,
];

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
  const program = createProgram(host, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(withVerb(argv), { from: 'user' });
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

export function createProgram(host: Host, finish: (exitCode: number) => void): Command {
  const program = new Command('spanmeter')
    .description('The meter between OpenRouter and Tempo: exact LLM cost as Prometheus metrics, every span forwarded.')
    .exitOverride()
    .configureOutput({ writeOut: host.stdout.write, writeErr: host.stderr.write });
  for (const verb of VERBS) {
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

/** The page of the command line, from the verbs. */
import { VERBS } from '../../src/cli/verbs.ts';
import { generatedNote, row } from './markdown.ts';

export function commandPage(): string {
  const sections = VERBS.map(({ name, summary, operands, options, example }) => {
    const rows = options
      .map((option) => option())
      .map(({ flags, description, argChoices }) => row(`\`${flags}\``, described(description, argChoices)));
    const table = rows.length === 0 ? '' : `\n| option | meaning |\n|---|---|\n${rows.join('\n')}\n`;
    const usage = operands === undefined ? '' : `\nBehind it: \`${operands}\`.\n`;
    return `## ${name}\n\n${summary}\n${usage}${table}\n\`\`\`sh\n${example}\n\`\`\`\n`;
  });
  const exits = `## Exit codes

| code | when |
|---|---|
| 0 | done; a clean stop |
| 1 | a failure at run time, such as a port that is taken |
| 2 | wrong use: unknown flag or verb |
| 65 | the data directory cannot be used as it is; supervisors must not restart |
| 74 | the disk failed; a restart finds out what it holds |
| 78 | the config has errors; supervisors must not restart |
| 130 · 143 | ended by a second SIGINT · SIGTERM |
`;
  return `# Commands\n\n${generatedNote}\n\n${sections.join('\n')}\n${exits}`;
}

function described(description: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? description : `${description}: ${choices.join(', ')}`;
}

/** The page of everything that can be wrong with a config and with a request, from their declarations. */
import { FAULTS } from '../../src/config/report.ts';
import { INTAKE_STATUS } from '../../src/otlp/status.ts';
import { generatedNote, row } from './markdown.ts';

export function errorPage(): string {
  const faults = Object.entries(FAULTS).map(([code, { level, meaning }]) =>
    row(`<a id="${code}"></a>\`${code}\``, level, meaning),
  );
  const statuses = Object.entries(INTAKE_STATUS).map(([code, { http, meaning }]) => row(`\`${code}\``, String(http), meaning));
  return `# Errors

${generatedNote}

## Config

An \`error\` keeps the daemon from starting (exit 78); with a \`warning\` figures, delivery or exposure may surprise; a \`hint\` is
about something that has no effect.

| code | level | meaning |
|---|---|---|
${faults.join('\n')}

## Requests

Bodies of 4xx and 5xx are \`google.rpc.Status\`. Senders repeat a request only after 429 and 503.

| code | HTTP status | meaning |
|---|---|---|
${statuses.join('\n')}
`;
}

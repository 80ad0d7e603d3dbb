/** The page of every metric: what the connector counts, and what the daemon says about itself. */
import { CATALOGUE } from '../../src/connectors/genai/catalogue.ts';
import { genaiConnector } from '../../src/connectors/genai/index.ts';
import { OWN_METRICS } from '../../src/telemetry/names.ts';
import { generatedNote, row } from './markdown.ts';

export function metricPage(): string {
  const optIns = new Map(CATALOGUE.flatMap(({ id, optIn }) => (optIn === undefined ? [] : [[id, optIn]])));
  const everything = Object.fromEntries(Array.from(optIns.values(), (key) => [key, true]));
  const counted = genaiConnector.shows(genaiConnector.config.parse(everything)).map((metric) => {
    const { name, kind, labels, otlpName, unit, help } = metric;
    const optIn = optIns.get(name);
    const meaning = optIn === undefined ? help : `${help} Shown with \`${optIn}: true\`.`;
    return row(code(name), kind, labels.map(code).join(', '), `${code(otlpName)} ${unit}`.trim(), meaning);
  });
  const own = OWN_METRICS.map(({ name, kind, labels, help }) => row(code(name), kind, labels.map(code).join(', '), help));
  return `# Metrics

${generatedNote}

## Connector \`genai\`

Shown by the \`prometheus\` exporter. A configured dimension is one more label wherever
\`model\`, \`provider\` and \`api_key\` stand together; those of \`histogram_dimensions\` (by default \`provider\`) are on the
histograms by model.

| metric | type | labels | OTLP name, unit | meaning |
|---|---|---|---|---|
${counted.join('\n')}

## The daemon itself

On \`localhost:8888/metrics\`, unless \`service.telemetry.metrics\` says otherwise.

| metric | type | labels | meaning |
|---|---|---|---|
${own.join('\n')}
`;
}

function code(text: string): string {
  return `\`${text}\``;
}

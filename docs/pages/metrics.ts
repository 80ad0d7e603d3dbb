/** The page of every metric: what the connector counts, and what the daemon says about itself. */
import { CATALOGUE, labelsOf } from '../../src/connectors/genai/catalogue.ts';
import { OWN_METRICS } from '../../src/telemetry/names.ts';
import { generatedNote, row } from './markdown.ts';

export function metricPage(): string {
  const counted = CATALOGUE.map((metric) => {
    const labels = labelsOf(metric).map((label) => `\`${label}\``);
    return row(`\`${metric.id}\``, metric.kind, labels.join(', '), `\`${metric.otlpName}\` ${metric.unit}`.trim(), metric.help);
  });
  const own = OWN_METRICS.map(({ name, kind, labels, help }) =>
    row(`\`${name}\``, kind, labels.map((label) => `\`${label}\``).join(', '), help),
  );
  return `# Metrics

${generatedNote}

## Connector \`genai\`

Shown by the \`prometheus\` exporter. A configured dimension is one more label wherever \`model\` and \`provider\` stand together.

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

/** `metrics`: every metric that a daemon with this config shows, with its labels. */
import { Option } from 'commander';
import type { ShownMetric } from '../component/define.ts';
import { COMPONENTS } from '../components.ts';
import { renderFaults } from '../config/render.ts';
import { planConfig } from '../daemon.ts';
import type { Plan } from '../graph/plan.ts';
import { OWN_METRICS } from '../telemetry/names.ts';
import { metricsEndpoint } from '../telemetry/settings.ts';
import { EXIT } from './host.ts';
import { type ConfigOptions, configOption, type Verb } from './verb.ts';

type Format = 'text' | 'markdown' | 'json';
type Options = ConfigOptions & Readonly<{ format: Format }>;

/** `source`: id of the connector that counts it, or the daemon itself. */
type Row = ShownMetric & Readonly<{ source: string }>;

export const metricsVerb: Verb<Options> = {
  name: 'metrics',
  summary: 'List every metric of a config with type, unit and labels; no daemon needed.',
  options: [
    configOption,
    () => new Option('--format <format>', 'of the list').choices(['text', 'markdown', 'json']).default('text'),
  ],
  example: 'spanmeter metrics --config spanmeter.yaml --format markdown',
  async execute({ config, format }, { environment, directory, stdout, stderr }) {
    const surroundings = { environment, workingDirectory: directory };
    const { plan, faults, excerpts } = planConfig(config, surroundings, COMPONENTS, 'warning');
    if (plan === undefined) {
      stderr.write(renderFaults(faults, excerpts));
      return EXIT.config;
    }
    stdout.write(WRITERS[format](rowsOf(plan)));
    return EXIT.ok;
  },
};

const WRITERS: Readonly<Record<Format, (rows: readonly Row[]) => string>> = {
  text: (rows) => rows.map(paragraph).join('\n'),
  markdown: (rows) => [HEADING, RULE, ...rows.map(markdownRow)].map((line) => `${line}\n`).join(''),
  json: (rows) => `${JSON.stringify(rows, null, 2)}\n`,
};

const HEADING = '| metric | type | unit | labels | meaning |';
const RULE = '|---|---|---|---|---|';

function rowsOf({ traces, service }: Plan): readonly Row[] {
  const connectors = new Map(traces.flatMap((pipeline) => pipeline.connectors.map((one) => [one.id, one])));
  const counted = connectors.values().flatMap(({ id, definition, config }) => {
    return definition.shows(config).map((metric) => ({ ...metric, source: id }));
  });
  const own = metricsEndpoint(service.telemetry.metrics) === undefined ? [] : OWN_METRICS;
  return [...counted, ...own.map((metric) => ({ otlpName: metric.name, ...metric, source: 'spanmeter' }))];
}

function paragraph({ name, kind, unit, labels, help }: Row): string {
  const labelled = labels.length === 0 ? '' : `  labels: ${labels.join(', ')}\n`;
  return `${[name, kind, unit].filter((part) => part !== '').join('  ')}\n${labelled}  ${help}\n`;
}

function markdownRow({ name, kind, unit, labels, help }: Row): string {
  const cells = [`\`${name}\``, kind, unit, labels.map((label) => `\`${label}\``).join(', '), help];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

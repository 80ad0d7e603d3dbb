/** The config of the daemon that most people will have, and where a section of the bench departs from it. */

import type { Ports } from './contestant.ts';

export type SpanmeterSettings = Readonly<{
  ports: Ports;
  token: string;
  changes: Changes;
}>;

/** None of them: the default. */
export type Changes = Readonly<{
  storage?: 'memory';
  compression?: 'zstd';
  /** Spans are counted and go nowhere. */
  forwards?: false;
  /** Settings of the connector. */
  genai?: string;
  /** Each with a destination of its own. */
  pipelines?: number;
  exporters?: number;
}>;

/** A load may outrun what takes the spans; in memory nothing is to be given up for that, as nothing is on disk. */
const MEMORY = '\n  journal: { storage: memory, max_size: 4GiB }';

export function spanmeterConfig({ ports, token, changes }: SpanmeterSettings): string {
  const { storage, compression, forwards = true, genai = '', pipelines = 1, exporters = 1 } = changes;
  const destinations = forwards ? numbered('otlp_http/tempo', pipelines * exporters) : [];
  const settings = compression === undefined ? '' : `, compression: ${compression}`;
  const traces = numbered('traces', pipelines).map((id, index) => {
    const own = destinations.slice(index * exporters, (index + 1) * exporters);
    return `${id}: { receivers: [otlp], exporters: [${['genai', ...own].slice(index === 0 ? 0 : 1).join(', ')}] }`;
  });
  return `
extensions:
  bearertokenauth: { token: "${token}" }
  health_check: { endpoint: 127.0.0.1:${ports.health} }
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${ports.intake}
        auth: { authenticator: bearertokenauth }
connectors:
  genai: ${genai}
exporters:
  prometheus: { endpoint: 127.0.0.1:${ports.metrics} }
${destinations.map((id) => `  ${id}: { endpoint: http://127.0.0.1:${ports.sink}${settings} }`).join('\n')}
service:
  extensions: [bearertokenauth, health_check]
  telemetry: { metrics: { address: 127.0.0.1:${ports.own} } }${storage === 'memory' ? MEMORY : ''}
  pipelines:
    ${traces.join('\n    ')}
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}

function numbered(name: string, count: number): readonly string[] {
  const separator = name.includes('/') ? '-' : '/';
  return Array.from({ length: count }, (_, index) => (index === 0 ? name : `${name}${separator}${index + 1}`));
}

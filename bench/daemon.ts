/** The daemon under measurement, with the config that most people will have. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../test/helpers/free-ports.ts';
import { Page } from '../test/helpers/page.ts';
import { CORE, Program } from './programs.ts';

export type MeasuredDaemon = Readonly<{
  program: Program;
  port: number;
  token: string;
  /** Exact figures of its pages. */
  counted: () => Promise<Counted>;
}>;

export type Counted = Readonly<{ requests: string; costUsd: string; sentSpans: string }>;

export async function startDaemon(sinkPort: number): Promise<MeasuredDaemon> {
  const [port, metricsPort, ownPort, healthPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const token = randomBytes(16).toString('hex');
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-bench-'));
  const file = join(folder, 'spanmeter.yaml');
  writeFileSync(file, configOf({ port, metricsPort, ownPort, healthPort, token, sinkPort }), { mode: 0o600 });
  const program = Program.start('src/main.ts', ['run', '-c', file, '--data-dir', folder], CORE.measured);
  await program.untilLogged('"msg":"started"');
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return {
    program,
    port,
    token,
    async counted() {
      const [metrics, own] = await Promise.all([pageAt(metricsPort), pageAt(ownPort)]);
      const page = new Page(metrics);
      return {
        requests: page.sum('openrouter_requests_total') ?? '0',
        costUsd: page.sum('openrouter_cost_usd_total') ?? '0',
        sentSpans: /^otelcol_exporter_sent_spans_total\{.*\} (\S+)/m.exec(own)?.[1] ?? '0',
      };
    },
  };
}

async function pageAt(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  return response.text();
}

type Values = Readonly<Record<'port' | 'metricsPort' | 'ownPort' | 'healthPort' | 'sinkPort', number>> &
  Readonly<{ token: string }>;

function configOf({ port, metricsPort, ownPort, healthPort, token, sinkPort }: Values): string {
  return `
extensions:
  bearertokenauth: { token: '${token}' }
  health_check: { endpoint: 127.0.0.1:${healthPort} }
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${port}
        auth: { authenticator: bearertokenauth }
connectors:
  genai:
exporters:
  prometheus: { endpoint: 127.0.0.1:${metricsPort} }
  otlp_http/tempo: { endpoint: http://127.0.0.1:${sinkPort} }
service:
  extensions: [bearertokenauth, health_check]
  telemetry: { metrics: { address: 127.0.0.1:${ownPort} } }
  journal: { max_size: 4GiB } # the load may outrun the compression of what is forwarded; nothing is to be given up
  pipelines:
    traces:  { receivers: [otlp],  exporters: [genai, otlp_http/tempo] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}

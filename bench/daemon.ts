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
  /** Exact figures of its metrics page. */
  counted: () => Promise<Readonly<{ requests: string; costUsd: string }>>;
}>;

export async function startDaemon(sinkPort: number): Promise<MeasuredDaemon> {
  const [port, metricsPort, healthPort] = [await freePort(), await freePort(), await freePort()];
  const token = randomBytes(16).toString('hex');
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-bench-'));
  const file = join(folder, 'spanmeter.yaml');
  writeFileSync(file, configOf({ port, metricsPort, healthPort, token, sinkPort }), { mode: 0o600 });
  const program = Program.start('src/main.ts', ['run', '-c', file], CORE.measured);
  await program.untilLogged('"msg":"started"');
  rmSync(folder, { recursive: true });
  return {
    program,
    port,
    token,
    async counted() {
      const page = new Page(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text());
      return { requests: page.sum('openrouter_requests_total') ?? '0', costUsd: page.sum('openrouter_cost_usd_total') ?? '0' };
    },
  };
}

type Values = Readonly<{ port: number; metricsPort: number; healthPort: number; token: string; sinkPort: number }>;

function configOf({ port, metricsPort, token, sinkPort }: Values): string {
  return `
extensions:
  bearertokenauth: { token: ${token} }
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
  extensions: [bearertokenauth]
  pipelines:
    traces:  { receivers: [otlp],  exporters: [genai, otlp_http/tempo] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}

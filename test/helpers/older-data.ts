/** A data directory as a released version leaves it: `node test/helpers/older-data.ts <version>` writes the one of this version. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDaemon } from './daemon.ts';
import { Destination } from './destination.ts';
import { temporaryFolder } from './disk-journal.ts';
import { freePort } from './free-ports.ts';
import { post, send } from './http.ts';
import { SAMPLES } from './samples.ts';
import { until } from './until.ts';

export const OLDER_DATA = fileURLToPath(new URL('../fixtures/data/', import.meta.url));

/** What its counters showed. */
export const PAGE = 'page.txt';

type Ports = Readonly<{ intake: number; admin: number; tempo: string; strict: string }>;

export function configOver(directory: string, { intake, admin, tempo, strict }: Ports): string {
  return `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } } }
connectors: { genai: }
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
  otlp_http/tempo: { endpoint: '${tempo}' }
  otlp_http/strict: { endpoint: '${strict}' }
service:
  journal: { storage: disk, directory: '${directory}', min_free: 1MiB }
  pipelines:
    traces: { receivers: [otlp], exporters: [genai, otlp_http/tempo, otlp_http/strict] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}

export async function postSamples(port: number, samples = SAMPLES): Promise<void> {
  for (const { body } of samples) assert.equal((await post(`http://127.0.0.1:${port}/v1/traces`, body)).status, 200);
}

/** Counters and histograms: what time does not change. How long ago spans came differs between two deliveries of them. */
export async function countersOf(port: number): Promise<string> {
  const { body } = await send(`http://127.0.0.1:${port}/metrics`, undefined, { method: 'GET' });
  const lines = String(body).split('\n');
  return lines
    .filter((line) => /^openrouter_\w+_(total|sum|count|bucket)[{ ]/.test(line) && !line.startsWith('openrouter_ingest_delay'))
    .map((line) => `${line.split(' # ')[0]}\n`)
    .join('');
}

/** One destination is down and keeps a backlog, one refuses everything; a snapshot and, behind it, what a kill leaves. */
async function write(version: string): Promise<void> {
  const directory = temporaryFolder();
  const strict = await Destination.open(() => ({ status: 400, body: 'no' }));
  const ports = {
    intake: await freePort(),
    admin: await freePort(),
    tempo: `http://127.0.0.1:${await freePort()}`,
    strict: strict.url,
  };
  const config = configOver(directory, ports);
  const half = SAMPLES.length / 2;
  const first = await startDaemon(config);
  await postSamples(ports.intake, SAMPLES.slice(0, half));
  await until('it was refused', () => strict.arrived.length > 0);
  await first.stop();
  const second = await startDaemon(config);
  await postSamples(ports.intake, SAMPLES.slice(half));
  await until('the rest was refused', () => second.stderr().includes('otlp_http/strict'));
  const page = await countersOf(ports.admin);
  process.kill(second.pid, 'SIGKILL');
  await until('it is gone', () =>
    send(`http://127.0.0.1:${ports.admin}/`, undefined, { method: 'GET' }).then(
      () => false,
      () => true,
    ),
  );
  const kept = join(OLDER_DATA, version);
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  const ours = (path: string) => !/lock\.db|reserve|compile-cache/.test(path.slice(directory.length));
  cpSync(directory, join(kept, 'data'), { recursive: true, filter: ours });
  writeFileSync(join(kept, PAGE), page);
  await strict.close();
}

const [version] = process.argv.slice(2);
if (import.meta.main && version !== undefined) await write(version);

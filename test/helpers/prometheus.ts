/** Runs a real Prometheus on a temporary folder and asks it what it has stored. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, untilReady } from './children.ts';
import { freePort } from './free-ports.ts';
import { absent, type Peer, present } from './peer.ts';

export type StoredSeries = Readonly<{
  metric: Readonly<Record<string, string>>;
  value?: readonly [number, string];
  values?: readonly (readonly [number, string])[];
}>;
export type StoredExemplars = Readonly<{
  seriesLabels: Readonly<Record<string, string>>;
  exemplars: readonly Readonly<{ labels: Readonly<Record<string, string>>; value: string; timestamp: number }>[];
}>;

export type Prometheus = Readonly<{
  query: (expression: string) => Promise<readonly StoredSeries[]>;
  /** The value of an expression that gives one series; undefined while there is none. */
  value: (expression: string) => Promise<number | undefined>;
  exemplars: (expression: string) => Promise<readonly StoredExemplars[]>;
}>;

export function findPrometheus(): Peer {
  try {
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' });
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return present('prometheus');
  } catch {
    return absent('there is no prometheus with promtool on the PATH');
  }
}

/** Scrapes the target every second. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-prometheus-'));
  const port = await freePort();
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: spanmeter
    static_configs: [{ targets: ['${target}'] }]
`,
  );
  const child = startChild('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=exemplar-storage',
    '--log.level=warn',
  ]);
  void child.exited.finally(() => rmSync(folder, { recursive: true, force: true })).catch(() => undefined);
  const base = `http://127.0.0.1:${port}`;
  await untilReady(child, 'Prometheus', () =>
    fetch(`${base}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const query = async (expression: string) => {
    const { result } = await ask<{ result: readonly StoredSeries[] }>(
      `${base}/api/v1/query?${new URLSearchParams({ query: expression })}`,
    );
    return result;
  };
  return {
    query,
    async value(expression) {
      const [first] = await query(expression);
      return first?.value === undefined ? undefined : Number(first.value[1]);
    },
    exemplars(expression) {
      const span = { query: expression, start: '2000-01-01T00:00:00Z', end: '2100-01-01T00:00:00Z' };
      return ask(`${base}/api/v1/query_exemplars?${new URLSearchParams(span)}`);
    },
  };
}

async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url);
  const answer = (await response.json()) as Readonly<{ status: string; data: T; error?: string }>;
  if (answer.status !== 'success') throw new Error(`Prometheus answered: ${answer.error}`);
  return answer.data;
}

/** What `promtool check metrics` has to say about a page; empty when it has nothing to say. */
export function lintPage(page: string): string {
  const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' });
  return `${stdout}${stderr}`.trim();
}

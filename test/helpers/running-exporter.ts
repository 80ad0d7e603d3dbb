/** Starts the prometheus exporter from YAML on a port of its own and stops it with the test. */
import type { TestContext } from 'node:test';
import type { Authenticator, PulledSource } from '../../src/component/contract.ts';
import { prometheusExporter } from '../../src/exporters/prometheus.ts';
import { configOf } from './component.ts';
import { Observer } from './observer.ts';

export type Running = Readonly<{ url: string; observer: Observer }>;

type Host = Readonly<{ now?: () => number; authenticator?: Authenticator }>;

export async function startPrometheusExporter(
  test: TestContext,
  yaml: string,
  sources: readonly PulledSource[] = [],
  { now, authenticator }: Host = {},
): Promise<Running> {
  const observer = new Observer();
  const context = { ...observer.context('exporter/prometheus', now), authenticator };
  const endpoint = yaml.includes('endpoint:') ? '' : 'endpoint: 127.0.0.1:0\n';
  const exporter = prometheusExporter.create(configOf(prometheusExporter.config, endpoint + yaml), () => sources, context);
  await exporter.start?.();
  test.after(() => exporter.shutdown?.(AbortSignal.timeout(5_000)));
  return { url: addressOf(observer), observer };
}

/** Where the last listener that told this observer listens. */
export function addressOf({ lines }: Observer): string {
  const listening = lines.map((line) => JSON.parse(line)).findLast(({ msg }) => msg === 'listening');
  return String(listening?.endpoint);
}

/** Proves nobody but who knows the word. */
export function authenticatorFor(word: string): Authenticator {
  return { identify: ({ authorization }) => (authorization === `Bearer ${word}` ? 'someone' : undefined) };
}

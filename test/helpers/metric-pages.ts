/** Renders pages of sources that a test puts together. */
import type { MetricSource, PulledSource } from '../../src/component/contract.ts';
import type { MetricFamily } from '../../src/data/metric.ts';
import { Exposition, type PageSettings } from '../../src/metrics/exposition.ts';
import type { PageRequest } from '../../src/metrics/series-lines.ts';

export function sourceOf(families: readonly MetricFamily[], rest: Partial<MetricSource> = {}): MetricSource {
  return { families, newestMs: 0, initialMs: 75_000, initialForAll: false, ...rest };
}

export function pulled(source: MetricSource, exemplars = true): PulledSource {
  return { source, exemplars };
}

export function expositionOf(sources: readonly PulledSource[], settings: Partial<PageSettings> = {}): Exposition {
  return new Exposition(sources, { namespace: '', suffixes: true, constLabels: [], timestamps: false, ...settings });
}

export async function pageOf(exposition: Exposition, request: Partial<PageRequest> = {}): Promise<string> {
  let page = '';
  for await (const chunk of exposition.page({ format: 'text-0.0.4', nowMs: 0, baseline: false, ...request })) page += chunk;
  return page;
}

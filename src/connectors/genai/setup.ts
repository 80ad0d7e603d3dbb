/** Settles under a config which metrics there are, what they are called and which labels they have. */
import type { LabelDefinition, MetricDefinition } from '../../metrics/series.ts';
import { type BucketSettings, boundsOf } from './buckets.ts';
import { METRIC_SPECS } from './catalogue.ts';
import { SCOPE_LABELS } from './catalogue-labels.ts';
import type { Dimension } from './dimension-settings.ts';
import type { MetricDescription, MetricSpec, OptIn } from './metric-spec.ts';

export type MetricSettings = Readonly<
  {
    prefix: string;
    buckets: BucketSettings;
    semconv: boolean;
    provider_label: 'author' | 'serving';
    histogram_dimensions: readonly string[];
  } & Record<OptIn, boolean>
>;

/** How a metric of the catalogue stands under a config. */
export type MetricSetup = Readonly<{
  definition: MetricDefinition;
  /** Empty if it is no histogram. */
  bounds: readonly bigint[];
  /** Differs when something else is counted; a changed cap or name counts the same. */
  fingerprint: string;
}>;

export function enabledSpecs(settings: MetricSettings): readonly MetricSpec[] {
  return METRIC_SPECS.filter(({ id, optIn }) => {
    return optIn === undefined ? settings.semconv || !id.startsWith('gen_ai_') : settings[optIn];
  });
}

/** `open`: labels whose values come from outside. */
export function setupOf(
  spec: MetricSpec,
  settings: MetricSettings,
  dimensions: readonly Dimension[],
  open: ReadonlySet<string>,
): MetricSetup {
  const own = spec.own === undefined ? [] : [spec.own.name];
  const added = dimensionLabels(spec, settings, dimensions);
  const names = new Set([...SCOPE_LABELS[spec.scope], ...added, ...spec.labels, ...own]);
  const labels = Array.from(names, (name): LabelDefinition => ({ name, open: open.has(name) }));
  const bounds = spec.kind === 'histogram' ? boundsOf(settings.buckets, spec.buckets) : [];
  const sources = dimensions
    .filter(({ label }) => names.has(label))
    .map(({ name, label, fallback, hashed }) => [label, name, fallback, hashed]);
  const provider = names.has('gen_ai_provider_name') ? settings.provider_label : undefined;
  const fingerprint = JSON.stringify([spec.kind, spec.unit, [...names], sources, bounds.map(String), provider]);
  return { definition: { ...familyOf(spec, settings.prefix), labels }, bounds, fingerprint };
}

export function familyOf({ id, otlpName, unit, help }: MetricDescription, prefix: string): Omit<MetricDefinition, 'labels'> {
  return {
    name: nameUnder(prefix, id).replace(/_(?:total|info)$/, ''),
    otlpName: nameUnder(prefix, otlpName),
    unit,
    help: help.replaceAll('openrouter_', `${prefix}_`),
  };
}

/** What the page calls it. */
export function nameUnder(prefix: string, id: string): string {
  return id.replace(/^openrouter/, prefix);
}

function dimensionLabels({ scope }: MetricSpec, settings: MetricSettings, dimensions: readonly Dimension[]): readonly string[] {
  switch (scope) {
    case 'client':
      return settings.histogram_dimensions.map((written) => labelNamed(written, dimensions) ?? written);
    case 'request':
      return dimensions.map(({ label }) => label);
    case 'plain':
      return [];
  }
}

/** The label that a name means: one that requests have anyway, or that of a dimension, called by label or attribute. */
export function labelNamed(written: string, dimensions: readonly Dimension[]): string | undefined {
  const request: readonly string[] = SCOPE_LABELS.request;
  if (request.includes(written)) return written;
  return dimensions.find(({ label, name }) => label === written || name === written)?.label;
}

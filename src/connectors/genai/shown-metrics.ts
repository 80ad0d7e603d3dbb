/** Lists the metrics that the connector shows under a config, with the labels that it gives them. */
import type { ShownMetric } from '../../component/define.ts';
import { labelsOf, PERIOD_COST, SAMPLING_RATIO } from './catalogue.ts';
import { type Dimension, dimensionOf } from './dimension-settings.ts';
import type { MetricDescription } from './metric-spec.ts';
import { enabledSpecs, familyOf, type MetricSettings, nameUnder, setupOf } from './setup.ts';

type Settings = MetricSettings & Readonly<{ dimensions: readonly Parameters<typeof dimensionOf>[0][] }>;

export function shownMetrics(settings: Settings): readonly ShownMetric[] {
  const dimensions: readonly Dimension[] = settings.dimensions.map(dimensionOf);
  const shown = (metric: MetricDescription, labels: readonly string[]): ShownMetric => {
    const { otlpName, help } = familyOf(metric, settings.prefix);
    return { name: nameUnder(settings.prefix, metric.id), kind: metric.kind, otlpName, unit: metric.unit, labels, help };
  };
  return [
    ...enabledSpecs(settings).map((spec) => {
      const { definition } = setupOf(spec, settings, dimensions, new Set());
      return shown(
        spec,
        definition.labels.map(({ name }) => name),
      );
    }),
    ...[PERIOD_COST, SAMPLING_RATIO].map((metric) => shown(metric, labelsOf(metric))),
  ];
}

/** A page of metrics, made again and again from the same series. */
import { bench, do_not_optimize as keep, summary } from 'mitata';
import { GenaiMeter } from '../../test/helpers/genai-meter.ts';
import { expositionOf, pageOf, pulled } from '../../test/helpers/metric-pages.ts';
import { dimensioned, valuesFor } from '../bodies.ts';
import { requestsOf } from './requests.ts';

/** Counters of a label set. */
const COUNTERS = 6;

export function exposition(): undefined {
  for (const series of [1_000, 10_000, 50_000]) {
    const values = valuesFor(series / COUNTERS);
    const limits = `series: { max: ${4 * series}, max_per_metric: ${4 * series} }`;
    const meter = new GenaiMeter(`{ dimensions: [{ name: trace.metadata.dimension1, max_values: ${values} }], ${limits} }`);
    const { decoded } = requestsOf(dimensioned(1), values);
    for (let seq = 1; seq <= values; seq++) meter.apply([{ seq, timeMs: Date.now(), batch: decoded() }]);
    const page = expositionOf([pulled(meter.connector)]);
    summary(() => {
      bench(`page of ${series} counters`, async () => keep(await pageOf(page)));
      bench(`page of ${series} counters, OpenMetrics`, async () => keep(await pageOf(page, { format: 'openmetrics-1.0.0' })));
    });
  }
}

/** What the OpenTelemetry SDK makes of the daemon's own metrics: distributions, and the page of all of them. */
import type { BatchObservableResult, Gauge, Histogram, Meter, Observable } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { DiagnosticName, MeasureName } from '../component/contract.ts';
import type { ResourceSettings } from '../config/telemetry-fields.ts';
import { OWN_COUNTERS, OWN_MEASURES, OWN_READINGS, type Reading, type ReadingName } from './names.ts';

type Labels = Readonly<Record<string, string>>;

/** What there is to see at this moment. */
export type Seen = Readonly<{
  counts: Iterable<Readonly<{ name: DiagnosticName; labels: Labels; value: number }>>;
  readings: Iterable<Reading>;
}>;

export class MeterPage {
  /** Only reads the SDK: its own server knows neither names nor a port that is taken. */
  readonly #reader = new PrometheusExporter({ preventServerStart: true });
  readonly #serializer = new PrometheusSerializer('', false, undefined, false, true);
  readonly #provider: MeterProvider;
  readonly #measures: ReadonlyMap<string, Gauge | Histogram>;

  constructor(resource: ResourceSettings, see: () => Seen) {
    this.#provider = new MeterProvider({ resource: resourceFromAttributes(resource), readers: [this.#reader] });
    const meter = this.#provider.getMeter('spanmeter');
    this.#measures = measuresOf(meter);
    observe(meter, see);
  }

  record(name: MeasureName, labels: Labels, value: number): void {
    this.#measures.get(name)?.record(value, labels);
  }

  async text(): Promise<string> {
    const { resourceMetrics } = await this.#reader.collect();
    return this.#serializer.serialize(resourceMetrics);
  }

  async shutdown(): Promise<void> {
    await this.#provider.shutdown().catch(() => undefined); // a second time is an error of the SDK
  }
}

function observe(meter: Meter, see: () => Seen): void {
  const counters = new Map(
    Object.entries(OWN_COUNTERS).map(([name, { help }]) => [name, meter.createObservableCounter(name, { description: help })]),
  );
  const readings = new Map(Object.entries(OWN_READINGS).map(([name, one]) => [name, observableOf(meter, name, one)]));
  const observeAll = (result: BatchObservableResult) => {
    const seen = see();
    for (const { name, labels, value } of seen.counts) observeOn(result, counters, name, labels, value);
    for (const { name, labels, value } of seen.readings) observeOn(result, readings, name, labels, value);
  };
  meter.addBatchObservableCallback(observeAll, [...counters.values(), ...readings.values()]);
}

function measuresOf(meter: Meter): ReadonlyMap<string, Gauge | Histogram> {
  const measures = new Map<string, Gauge | Histogram>();
  for (const [name, measure] of Object.entries(OWN_MEASURES)) {
    const description = measure.help;
    if (measure.kind === 'gauge') measures.set(name, meter.createGauge(name, { description }));
    else {
      const advice = { explicitBucketBoundaries: [...measure.bounds] };
      measures.set(name, meter.createHistogram(name, { description, advice }));
    }
  }
  return measures;
}

function observableOf(meter: Meter, name: string, { kind, help }: (typeof OWN_READINGS)[ReadingName]): Observable {
  if (kind === 'counter') return meter.createObservableCounter(name, { description: help });
  return meter.createObservableGauge(name, { description: help });
}

function observeOn(
  result: BatchObservableResult,
  observables: ReadonlyMap<string, Observable>,
  name: DiagnosticName | ReadingName,
  labels: Readonly<Record<string, string>>,
  value: number,
): void {
  const observable = observables.get(name);
  if (observable !== undefined) result.observe(observable, value, labels);
}

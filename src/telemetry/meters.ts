/** Shows the daemon's own metrics to Prometheus, through the OpenTelemetry SDK. */
import type { BatchObservableResult, Gauge, Histogram, Meter, Observable } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { Response } from 'express';
import { adminListener, LOOPBACK_NAMES } from '../component/admin-listener.ts';
import type { Context, DiagnosticName, Lifecycle, MeasureName } from '../component/contract.ts';
import type { ResourceSettings } from '../config/telemetry-fields.ts';
import { Counters } from './counters.ts';
import { OWN_COUNTERS, OWN_MEASURES, OWN_READINGS, type Reading, type ReadingName } from './names.ts';
import type { MetricsEndpoint } from './settings.ts';

export type MeterSettings = Readonly<{ endpoint: MetricsEndpoint; resource: ResourceSettings }>;

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/i;

/** Its listener is part of the daemon, not of a graph: up before it and down after it. */
export class Meters extends Counters implements Lifecycle {
  readonly #logger: Context['logger'];
  /** Only reads the SDK: its own server knows neither names nor a port that is taken. */
  readonly #reader = new PrometheusExporter({ preventServerStart: true });
  readonly #serializer = new PrometheusSerializer('', false, undefined, false, true);
  readonly #provider: MeterProvider;
  readonly #listener: Lifecycle;
  readonly #measures: ReadonlyMap<string, Gauge | Histogram>;
  #readings: readonly (() => Iterable<Reading>)[] = [];

  constructor({ endpoint, resource }: MeterSettings, context: Context) {
    super();
    this.#logger = context.logger;
    this.#provider = new MeterProvider({ resource: resourceFromAttributes(resource), readers: [this.#reader] });
    const meter = this.#provider.getMeter('spanmeter');
    this.#measures = measuresOf(meter);
    this.#observe(meter);
    const hosts = LOOPBACK.test(endpoint.host) ? [...LOOPBACK_NAMES, endpoint.host] : ('any' as const);
    this.#listener = adminListener({ endpoint, option: endpoint.option, hosts, context }, (app) => {
      app.get('/metrics', (_request, response) => this.#answer(response));
    });
  }

  /** Adds what is read whenever the page is made. */
  read(readings: () => Iterable<Reading>): void {
    this.#readings = [...this.#readings, readings];
  }

  override record(name: MeasureName, labels: Readonly<Record<string, string>>, value: number): void {
    this.#measures.get(name)?.record(value, labels);
  }

  async start(): Promise<void> {
    await this.#listener.start?.();
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    await this.#listener.shutdown?.(deadline);
    await this.#provider.shutdown().catch(() => undefined); // a second time is an error of the SDK
  }

  async #answer(response: Response): Promise<void> {
    const { resourceMetrics } = await this.#reader.collect();
    response.set({ 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' });
    response.send(Buffer.from(this.#serializer.serialize(resourceMetrics))); // of a text express would change the type
  }

  /** For the SDK one that fails would be the end of the whole page. */
  #tryToRead(read: () => Iterable<Reading>): readonly Reading[] {
    try {
      return [...read()];
    } catch (error) {
      this.#logger.error('cannot read metrics of the daemon', { error });
      return [];
    }
  }

  #observe(meter: Meter): void {
    const counters = new Map(
      Object.entries(OWN_COUNTERS).map(([name, { help }]) => [name, meter.createObservableCounter(name, { description: help })]),
    );
    const readings = new Map(Object.entries(OWN_READINGS).map(([name, one]) => [name, observableOf(meter, name, one)]));
    const observe = (result: BatchObservableResult) => {
      for (const { name, labels, value } of this.counts()) observeOn(result, counters, name, labels, value);
      for (const { name, labels, value } of this.#readings.flatMap((read) => this.#tryToRead(read))) {
        observeOn(result, readings, name, labels, value);
      }
    };
    meter.addBatchObservableCallback(observe, [...counters.values(), ...readings.values()]);
  }
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

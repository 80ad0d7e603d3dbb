/** Shows the daemon's own metrics to Prometheus, through the OpenTelemetry SDK. */
import type { Response } from 'express';
import { adminListener, LOOPBACK_NAMES } from '../component/admin-listener.ts';
import type { Context, Lifecycle, MeasureName } from '../component/contract.ts';
import type { ResourceSettings } from '../config/telemetry-fields.ts';
import { Counters } from './counters.ts';
import type { MeterPage } from './meter-page.ts';
import type { Reading } from './names.ts';
import type { MetricsEndpoint } from './settings.ts';

export type MeterSettings = Readonly<{ endpoint: MetricsEndpoint; resource: ResourceSettings }>;

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/i;
/** Of measurements that wait for the SDK: when there are more, it is loaded although nobody has looked yet. */
const MOST_WAITING = 1000;

/** Its listener is part of the daemon, not of a graph: up before it and down after it. */
export class Meters extends Counters implements Lifecycle {
  readonly #resource: ResourceSettings;
  readonly #logger: Context['logger'];
  readonly #fail: Context['fail'];
  readonly #listener: Lifecycle;
  #readings: readonly (() => Iterable<Reading>)[] = [];
  #waiting: Parameters<MeterPage['record']>[] = [];
  #page: MeterPage | undefined;
  #loading: Promise<MeterPage> | undefined;

  constructor({ endpoint, resource }: MeterSettings, context: Context) {
    super();
    this.#resource = resource;
    this.#logger = context.logger;
    this.#fail = context.fail;
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
    if (this.#page !== undefined) this.#page.record(name, labels, value);
    else if (this.#waiting.push([name, labels, value]) === MOST_WAITING) this.#load().catch(this.#fail);
  }

  async start(): Promise<void> {
    await this.#listener.start?.();
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    await this.#listener.shutdown?.(deadline);
    await this.#page?.shutdown();
  }

  async #answer(response: Response): Promise<void> {
    const page = await this.#load();
    const text = await page.text();
    response.set({ 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' });
    response.send(Buffer.from(text)); // of a text express would change the type
  }

  /** The SDK is hundreds of files: the daemon does not wait for them to start. */
  #load(): Promise<MeterPage> {
    this.#loading ??= import('./meter-page.ts').then(({ MeterPage }) => {
      const page = new MeterPage(this.#resource, () => ({ counts: this.counts(), readings: this.#read() }));
      for (const measured of this.#waiting) page.record(...measured);
      this.#waiting = [];
      this.#page = page;
      return page;
    });
    return this.#loading;
  }

  #read(): readonly Reading[] {
    return this.#readings.flatMap((read) => this.#tryToRead(read));
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
}

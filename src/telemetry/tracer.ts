/** Sends spans about the daemon's own work to where the config says; they hold ids, sizes and outcomes, never what passes through. */
import { type Attributes, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Context, Lifecycle, Logger } from '../component/contract.ts';
import { IntakeError } from '../component/errors.ts';
import type { OtlpSettings, ResourceSettings, TraceSettings } from '../config/telemetry-fields.ts';

type TracerSettings = Readonly<{ processors: TraceSettings['processors']; resource: ResourceSettings }>;

/** Of each kind of span; a busy daemon does not pay for watching itself. */
const SPANS_A_SECOND = 10;
/** At a stop. What is not sent by then is of no use to anybody who waits for the end. */
const FLUSH_MS = 2_000;

export class OwnTracer implements Lifecycle {
  readonly #provider: BasicTracerProvider;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #urls: readonly string[];
  readonly #begunByName = new Map<string, { second: number; spans: number }>();

  constructor({ processors, resource }: TracerSettings, { logger, now }: Context) {
    this.#now = now;
    this.#logger = logger;
    this.#urls = processors.map(({ batch }) => tracesUrl(batch.exporter.otlp));
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes(resource),
      sampler: new AlwaysOnSampler(), // who begins a span has decided
      spanProcessors: processors.map(({ batch }) => {
        return new BatchSpanProcessor(loudExporter(batch.exporter.otlp, logger), {
          scheduledDelayMillis: batch.schedule_delay,
          maxQueueSize: batch.max_queue_size,
          maxExportBatchSize: batch.max_export_batch_size,
          exportTimeoutMillis: batch.export_timeout,
        });
      }),
    });
  }

  async start(): Promise<void> {
    for (const url of this.#urls) this.#logger.info('sending spans about this daemon', { url, encoding: 'json' });
  }

  /** Undefined: there were enough of this name in this second. */
  begin(name: string, attributes: Attributes): Span | undefined {
    const second = Math.floor(this.#now() / 1000);
    const begun = this.#begunByName.get(name);
    if (begun?.second !== second) this.#begunByName.set(name, { second, spans: 1 });
    else if (begun.spans >= SPANS_A_SECOND) return undefined;
    else begun.spans += 1;
    return this.#tracer.startSpan(name, { attributes }, ROOT_CONTEXT);
  }

  beginWithin(parent: Span, name: string, attributes: Attributes = {}): Span {
    return this.#tracer.startSpan(name, { attributes }, trace.setSpan(ROOT_CONTEXT, parent));
  }

  /** Ends the span with the work. */
  async watch<T>(span: Span, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // The code alone: a message may quote what was sent.
      this.fail(span, error instanceof IntakeError ? error.code : 'unforeseen');
      throw error;
    } finally {
      span.end();
    }
  }

  fail(span: Span, reason: string): void {
    span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
  }

  /** Sends what there is, as far as that is quick. */
  async shutdown(deadline: AbortSignal): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, FLUSH_MS);
    deadline.addEventListener('abort', () => resolve());
    if (deadline.aborted) resolve();
    const sent = this.#provider.shutdown().catch(() => undefined); // the exporter has told why
    await Promise.race([sent, over]);
    clearTimeout(timer);
  }

  get #tracer() {
    return this.#provider.getTracer('spanmeter');
  }
}

/** The SDK says nothing when it cannot send. */
function loudExporter(settings: OtlpSettings, logger: Logger): SpanExporter {
  const url = tracesUrl(settings);
  const exporter = new OTLPTraceExporter({ url, headers: { ...settings.headers }, timeoutMillis: settings.timeout });
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error !== undefined) {
          logger.warn('cannot send spans about this daemon', { url, spans: spans.length, error: result.error });
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush(),
  };
}

/** As for every OTLP exporter: the path belongs to the signal unless there is one. */
function tracesUrl({ endpoint }: OtlpSettings): string {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url.href;
}

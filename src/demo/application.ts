/** A small application that traces its own model calls with the OpenTelemetry SDK, beside what OpenRouter reports. */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { decimalText } from '../data/exact.ts';
import { createRandom, type Random } from './random.ts';
import { type ByModel, Tally } from './tally.ts';
import type { Door } from './visitor.ts';

const MODEL = 'mistral-large-3';
/** In 1e-12 USD per token. */
const INPUT_PRICE = 2_000_000n;
const OUTPUT_PRICE = 6_000_000n;

export class Application {
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;
  readonly #random: Random;
  readonly #tally = new Tally();
  #spans = 0;

  constructor({ url, headers, own }: Door, seed: number) {
    const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, httpAgentOptions: { rejectUnauthorized: !own } });
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'helpdesk' }),
      sampler: new AlwaysOnSampler(),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    this.#tracer = this.#provider.getTracer('helpdesk');
    this.#random = createRandom(seed);
  }

  /** Of the questions so far. */
  get byModel(): ByModel {
    return this.#tally.byModel;
  }

  get spans(): number {
    return this.#spans;
  }

  /** Somebody asks it something, and it asks its model. */
  ask(): void {
    const inputTokens = this.#random.integer(200, 1_500);
    const outputTokens = this.#random.integer(20, 200);
    const cost = BigInt(inputTokens) * INPUT_PRICE + BigInt(outputTokens) * OUTPUT_PRICE;
    const route = this.#tracer.startSpan('POST /ask', { kind: SpanKind.SERVER, root: true });
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'mistral_ai',
      'gen_ai.request.model': MODEL,
      'gen_ai.response.model': MODEL,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': inputTokens,
      'gen_ai.usage.output_tokens': outputTokens,
      'gen_ai.usage.cost': Number(decimalText(cost)),
    };
    const context = trace.setSpan(ROOT_CONTEXT, route);
    const call = this.#tracer.startSpan(`chat ${MODEL}`, { kind: SpanKind.CLIENT, attributes }, context);
    call.setStatus({ code: SpanStatusCode.OK }).end();
    route.end();
    this.#tally.add(MODEL, { requests: 1, inputTokens, outputTokens, cost });
    this.#spans += 2;
  }

  /** Resolves once its spans are sent. */
  async shutdown(): Promise<void> {
    await this.#provider.forceFlush();
    await this.#provider.shutdown();
  }
}

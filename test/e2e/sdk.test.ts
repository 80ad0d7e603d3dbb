/** An application that traces its model calls with the OpenTelemetry SDK instead of having OpenRouter do it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SpanKind, type TracerProvider } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type Daemon, startDaemon } from '../helpers/daemon.ts';
import { freePort } from '../helpers/free-ports.ts';
import { send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';

describe('an application with the OpenTelemetry SDK', () => {
  let daemon: Daemon;
  let counted: Page;

  before(async () => {
    const [intake, admin] = [await freePort(), await freePort()];
    daemon = await startDaemon(`
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${intake} } } }
connectors:
  genai:
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
service:
  pipelines:
    traces:  { receivers: [otlp],  exporters: [genai] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`);
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter({ url: `http://127.0.0.1:${intake}/v1/traces` }))],
    });
    callModels(provider);
    await provider.forceFlush();
    await provider.shutdown();
    counted = new Page((await send(`http://127.0.0.1:${admin}/metrics`, undefined, { method: 'GET' })).body);
  });

  after(() => daemon?.stop());

  it('has its model calls counted, and nothing else that it traces', () => {
    assert.deepEqual(counted.sumBy('model', 'openrouter_requests_total'), { 'gpt-5.1-mini': '2', 'claude-haiku-4.5': '1' });
  });

  it('has its tokens counted', () => {
    const tokens = 'openrouter_tokens_total';
    assert.deepEqual(counted.sumBy('type', tokens, { model: 'gpt-5.1-mini' }), { input: '2000', output: '84' });
    assert.deepEqual(counted.sumBy('type', tokens, { model: 'claude-haiku-4.5' }), { input: '10', output: '5' });
  });

  it('has a call without a cost counted as such, not as free', () => {
    assert.equal(counted.sum('openrouter_cost_usd_total', { model: 'gpt-5.1-mini' }), undefined);
    assert.equal(counted.sum('openrouter_requests_without_cost_total', { model: 'gpt-5.1-mini', reason: 'missing' }), '2');
  });

  it('has the cost counted that its instrumentation put on the span', () => {
    assert.equal(counted.sum('openrouter_cost_usd_total', { model: 'claude-haiku-4.5' }), '0.0123');
    assert.equal(counted.sum('openrouter_requests_without_cost_total', { model: 'claude-haiku-4.5' }), undefined);
  });
});

function callModels(provider: TracerProvider): void {
  const tracer = provider.getTracer('shop');
  const route = tracer.startSpan('POST /chat', { kind: SpanKind.SERVER, attributes: { 'http.response.status_code': 200 } });
  for (const output of [40, 44]) {
    tracer
      .startSpan('chat gpt-5.1-mini', {
        kind: SpanKind.CLIENT,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-5.1-mini',
          'gen_ai.usage.input_tokens': 1000,
          'gen_ai.usage.output_tokens': output,
          'gen_ai.response.finish_reasons': ['stop'],
        },
      })
      .end();
  }
  tracer
    .startSpan('chat claude-haiku-4.5', {
      kind: SpanKind.CLIENT,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.system': 'anthropic',
        'gen_ai.request.model': 'claude-haiku-4.5',
        'gen_ai.usage.prompt_tokens': 10,
        'gen_ai.usage.completion_tokens': 5,
        'gen_ai.usage.cost': 0.0123,
      },
    })
    .end();
  route.end();
}

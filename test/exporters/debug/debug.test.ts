/** The debug exporter: what it shows of a request, how often, and what it never shows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Batch } from '../../../src/data/batch.ts';
import { debugExporter } from '../../../src/exporters/debug/index.ts';
import { decodeTracesJson } from '../../../src/otlp/json.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { configOf } from '../../helpers/component.ts';
import { batch, envelope, span } from '../../helpers/model-calls.ts';
import { Observer } from '../../helpers/observer.ts';
import { SAMPLES, sample } from '../../helpers/samples.ts';

const ONE: Batch = batch(
  envelope(
    [
      span(
        { 'gen_ai.request.model': 'm', 'gen_ai.prompt': 'canary', n: 3n, ok: true, list: ['a'] },
        {
          traceId: 'a'.repeat(32),
          spanId: 'b'.repeat(16),
          parentSpanId: 'c'.repeat(16),
          kind: 3,
          status: { code: 2, message: 'no\nway' },
          events: [
            {
              name: 'gen_ai.user.message',
              timeUnixNano: '1790700000000000007',
              attributes: [{ key: 'content', value: { stringValue: 'canary' } }],
            },
          ],
          links: [{ traceId: 'd'.repeat(32), spanId: 'e'.repeat(16) }],
        },
      ),
    ],
    { resource: { 'service.name': 'shop' }, scope: 'shop' },
  ),
);

async function shown(yaml: string, batches: readonly Batch[] = [ONE], timesMs: readonly number[] = []) {
  const observer = new Observer();
  let attempts = 0;
  const exporter = debugExporter.create(
    configOf(debugExporter.config, yaml),
    observer.context('exporter/debug', () => timesMs[attempts] ?? 0),
  );
  for (const one of batches) {
    assert.deepEqual(await exporter.attempt(one, AbortSignal.timeout(1000)), { status: 'delivered' });
    attempts += 1;
  }
  return observer.lines.map((line) => JSON.parse(line));
}

describe('verbosity', () => {
  it('basic says how much there is', async () => {
    const [{ level, msg, component, resource_spans, spans, text }] = await shown('{}');
    const expected = ['info', 'traces', 'exporter/debug', 1, 1, undefined];
    assert.deepEqual([level, msg, component, resource_spans, spans, text], expected);
  });

  it('normal shows a line for each span', async () => {
    const [{ text }] = await shown('verbosity: normal');
    assert.equal(
      text,
      [
        'ResourceTraces #0 service.name=shop',
        'ScopeTraces #0 shop',
        `call ${'a'.repeat(32)} ${'b'.repeat(16)} gen_ai.request.model=m gen_ai.prompt=[6 bytes] n=3 ok=true list=["a"]`,
      ].join('\n'),
    );
  });

  it('detailed shows all of it', async () => {
    const [{ text }] = await shown('verbosity: detailed');
    assert.equal(
      text,
      `ResourceSpans #0
Resource SchemaURL: 
Resource attributes:
     -> service.name: Str(shop)
ScopeSpans #0
ScopeSpans SchemaURL: 
InstrumentationScope shop
Span #0
    Trace ID       : ${'a'.repeat(32)}
    Parent ID      : ${'c'.repeat(16)}
    ID             : ${'b'.repeat(16)}
    Name           : call
    Kind           : 3
    Start time     : 2026-09-29T16:40:00.000000000Z
    End time       : 2026-09-29T16:40:10.000000000Z
    Status code    : 2
    Status message : no way
Attributes:
     -> gen_ai.request.model: Str(m)
     -> gen_ai.prompt: Str([6 bytes])
     -> n: Int(3)
     -> ok: Bool(true)
     -> list: Slice(["a"])
SpanEvent #0
    Name           : gen_ai.user.message
    Timestamp      : 2026-09-29T16:40:00.000000007Z
Attributes:
     -> content: Str([6 bytes])
SpanLink #0
    Trace ID       : ${'d'.repeat(32)}
    ID             : ${'e'.repeat(16)}`,
    );
  });
});

describe('prompts and answers', () => {
  for (const verbosity of ['basic', 'normal', 'detailed']) {
    it(`are not in the log at verbosity ${verbosity}`, async () => {
      const lines = await shown(`verbosity: ${verbosity}`, [ONE, ...SAMPLES.filter(({ body }) => body.length > 2).map(batchIn)]);
      assert.doesNotMatch(JSON.stringify(lines), /canary|\[synthetic/);
    });
  }

  it('are, if they are asked for', async () => {
    const [{ text }] = await shown('verbosity: detailed\nshow_content: true');
    assert.equal(text.match(/Str\(canary\)/g).length, 2);
  });
});

describe('text from outside', () => {
  it('cannot move the cursor of a terminal', async () => {
    const evil = batch(envelope([span({ 'k\u001b[2J': 'v\u0007\u202e' }, { name: 'n\u001b]0;t' })]));
    for (const verbosity of ['normal', 'detailed']) {
      const [{ text }] = await shown(`verbosity: ${verbosity}`, [evil]);
      assert.ok(text.includes('n]0;t') && text.includes('k[2J'));
      for (const control of ['\u001b', '\u0007', '\u202e']) assert.ok(!text.includes(control));
    }
  });
});

describe('sampling', () => {
  const all = Array.from({ length: 12 }, () => ONE);
  const cases = [
    ['shows everything unless told otherwise', '{}', 12],
    ['shows the first ones of a second and then every nth', 'sampling_initial: 2\nsampling_thereafter: 5', 4],
    ['shows none but the first ones', 'sampling_initial: 3\nsampling_thereafter: 0', 3],
    ['shows nothing', 'sampling_initial: 0\nsampling_thereafter: 0', 0],
  ] as const;
  for (const [sentence, yaml, expected] of cases) {
    it(sentence, async () => assert.equal((await shown(yaml, all)).length, expected));
  }

  it('begins anew every second, also when the clock is set back', async () => {
    const yaml = 'sampling_initial: 1\nsampling_thereafter: 0';
    assert.equal((await shown(yaml, all, [0, 1, 999, 1000, 1001, 5000, 5001])).length, 4);
  });
});

describe('the log', () => {
  it('holds the text below its line on a console, and nothing of it above level info', async () => {
    for (const [level, expected] of [
      ['info', 'traces  component=exporter/debug  resource_spans=3  spans=3\nResourceTraces #0'],
      ['warn', ''],
    ] as const) {
      const lines: string[] = [];
      const settings = { level, encoding: 'console', initialFields: {}, write: (line: string) => lines.push(line) } as const;
      const logger = createLogger({ ...settings, now: () => 0 }).forComponent('exporter/debug');
      const context = { ...new Observer().context('exporter/debug'), logger };
      const exporter = debugExporter.create(configOf(debugExporter.config, 'verbosity: normal'), context);
      await exporter.attempt(batchIn({ body: sample('S02') }), AbortSignal.timeout(1000));
      assert.ok(lines.join('\n').includes(expected));
      assert.equal(lines.length, expected === '' ? 0 : 1);
    }
  });
});

function batchIn({ body }: Readonly<{ body: Uint8Array }>): Batch {
  return decodeTracesJson(body).batch;
}

/** Measures the OTLP/protobuf codec beside JSON.parse of the same content: run with `node bench/protobuf.ts`. */
import type { AnyValue, KeyValue, ResourceSpans } from '../src/data/batch.ts';
import { decodeTracesJson } from '../src/otlp/json.ts';
import { decodeTracesProtobuf } from '../src/otlp/protobuf/decode.ts';
import { encodeTracesProtobuf } from '../src/otlp/protobuf/encode.ts';

const ROUNDS = 15;
const ROUND_MS = 60;

const ATTRIBUTES: Readonly<Record<string, AnyValue>> = {
  'trace.name': { stringValue: 'OpenRouter Request' },
  'span.type': { stringValue: 'generation' },
  'gen_ai.operation.name': { stringValue: 'chat' },
  'gen_ai.system': { stringValue: 'anthropic' },
  'gen_ai.provider.name': { stringValue: 'anthropic' },
  'gen_ai.request.model': { stringValue: 'anthropic/claude-haiku-4.5' },
  'gen_ai.response.model': { stringValue: 'anthropic/claude-haiku-4.5' },
  'gen_ai.usage.input_tokens': { intValue: 50_000 },
  'gen_ai.usage.output_tokens': { intValue: 364 },
  'gen_ai.usage.total_tokens': { intValue: 50_364 },
  'gen_ai.usage.input_cost': { doubleValue: 0.006805 },
  'gen_ai.usage.output_cost': { doubleValue: 0.00182 },
  'gen_ai.usage.total_cost': { doubleValue: 0.008625 },
};

function resourcesOf(spanCount: number, prompt: string): readonly ResourceSpans[] {
  const spans = Array.from({ length: spanCount }, (_, index) => {
    const id = (index + 1).toString(16).padStart(16, 'a');
    const own: KeyValue[] = Object.entries(ATTRIBUTES).map(([key, value]) => ({ key, value }));
    own.push({ key: 'gen_ai.response.id', value: { stringValue: `gen-1790700020-${id}` } });
    if (prompt !== '') own.push({ key: 'gen_ai.prompt', value: { stringValue: prompt } });
    return {
      traceId: id + id,
      spanId: id,
      name: 'LLM Generation',
      kind: 3,
      startTimeUnixNano: '1790700020000000000',
      endTimeUnixNano: '1790700025100000000',
      attributes: own,
      status: { code: 1 },
    };
  });
  return [{ scopeSpans: [{ scope: { name: 'openrouter' }, spans }] }];
}

/** Of the fastest round: the others had company. */
function microseconds(run: () => unknown): string {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    let runs = 0;
    for (; performance.now() - startMs < ROUND_MS; runs++) run();
    best = Math.min(best, ((performance.now() - startMs) * 1000) / runs);
  }
  return best.toFixed(1).padStart(9);
}

const ASCII = 'The quick brown fox jumps over the lazy dog. ';
const MIXED = 'The quick brown fox – “jumps” – over the lazy dog. ';

const CASES: readonly (readonly [name: string, resources: readonly ResourceSpans[]])[] = [
  ['1 span of 14 attributes', resourcesOf(1, '')],
  ['100 spans of 14 attributes', resourcesOf(100, '')],
  ['1 span, prompt of 8 KB', resourcesOf(1, ASCII.repeat(8192 / ASCII.length))],
  ['1 span, prompt of 56 KB', resourcesOf(1, ASCII.repeat(57_344 / ASCII.length))],
  ['1 span, prompt of 56 KB, not ASCII', resourcesOf(1, MIXED.repeat(57_344 / Buffer.byteLength(MIXED)))],
];

console.log('µs per body'.padEnd(36), ' protobuf:  bytes   decode   encode   JSON:   bytes    parse   decode');
for (const [name, resources] of CASES) {
  const { bytes } = encodeTracesProtobuf({ signal: 'traces', resources });
  const text = JSON.stringify({ resourceSpans: resources });
  const json = Buffer.from(text);
  console.log(
    name.padEnd(36),
    String(bytes.length).padStart(17),
    microseconds(() => decodeTracesProtobuf(bytes)),
    microseconds(() => encodeTracesProtobuf({ signal: 'traces', resources })),
    String(json.length).padStart(15),
    microseconds(() => JSON.parse(text)),
    microseconds(() => decodeTracesJson(json)),
  );
}

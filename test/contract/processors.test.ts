/** What every processor must hold; a new one gets these unasked. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { COMPONENTS } from '../../src/components.ts';
import type { Batch, Signal } from '../../src/data/batch.ts';
import { decodeTraces, encodeTraces } from '../../src/otlp/codec.ts';
import { canarySpan, canaryValues } from '../helpers/content.ts';
import { deepFreeze } from '../helpers/deep-freeze.ts';
import { batchWith, processorFrom } from '../helpers/processing.ts';
import { SAMPLES } from '../helpers/samples.ts';

const BATCHES: readonly Readonly<{ name: string; batch: Batch }>[] = [
  ...SAMPLES.flatMap(({ name, body }) => {
    const { batch } = decodeTraces({ encoding: 'json', bytes: body });
    const protobuf = decodeTraces(encodeTraces(batch, 'protobuf')).batch;
    return [
      { name, batch: deepFreeze(batch) },
      { name: `${name} as protobuf`, batch: deepFreeze(protobuf) },
    ];
  }),
  ...canaryValues().map((value, index) => ({ name: `content ${index}`, batch: batchWith([canarySpan(value)]) })),
  { name: 'spans without anything', batch: batchWith([{}, { attributes: [], events: [], links: [] }]) },
  { name: 'no spans', batch: batchWith([]) },
  { name: 'no scopes', batch: deepFreeze({ signal: 'traces', resources: [{}] }) },
  { name: 'nothing', batch: deepFreeze({ signal: 'traces', resources: [] }) },
];

for (const definition of COMPONENTS) {
  if (definition.kind !== 'processor') continue;

  describe(`processor ${definition.type}`, () => {
    const create = () => processorFrom(definition, definition.example);

    it('leaves what it is given as it is, and makes the same of the same, whenever and whichever instance', () => {
      const processor = create();
      for (const { name, batch } of BATCHES) {
        const first = processor(batch);
        assert.deepEqual(processor(batch), first, name);
        assert.deepEqual(create()(batch), first, name);
      }
    });

    it('gives the same object back when it changes nothing and may, else one without the bytes that came', () => {
      const processor = create();
      for (const { name, batch } of BATCHES) {
        const processed = processor(batch);
        assert.ok(definition.rewrites === undefined || processed !== batch, `${name} has its bytes`);
        if (processed === batch || processed === undefined) continue;
        assert.equal(processed.encoded, undefined, name);
        if (definition.rewrites) continue;
        assert.ok(!isDeepStrictEqual(processed.resources, batch.resources), `${name} is rebuilt for nothing`);
      }
    });

    it('passes on signals that it does not carry', () => {
      const others: readonly Signal[] = ['traces', 'metrics', 'logs'];
      for (const signal of others.filter((signal) => !definition.signals.includes(signal))) {
        const batch = deepFreeze({ signal, resources: [{ any: 1 }] }) as Batch;
        assert.equal(create()(batch), batch);
      }
    });
  });
}

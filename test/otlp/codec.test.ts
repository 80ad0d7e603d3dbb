import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IntakeError } from '../../src/component/errors.ts';
import type { Encoding } from '../../src/data/batch.ts';
import { filterSpans } from '../../src/data/spans.ts';
import { batchOf, decodeTraces, encodeTraces, forgetSpans } from '../../src/otlp/codec.ts';
import { deepFreeze } from '../helpers/deep-freeze.ts';
import { canonical } from '../helpers/otlp-protobuf-oracle.ts';
import { protobufOf } from '../helpers/protobuf.ts';
import { SAMPLES, sample } from '../helpers/samples.ts';

const ENCODINGS = ['json', 'protobuf'] as const;
const bodyOf = (name: string, encoding: Encoding) => (encoding === 'json' ? sample(name) : protobufOf(sample(name)));

for (const encoding of ENCODINGS) {
  describe(`a request in ${encoding}`, () => {
    it('keeps the bytes it came in', () => {
      for (const { name } of SAMPLES) {
        const bytes = bodyOf(name, encoding);
        const { batch } = decodeTraces({ encoding, bytes });
        assert.equal(encodeTraces(batch), batch.encoded);
        assert.equal(batch.encoded?.bytes, bytes);
      }
    });

    it('stays in that encoding when some of its spans are gone', () => {
      const { batch } = decodeTraces({ encoding, bytes: bodyOf('S02', encoding) });
      const rest = filterSpans(batch, ({ name }) => name !== 'generation') ?? assert.fail();
      const encoded = encodeTraces(deepFreeze(rest));
      assert.deepEqual([encoded.encoding, encoded.mergeable], [encoding, true]);
      const again = decodeTraces(encoded).batch.resources;
      assert.deepEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(rest.resources)));
    });

    it('is decoded when somebody looks into it, once', () => {
      const encoded = { encoding, bytes: bodyOf('S01', encoding), mergeable: true };
      const batch = batchOf(encoded);
      assert.equal(encodeTraces(batch), encoded);
      assert.deepEqual(canonical(batch.resources), canonical(decodeTraces(encoded).batch.resources));
      assert.equal(batch.resources, batch.resources);
    });

    it('forgets its spans, and has them again for whoever looks', () => {
      const { batch } = decodeTraces({ encoding, bytes: bodyOf('S02', encoding) });
      const { resources } = batch;
      forgetSpans(batch);
      assert.notEqual(batch.resources, resources);
      assert.deepEqual(canonical(batch.resources), canonical(resources));
    });

    it('does not forget what its bytes do not say', () => {
      const { batch } = decodeTraces({ encoding, bytes: bodyOf('S02', encoding) });
      const rest = filterSpans(batch, ({ name }) => name !== 'generation') ?? assert.fail();
      const { resources } = rest;
      forgetSpans(rest);
      assert.equal(rest.resources, resources);
    });

    it('is not decoded before', () => {
      const batch = batchOf({ encoding, bytes: Buffer.from('broken'), mergeable: false });
      assert.throws(() => batch.resources, IntakeError);
    });

    for (const other of ENCODINGS.filter((one) => one !== encoding)) {
      it(`says the same in ${other} where that is asked for`, () => {
        for (const { name } of SAMPLES) {
          const { batch } = decodeTraces({ encoding, bytes: bodyOf(name, encoding) });
          const encoded = encodeTraces(deepFreeze(batch), other);
          assert.equal(encoded.encoding, other);
          assert.deepEqual(canonical(decodeTraces(encoded).batch.resources), canonical(batch.resources), name);
        }
      });
    }
  });
}

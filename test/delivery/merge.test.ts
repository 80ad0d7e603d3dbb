import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { batchOf, divisible, encodedOf, type Parcel, parcelsOf, takeApart } from '../../src/delivery/merge.ts';
import type { JournalRecord } from '../../src/journal/contract.ts';
import { bodyOf, bodyOfOneResource, spanId } from '../helpers/delivery-rig.ts';
import { spanIdsIn } from '../helpers/destination.ts';
import { protobufOf } from '../helpers/protobuf.ts';
import { SAMPLES } from '../helpers/samples.ts';

const ROOMY = { bytes: 4_194_304, spans: 8192 };

function recordOf(body: string | Uint8Array, change: Partial<JournalRecord> = {}): JournalRecord {
  const bytes = Buffer.from(body);
  return {
    seq: 1,
    timeMs: 0,
    signal: 'traces',
    encoding: 'json',
    mergeable: true,
    spans: spanIdsIn(bytes).length,
    bytes,
    ...change,
  };
}

function lone(body: string | Uint8Array, change: Partial<JournalRecord> = {}): Parcel {
  return parcelsOf([recordOf(body, change)], ROOMY)[0]!;
}

const idsIn = (parcel: Parcel) => spanIdsIn(encodedOf(parcel).bytes).map((id) => Number.parseInt(id, 16));

describe('parcels of journal records', () => {
  it('hold the very bytes of a lone record', () => {
    for (const { body } of SAMPLES) {
      const [parcel] = parcelsOf([recordOf(body, { bytes: body, mergeable: false })], ROOMY);
      assert.equal(encodedOf(parcel!).bytes, body);
    }
  });

  it('join what is mergeable, byte for byte per entry, in order', () => {
    const [parcel, ...others] = parcelsOf([recordOf(bodyOf(1, 2)), recordOf(bodyOf(3)), recordOf(bodyOf(4))], ROOMY);
    assert.equal(others.length, 0);
    assert.equal(Buffer.from(encodedOf(parcel!).bytes).toString(), bodyOf(1, 2, 3, 4));
    assert.equal(parcel!.spans, 4);
  });

  const apart = [
    { why: 'one cannot be merged', change: { mergeable: false } },
    { why: 'encodings differ', change: { encoding: 'protobuf' as const } },
    { why: 'signals differ', change: { signal: 'logs' as const } },
  ];
  for (const { why, change } of apart) {
    it(`stay apart where ${why}`, () => {
      assert.equal(parcelsOf([recordOf(bodyOf(1)), recordOf(bodyOf(2), change), recordOf(bodyOf(3))], ROOMY).length, 3);
    });
  }

  it('end where the limit of spans or bytes is', () => {
    const records = [1, 2, 3, 4, 5].map((id) => recordOf(bodyOf(id)));
    const size = records[0]!.bytes.length;
    assert.deepEqual(
      parcelsOf(records, { bytes: Infinity, spans: 2 }).map(({ spans }) => spans),
      [2, 2, 1],
    );
    assert.deepEqual(
      parcelsOf(records, { bytes: size * 3, spans: Infinity }).map(({ spans }) => spans),
      [3, 2],
    );
  });

  it('give a record beyond the limit a parcel of its own', () => {
    const records = [recordOf(bodyOf(1)), recordOf(bodyOf(2, 3, 4)), recordOf(bodyOf(5))];
    assert.deepEqual(
      parcelsOf(records, { bytes: Infinity, spans: 2 }).map(({ spans }) => spans),
      [1, 3, 1],
    );
  });

  it('are decoded when somebody looks', () => {
    const batch = batchOf(lone(bodyOf(7)));
    assert.equal(batch.signal, 'traces');
    assert.equal(batch.resources.length, 1);
  });
});

describe('taking a refused request apart', () => {
  it('gives a few records a request each', () => {
    const [parcel] = parcelsOf([recordOf(bodyOf(1, 2)), recordOf(bodyOf(3)), recordOf(bodyOf(4))], ROOMY);
    assert.deepEqual(takeApart(parcel!).map(idsIn), [[1, 2], [3], [4]]);
  });

  it('halves many records', () => {
    const [parcel] = parcelsOf(
      [1, 2, 3, 4, 5].map((id) => recordOf(bodyOf(id))),
      ROOMY,
    );
    assert.deepEqual(takeApart(parcel!).map(idsIn), [
      [1, 2, 3],
      [4, 5],
    ]);
  });

  for (const [form, body] of [
    ['entries', bodyOf(1, 2, 3)],
    ['one entry', bodyOfOneResource(1, 2, 3)],
  ] as const) {
    it(`halves the spans of a lone record in ${form}, and nothing gets lost`, () => {
      const parts = takeApart(lone(body));
      assert.deepEqual(parts.map(idsIn), [[1, 2], [3]]);
      assert.deepEqual(
        parts.map(({ spans }) => spans),
        [2, 1],
      );
    });
  }

  it('halves the spans of a lone protobuf record, and they stay protobuf', () => {
    const parts = takeApart(lone(protobufOf(bodyOfOneResource(1, 2, 3)), { encoding: 'protobuf', spans: 3 }));
    assert.deepEqual(
      parts.map(({ spans }) => spans),
      [2, 1],
    );
    const [first = assert.fail(), second = assert.fail()] = parts.map(encodedOf);
    assert.deepEqual([first.encoding, second.encoding], ['protobuf', 'protobuf']);
    assert.deepEqual(first.bytes, new Uint8Array(protobufOf(bodyOfOneResource(1, 2))));
    assert.deepEqual(second.bytes, new Uint8Array(protobufOf(bodyOfOneResource(3))));
  });

  it('keeps everything that a span has, unknown fields too', () => {
    const span = { traceId: 'a'.repeat(32), spanId: spanId(1), future: { deep: [1] }, startTimeUnixNano: '1783445700018000000' };
    const other = { ...span, spanId: spanId(2) };
    const body = JSON.stringify({
      resourceSpans: [{ resource: { x: 1 }, schemaUrl: 's', scopeSpans: [{ scope: { name: 'n' }, spans: [span, other] }] }],
    });
    const [first] = takeApart(lone(body));
    const expected = {
      resourceSpans: [{ resource: { x: 1 }, schemaUrl: 's', scopeSpans: [{ scope: { name: 'n' }, spans: [span] }] }],
    };
    assert.deepEqual(JSON.parse(Buffer.from(encodedOf(first!).bytes).toString()), expected);
  });

  for (const encoding of ['json', 'protobuf'] as const) {
    it(`ends at a lone span in ${encoding}`, () => assert.equal(divisible(lone(bodyOf(1), { encoding })), false));
  }

  it('isolates one bad record among a thousand in 20 requests', () => {
    const records = Array.from({ length: 1000 }, (_, index) => recordOf(bodyOf(index + 1)));
    for (const bad of [1, 500, 777, 1000]) {
      let tries = 0;
      const send = (parcel: Parcel): void => {
        tries += 1;
        if (idsIn(parcel).includes(bad) && parcel.spans > 1) takeApart(parcel).forEach(send);
      };
      takeApart(parcelsOf(records, ROOMY)[0]!).forEach(send);
      assert.ok(tries <= 20, `${tries} for ${bad}`);
    }
  });
});

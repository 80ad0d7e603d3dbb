import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResourceSpans } from '../../src/data/batch.ts';
import { decodeTraces, encodeTraces } from '../../src/otlp/codec.ts';
import { knownFields } from '../../src/otlp/known-fields.ts';
import { SAMPLES } from '../helpers/samples.ts';

const VALUES = [
  { stringValue: 'a' },
  { boolValue: false },
  { intValue: '12' },
  { doubleValue: 0.5 },
  { doubleValue: 'NaN' },
  { bytesValue: 'AQI=' },
  { arrayValue: { values: [{ stringValue: 'b' }, {}] } },
  { kvlistValue: { values: [{ key: 'c', value: { intValue: 1 } }, { key: 'd' }] } },
  {},
];
const OWNER = { attributes: VALUES.map((value, index) => ({ key: `k${index}`, value })), droppedAttributesCount: 1 };

/** Every field of every message. */
const ALL = {
  resource: {
    ...OWNER,
    entityRefs: [{ schemaUrl: 'u', type: 't', idKeys: ['i'], descriptionKeys: ['d'] }],
  },
  schemaUrl: 'u',
  scopeSpans: [
    {
      scope: { name: 'n', version: '1', ...OWNER },
      schemaUrl: 'u',
      spans: [
        {
          traceId: '5b8efff798038103d269b633813fc60c',
          spanId: 'eee19b7ec3c1b174',
          traceState: 'a=b',
          parentSpanId: 'eee19b7ec3c1b173',
          name: 's',
          kind: 3,
          startTimeUnixNano: '1',
          endTimeUnixNano: '2',
          ...OWNER,
          events: [{ timeUnixNano: '1', name: 'e', ...OWNER }],
          droppedEventsCount: 2,
          links: [{ traceId: 'aa', spanId: 'bb', traceState: 'c=d', ...OWNER, flags: 1 }],
          droppedLinksCount: 3,
          status: { message: 'm', code: 2 },
          flags: 257,
        },
      ],
    },
  ],
};

describe('what OTLP knows', () => {
  it('stays, field for field', () => assert.deepEqual(knownFields([ALL]), [ALL]));

  it('is what protobuf has', () => {
    const { bytes } = encodeTraces({ signal: 'traces', resources: [ALL] }, 'protobuf');
    const { resources } = decodeTraces({ encoding: 'protobuf', bytes }).batch;
    assert.deepEqual(knownFields(resources), structuredClone(resources));
    assert.equal(JSON.stringify(resources).match(/"\w+":/g)?.length, JSON.stringify(ALL).match(/"\w+":/g)?.length);
  });

  it('is all that the samples have', () => {
    for (const { body } of SAMPLES) {
      const { resources } = decodeTraces({ encoding: 'json', bytes: body }).batch;
      assert.deepEqual(knownFields(resources), resources);
    }
  });

  it('is nothing else, and no field in another type', () => {
    const odd = { ...ALL, more: 1, scopeSpans: [{ more: 1, spans: [{ name: 's', more: [1], droppedLinksCount: 'text' }] }] };
    const resources: readonly ResourceSpans[] = [odd];
    assert.deepEqual(knownFields(resources), [{ ...ALL, scopeSpans: [{ spans: [{ name: 's' }] }] }]);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decodeExportResponse,
  decodeRpcStatus,
  encodeExportResponse,
  encodeRpcStatus,
  type RpcStatus,
} from '../../../src/otlp/protobuf/answer.ts';
import { decodeByOracle, encodeByOracle } from '../../helpers/otlp-protobuf-oracle.ts';
import { concat, message, number, text } from '../../helpers/protobuf-bytes.ts';

const BROKEN: readonly [name: string, bytes: Uint8Array][] = [
  ['HTML', Buffer.from('<html><body>502 Bad Gateway</body></html>')],
  ['JSON', Buffer.from('{"partialSuccess":{}}')],
  ['a cut message', message(1, text(2, 'too many')).subarray(0, -1)],
  ['a reason that is not UTF-8', concat(message(1, message(2, [0xff])), message(2, [0xff]))],
];

describe('the answer to an export request', () => {
  const cases: [name: string, rejected: number, reason: string, json: object][] = [
    ['a partial success', 3, 'odd', { partialSuccess: { rejectedSpans: '3', errorMessage: 'odd' } }],
    ['a warning', 0, 'slow down', { partialSuccess: { errorMessage: 'slow down' } }],
    ['a count without a reason', 2, '', { partialSuccess: { rejectedSpans: '2' } }],
    ['full success', 0, '', {}],
  ];
  for (const [name, rejected, reason, json] of cases) {
    it(`is said and understood: ${name}`, () => {
      const bytes = encodeExportResponse({ rejected, reason });
      assert.deepEqual(decodeByOracle('ExportTraceServiceResponse', bytes), json);
      assert.deepEqual(decodeExportResponse(bytes), { rejected, reason });
    });
  }

  it('is no byte where all was taken', () => assert.equal(encodeExportResponse({ rejected: 0, reason: '' }).length, 0));

  it('may name an empty partial success', () => {
    assert.deepEqual(decodeExportResponse(message(1)), { rejected: 0, reason: '' });
  });

  for (const [name, bytes] of BROKEN) {
    it(`is nothing that can be understood: ${name}`, () => assert.equal(decodeExportResponse(bytes), undefined));
  }
});

describe('the status of a refusal', () => {
  const violations = { fieldViolations: [{ field: 'body', description: 'it is odd' }] };
  const detail = (type: string, name: string, json: object) => ({
    typeUrl: `type.googleapis.com/google.rpc.${type}`,
    value: Buffer.from(encodeByOracle(name, json)).toString('base64'),
  });
  const cases: [name: string, status: RpcStatus, json: object][] = [
    ['a code and a message', { code: 16, message: 'who are you' }, { code: 16, message: 'who are you' }],
    [
      'what is wrong with the body',
      { code: 3, message: 'bad', badRequest: 'it is odd' },
      { code: 3, message: 'bad', details: [detail('BadRequest', 'BadRequest', violations)] },
    ],
    [
      'when to try again',
      { code: 14, message: 'full', retryAfterMs: 2500 },
      {
        code: 14,
        message: 'full',
        details: [detail('RetryInfo', 'RetryInfo', { retryDelay: { seconds: '2', nanos: 500_000_000 } })],
      },
    ],
    [
      'to try again at once',
      { code: 14, message: '', retryAfterMs: 0 },
      { code: 14, details: [detail('RetryInfo', 'RetryInfo', { retryDelay: {} })] },
    ],
  ];
  for (const [name, status, json] of cases) {
    it(`is said and understood: ${name}`, () => {
      const bytes = encodeRpcStatus(status);
      assert.deepEqual(decodeByOracle('RpcStatus', bytes), json);
      assert.deepEqual(decodeRpcStatus(bytes), { badRequest: undefined, retryAfterMs: undefined, ...status });
    });
  }

  it('keeps its code and message where a detail is unknown or broken', () => {
    const unknown = message(3, text(1, 'type.googleapis.com/google.rpc.Help'), message(2, [1, 2, 3]));
    const broken = message(3, text(1, 'type.googleapis.com/google.rpc.RetryInfo'), message(2, [0xff]));
    const status = concat(number(1, 8), text(2, 'too much'), unknown, broken);
    assert.deepEqual(decodeRpcStatus(status), { code: 8, message: 'too much', badRequest: undefined, retryAfterMs: undefined });
  });

  it('may have a code below zero', () => assert.equal(decodeRpcStatus(number(1, -1))?.code, -1));

  for (const [name, bytes] of BROKEN) {
    it(`is nothing that can be understood: ${name}`, () => assert.equal(decodeRpcStatus(bytes), undefined));
  }
});

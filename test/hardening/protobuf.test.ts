/** Protobuf that is damaged, or that only an attacker writes, against the whole daemon. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { send } from '../helpers/http.ts';
import { PROTOBUF_TYPE, protobufOf } from '../helpers/protobuf.ts';
import { concat, group, message, number, requestOf, requestOfValue, tag, text, varint } from '../helpers/protobuf-bytes.ts';
import { SAMPLES } from '../helpers/samples.ts';
import { CANARY, requestOf as jsonRequestOf, modelCall, Target } from './target.ts';

let target: Target;
before(async () => {
  target = await Target.start();
});

const status = async (body: Uint8Array) => (await send(target.url, body, { headers: PROTOBUF_TYPE })).status;

/** A value in a list in a list, and so on. */
function nestedValue(depth: number): Buffer {
  let value = text(1, CANARY);
  for (let level = 0; level < depth; level += 1) value = message(5, message(1, value));
  return value;
}

const MIB = 1_048_576;
/** As many of these bytes as are within the limit, as the content of one span. */
const many = (bytes: readonly number[]) =>
  requestOf(Buffer.alloc(Math.floor((19 * MIB) / bytes.length) * bytes.length, Buffer.from(bytes)));

describe('a protobuf body', () => {
  const rows: readonly (readonly [what: string, status: number, body: () => Uint8Array])[] = [
    ['that is empty', 200, () => Buffer.alloc(0)],
    ['that is JSON', 400, () => Buffer.from(jsonRequestOf({ name: CANARY }))],
    ['that is text', 400, () => Buffer.from(CANARY)],
    ['with field number 0', 400, () => requestOf(text(5, CANARY), [0, 0])],
    [
      'with a varint of eleven bytes',
      400,
      () =>
        requestOf(
          tag(6, 0),
          Array.from({ length: 11 }, () => 0xff),
        ),
    ],
    ['with a length beyond its end', 400, () => concat(tag(1, 2), varint(99), text(5, CANARY))],
    ['with a length of 4 GiB', 400, () => concat(tag(1, 2), varint(2 ** 32 - 1))],
    ['with a length of 2^63', 400, () => concat(tag(1, 2), varint(2n ** 63n))],
    ['with a text that is not UTF-8', 400, () => requestOf(message(5, [0xff, 0xfe]))],
    ['with wire type 6', 400, () => requestOf(tag(99, 6), [0])],
    ['with wire type 7', 400, () => requestOf(tag(99, 7), [0])],
    ['with a group without an end', 400, () => requestOf(tag(99, 3), text(5, CANARY))],
    ['with an end without a group', 400, () => requestOf(tag(99, 4))],
    ['with groups nested 10,000 deep', 400, () => requestOf(...Array.from({ length: 10_000 }, () => tag(99, 3)))],
    [
      'with unknown fields of every wire type',
      200,
      () =>
        requestOf(
          number(99, 1),
          concat(tag(98, 1), Buffer.alloc(8)),
          text(97, CANARY),
          group(96, number(1, 1)),
          concat(tag(95, 5), Buffer.alloc(4)),
        ),
    ],
    ['with known fields of other wire types', 200, () => requestOf(number(1, 1), number(5, 2), text(7, CANARY), number(9, 3))],
    ['with a name that comes twice', 200, () => requestOf(text(5, 'first'), text(5, CANARY))],
    ['with a value nested 200 deep', 200, () => requestOfValue(nestedValue(200))],
    ['with a value nested 5,000 deep', 200, () => requestOfValue(nestedValue(5_000))],
    [
      'with ids of every wrong length',
      200,
      () =>
        concat(
          ...[1, 15, 17, 200].map((length) =>
            requestOf(message(1, Buffer.alloc(length, 7)), message(2, Buffer.alloc(length, 7))),
          ),
        ),
    ],
    ['of ten million empty entries', 413, () => Buffer.alloc(19 * MIB, Buffer.from([0x0a, 0x00]))],
    ['of ten million empty spans', 413, () => message(1, message(2, Buffer.alloc(19 * MIB, Buffer.from([0x12, 0x00]))))],
    ['of ten million empty attributes', 413, () => many([0x4a, 0x00])],
    ['of ten million empty events', 413, () => many([0x5a, 0x00])],
    ['of ten million empty links', 413, () => many([0x6a, 0x00])],
    ['of ten million unknown fields', 200, () => many([0x98, 0x06, 0x00])],
  ];
  for (const [what, expected, body] of rows) {
    it(`${what} is answered ${expected}`, async () => {
      assert.equal(await status(body()), expected);
      await target.assertWell();
    });
  }

  it('that is cut at any byte is answered 400, and leaves nothing', async () => {
    const golden = protobufOf(jsonRequestOf(modelCall({ [CANARY]: 'ä€😀', n: { intValue: '7' } }, { status: { code: 2 } })));
    const cuts = Array.from({ length: golden.length - 1 }, (_, at) => golden.subarray(0, at + 1));
    const statuses = await Promise.all(cuts.map(status));
    assert.deepEqual(new Set(statuses), new Set([400]));
    await target.assertWell();
  });

  it('of OpenRouter with one bit turned over is taken or refused, and harms nothing', async () => {
    const answers = new Map<number, number>();
    for (const { body: json } of SAMPLES) {
      const body = protobufOf(json);
      for (let at = 0; at < body.length; at += 97) {
        const damaged = Buffer.from(body);
        damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (at % 8)), at);
        const answer = await status(damaged);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
    }
    assert.deepEqual([...answers.keys()].sort(), [200, 400]);
    await target.assertWell();
  });
});

describe('after all of that the daemon', () => {
  it('has given the memory back, and ends cleanly', async () => {
    const { nowMib, peakMib } = target.memory();
    assert.ok(nowMib < 700, `${nowMib} MiB, ${peakMib} at most`);
    await target.stop();
  });
});

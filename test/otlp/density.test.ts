import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Encoding } from '../../src/data/batch.ts';
import { batchOf, decodeTraces } from '../../src/otlp/codec.ts';
import { checkJsonObjects, checkSpanDensity, objectsAllowed } from '../../src/otlp/density.ts';
import { joinEncoded } from '../../src/otlp/merge.ts';
import { protobufOf } from '../helpers/protobuf.ts';
import { SAMPLES } from '../helpers/samples.ts';

const MIB = 1_048_576;
const TOO_DENSE = { code: 'too_large', message: 'cannot take the body: it holds too many objects for its size' };
const check = (text: string) => checkJsonObjects(Buffer.from(text), objectsAllowed(Buffer.byteLength(text)));
const decode = (encoding: Encoding, bytes: Uint8Array) => decodeTraces({ encoding, bytes }, objectsAllowed(bytes.length));

describe('a JSON body', () => {
  for (const [what, text] of [
    ['of empty objects', `[${'{},'.repeat(500_000)}{}]`],
    ['of lists in lists', '['.repeat(MIB)],
    ['of objects behind a text with an escaped quote', `["\\"",${'{},'.repeat(500_000)}{}]`],
    ['of objects behind a text that ends in a backslash', `["\\\\",${'{},'.repeat(500_000)}{}]`],
  ] as const) {
    it(`${what} is too dense`, () => assert.throws(() => check(text), TOO_DENSE));
  }

  for (const [what, text] of [
    ['that is small, whatever it is', '{'.repeat(100_000)],
    ['whose brackets are in a prompt', JSON.stringify({ prompt: '{}[]'.repeat(MIB) })],
    ['whose brackets are in a prompt, behind quotes and backslashes', JSON.stringify({ prompt: '"{\\"['.repeat(MIB) })],
    ['of many small attributes', `[${'{"key":"a","value":{"intValue":1}},'.repeat(300_000)}{}]`],
    ['of numbers', `[${'0,'.repeat(MIB)}0]`],
  ] as const) {
    it(`${what} is not`, () => check(text));
  }
});

describe('a request of OpenRouter', () => {
  it('is never too dense, a thousand at once neither', () => {
    const entries = SAMPLES.flatMap(({ body }) => JSON.parse(body.toString()).resourceSpans ?? []);
    const json = Buffer.from(JSON.stringify({ resourceSpans: Array.from({ length: 100 }, () => entries).flat() }));
    assert.ok(json.length > 5 * MIB, `${json.length} bytes`);
    assert.equal(decode('json', json).receipt.rejected, 0);
    assert.equal(decode('protobuf', protobufOf(json)).receipt.rejected, 0);
  });
});

describe('a protobuf body', () => {
  it('of empty messages is too dense, and 20 MiB of them fit in some KB', () => {
    const bytes = Buffer.alloc(20 * MIB, Buffer.from([0x0a, 0x00]));
    assert.ok(gzipSync(bytes).length < 32_768);
    assert.throws(() => decode('protobuf', bytes), TOO_DENSE);
  });

  it('of less than a hundred thousand of them is not', () => {
    const bytes = Buffer.alloc(200_000, Buffer.from([0x0a, 0x00]));
    assert.equal(decode('protobuf', bytes).batch.resources.length, 100_000);
  });
});

describe('bodies that were taken', () => {
  it('are read again whatever they hold together', () => {
    const body = Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[${'{},'.repeat(80_000)}{}]}]}]}]}`);
    const protobuf = Buffer.alloc(200_000, Buffer.from([0x0a, 0x00]));
    for (const [encoding, bytes] of [
      ['json', body],
      ['protobuf', protobuf],
    ] as const) {
      const { encoded } = decode(encoding, bytes).batch;
      assert.ok(encoded);
      const joined = joinEncoded([encoded, encoded, encoded]);
      assert.throws(() => decode(encoding, joined.bytes), TOO_DENSE);
      assert.ok(batchOf(joined).resources.length >= 3);
    }
  });
});

describe('spans', () => {
  it('may be few and empty, or many and as large as any is', () => {
    checkSpanDensity(10_000, 0);
    checkSpanDensity(200_000, 20 * MIB);
    assert.throws(() => checkSpanDensity(10_001, 0), TOO_DENSE);
    assert.throws(() => checkSpanDensity(600_000, 20 * MIB), TOO_DENSE);
  });
});

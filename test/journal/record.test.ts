/** What is no record must never pass for one. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decodeHeader, encodeRecord, RECORD_TYPE } from '../../src/journal/record.ts';

const HEADER = { type: RECORD_TYPE.batch, flags: 0, seq: 1, synced: 0, timeMs: 1 };

it('a record has a payload', () => {
  assert.equal(decodeHeader(encodeRecord(HEADER, [Buffer.from('x')], 7), 0, 7)?.payloadBytes, 1);
  assert.equal(decodeHeader(encodeRecord(HEADER, [], 7), 0, 7), undefined);
});

it('a header of another journal, or one with any bit changed, is none', () => {
  const bytes = encodeRecord(HEADER, [Buffer.from('x')], 7);
  assert.equal(decodeHeader(bytes, 0, 8), undefined);
  for (let bit = 0; bit < 36 * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(decodeHeader(changed, 0, 7), undefined, `bit ${bit}`);
  }
});

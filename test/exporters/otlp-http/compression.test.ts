import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { compress } from '../../../src/exporters/otlp-http/compression.ts';
import { SAMPLES } from '../../helpers/samples.ts';

const DECODERS = { gzip: gunzipSync, zlib: inflateSync, deflate: inflateSync, zstd: zstdDecompressSync } as const;
const CODINGS = ['gzip', 'zlib', 'deflate', 'zstd'] as const;
const text = Buffer.concat(SAMPLES.map(({ body }) => body));
const times = (count: number) => Buffer.concat(Array.from({ length: count }, () => text));

const pieces: readonly (readonly [name: string, pieces: readonly Uint8Array[]])[] = [
  ['nothing', []],
  ['one small piece', [text.subarray(0, 100)]],
  ['many small pieces', Array.from({ length: 20_000 }, (_, index) => text.subarray(index % 1000, (index % 1000) + 37))],
  ['a piece of several chunks', [times(30)]],
  ['pieces that end within chunks', [times(3), text.subarray(0, 1), new Uint8Array(), times(20), text.subarray(5, 70)]],
  ['exactly one chunk, and one byte more', [times(30).subarray(0, 131_072), text.subarray(0, 1)]],
];

describe('a compressed body', () => {
  for (const coding of CODINGS) {
    for (const [name, parts] of pieces) {
      it(`of ${name} is what came, in order (${coding})`, async () => {
        const { body, headers } = await compress(parts, coding);
        assert.deepEqual(headers, { 'content-encoding': coding });
        assert.ok(DECODERS[coding](body).equals(Buffer.concat(parts)));
      });
    }

    it(`is smaller at a higher level (${coding})`, async () => {
      for (const parts of [[text.subarray(0, 10_000)], [times(2)]]) {
        const [quick, hard] = await Promise.all([compress(parts, coding), compress(parts, coding, 9)]);
        assert.ok(hard.body.length < quick.body.length, `${hard.body.length} < ${quick.body.length}`);
      }
    });
  }

  it('is several at once without mixing them up', async () => {
    const all = pieces.flatMap(([, parts]) => CODINGS.map((coding) => ({ coding, parts })));
    const made = await Promise.all(all.map(({ coding, parts }) => compress(parts, coding)));
    for (const [index, { coding, parts }] of all.entries()) {
      assert.ok(DECODERS[coding](made[index]!.body).equals(Buffer.concat(parts)));
    }
  });

  it('is the same bytes without compression', async () => {
    assert.deepEqual(await compress([text.subarray(0, 5), text.subarray(5, 9)], 'none'), {
      body: text.subarray(0, 9),
      headers: {},
    });
    assert.equal((await compress([text], 'none')).body, text);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { IntakeError } from '../../../src/component/errors.ts';
import type { DecodedTraces } from '../../../src/otlp/decoded.ts';
import { decodeTracesJson } from '../../../src/otlp/json.ts';
import { decodeTracesProtobuf } from '../../../src/otlp/protobuf/decode.ts';
import { encodeTracesProtobuf } from '../../../src/otlp/protobuf/encode.ts';
import { canonical } from '../../helpers/otlp-protobuf-oracle.ts';
import { concat, tag, varint } from '../../helpers/protobuf-bytes.ts';
import { SAMPLES } from '../../helpers/samples.ts';
import { generatedResources } from './generated.ts';

const SEED = 1;
const MUTANTS_PER_BODY = 150;
/** Ten times what it should be at the very most: the machine may have other work. */
const SLOWEST_MS = 2000;

const bodies = SAMPLES.map(({ body }) => {
  const { signal, resources } = decodeTracesJson(body).batch;
  return Buffer.from(encodeTracesProtobuf({ signal, resources }).bytes);
}).filter(({ length }) => length > 0);

/** Undefined if it is refused; whatever else is thrown is a bug. */
function decodedOf(bytes: Uint8Array): DecodedTraces | undefined {
  try {
    return decodeTracesProtobuf(bytes);
  } catch (error) {
    if (error instanceof IntakeError && error.code === 'malformed') return undefined;
    throw error;
  }
}

function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Mutation = (body: Buffer, at: number, random: (below: number) => number) => Buffer;

/** Tags, lengths and numbers at the edges of what they may be. */
const DICTIONARY = [
  varint(-1),
  varint(2n ** 63n),
  varint(2 ** 32),
  [...new Array(10).fill(0x80), 1],
  tag(0, 0),
  tag(9, 3),
  tag(9, 4),
  tag(9, 6),
  [0xff],
  [0xed, 0xa0, 0x80],
];

const MUTATIONS: readonly Mutation[] = [
  (body, at, random) => concat(body.subarray(0, at), [(body[at] ?? 0) ^ (1 << random(8))], body.subarray(at + 1)),
  (body, at, random) => concat(body.subarray(0, at), body.subarray(at + 1 + random(8))),
  (body, at, random) => concat(body.subarray(0, at), body.subarray(at, at + random(40)), body.subarray(at)),
  (body, at, random) => concat(body.subarray(0, at), DICTIONARY[random(DICTIONARY.length)]!, body.subarray(at)),
  (body, at, random) => concat(body.subarray(0, at), DICTIONARY[random(DICTIONARY.length)]!, body.subarray(at + 1)),
  (body, at, random) => concat(body.subarray(0, at), [(body[at] ?? 0) + random(3) - 1], body.subarray(at + 1)),
  (body, at, random) => concat(body.subarray(0, at), bodies[random(bodies.length)]!.subarray(random(300))),
];

describe('a body', () => {
  it('that is cut anywhere is refused, unless the cut is between two entries', () => {
    for (const body of bodies.filter(({ length }) => length < 2000)) {
      const whole = concat(body, body);
      const accepted: number[] = [];
      for (let length = 0; length < whole.length; length++) {
        if (decodedOf(whole.subarray(0, length)) !== undefined) accepted.push(length);
      }
      const entries = decodeTracesProtobuf(whole).batch.resources.map((resource) => {
        return encodeTracesProtobuf({ signal: 'traces', resources: [resource] }).bytes.length;
      });
      const ends = entries.map((_, index) => entries.slice(0, index).reduce((sum, length) => sum + length, 0));
      assert.deepEqual(accepted, ends);
    }
  });

  it('of random bytes is read or refused', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      JSON.stringify(decodedOf(bytes)?.batch.resources);
    });
    fc.assert(property, { seed: SEED, numRuns: 5000 });
  });

  it(`with damage is refused, or what is read of it can be written and read again (seed ${SEED})`, () => {
    const random = randomOf(SEED);
    const generated = fc.sample(generatedResources, { seed: SEED, numRuns: 20 });
    const all = [...bodies, ...generated.map((resources) => encodeTracesProtobuf({ signal: 'traces', resources }).bytes)];
    let taken = 0;
    let refused = 0;
    for (const body of all) {
      for (let count = 0; count < MUTANTS_PER_BODY; count++) {
        let mutant: Buffer = Buffer.from(body);
        for (let times = 1 + random(3); times > 0; times--) {
          mutant = MUTATIONS[random(MUTATIONS.length)]!(mutant, random(mutant.length), random);
        }
        const startMs = performance.now();
        const decoded = decodedOf(mutant);
        assert.ok(performance.now() - startMs < SLOWEST_MS, 'it takes too long');
        if (decoded === undefined) refused += 1;
        else {
          taken += 1;
          assertSameAgain(decoded);
        }
      }
    }
    assert.ok(taken > 500 && refused > 500, `${taken} taken, ${refused} refused`);
  });
});

function assertSameAgain({ batch: { signal, resources } }: DecodedTraces): void {
  const again = decodeTracesProtobuf(encodeTracesProtobuf({ signal, resources }).bytes);
  assert.deepEqual(canonical(again.batch.resources), canonical(resources));
}

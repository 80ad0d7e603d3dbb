import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { digestOf, indexOfSecret, LastRight, onlyHeader } from '../../src/component/secrets.ts';

const LONG = process.env['SPANMETER_OVERLOAD'] === 'long';
const SAMPLES = LONG ? 20_000 : 2_000;
/** Of Student's test; beyond it there is a difference. */
const MAX_T = 4.5;
const MEASURED = 5;

describe('a secret', () => {
  const SECRETS = ['first-0123456789abcdef', 'second-0123456789abcdef', 'third-0123456789abcdef'];
  const digests = SECRETS.map(digestOf);

  it('is kept as a digest, from which it cannot be read', () => {
    assert.equal(digests[0]?.length, 32);
    assert.ok(digests.every((digest, nth) => !digest.includes(SECRETS[nth]!)));
  });

  it('is known by its position, and anything else by none', () => {
    assert.deepEqual(
      SECRETS.map((secret) => indexOfSecret(secret, digests)),
      [0, 1, 2],
    );
    for (const other of ['', 'first', `${SECRETS[0]}x`, SECRETS.join(''), digests[0]!.toString('latin1')]) {
      assert.equal(indexOfSecret(other, digests), undefined);
    }
    assert.equal(indexOfSecret('any', []), undefined);
  });

  it(`takes as long to refuse whether its beginning was right or its first letter wrong (${SAMPLES} samples)`, (test) => {
    const digest = [digestOf('k'.repeat(64))];
    assertNoDifference(test, (claim) => indexOfSecret(claim, digest));
  });
});

describe('the secret that was right last', () => {
  it('is known again by its position, and nothing else is', () => {
    const last = new LastRight();
    assert.equal(last.indexOf(''), undefined);
    for (const [index, right] of ['', 'first', 'ä', 'Ā€😀', 'x'.repeat(128)].entries()) {
      last.remember(right, index);
      assert.equal(last.indexOf(right), index);
      for (const other of [`${right}\0`, `${right}x`, 'firs', 'first\0', 'ã', 'Ā', '\0', 'x'.repeat(127), 'x'.repeat(300)]) {
        assert.equal(last.indexOf(other), undefined, other);
      }
    }
  });

  it('is not remembered beyond a length, and not after it was forgotten', () => {
    const last = new LastRight();
    last.remember('right', 1);
    last.remember('x'.repeat(129), 2);
    assert.equal(last.indexOf('x'.repeat(129)), undefined);
    assert.equal(last.indexOf('right'), 1);
    last.forget();
    assert.equal(last.indexOf('right'), undefined);
    assert.equal(last.indexOf(''), undefined);
  });

  it(`takes as long to refuse whether the beginning was right or the first letter wrong (${SAMPLES} samples)`, (test) => {
    const last = new LastRight();
    last.remember('k'.repeat(64), 0);
    assertNoDifference(test, (claim) => last.indexOf(claim));
  });
});

/** Between a claim whose last letter is wrong and one whose first is; right is 64 times "k". */
function assertNoDifference(test: TestContext, run: (claim: string) => unknown): void {
  const claims = [`${'k'.repeat(63)}x`, `x${'k'.repeat(63)}`] as const;
  // What is there is there each time, and on the same side; a busy machine shows something now and then.
  const found = Array.from({ length: MEASURED }, () => studentsT(trimmed(differencesBetween(claims, run))));
  test.diagnostic(`t = ${found.map((t) => t.toFixed(2)).join(', ')}`);
  assert.ok(Math.min(...found) < MAX_T, `the one with the right beginning takes longer: t = ${found}`);
  assert.ok(Math.max(...found) > -MAX_T, `the one with the wrong first letter takes longer: t = ${found}`);
}

/** In ns, of pairs: whatever else the machine does falls on both. */
function differencesBetween([one, other]: readonly [string, string], run: (claim: string) => unknown): readonly number[] {
  return Array.from({ length: SAMPLES * 1.1 }, (_, nth) => {
    // Each is as often the first as the second; and a copy, or where its text lies in memory could make it the slower one.
    const [first, second] = nth % 2 === 0 ? [copyOf(one), copyOf(other)] : [copyOf(other), copyOf(one)];
    const [firstNs, secondNs] = [nanoseconds(run, first), nanoseconds(run, second)];
    return nth % 2 === 0 ? firstNs - secondNs : secondNs - firstNs;
  });
}

function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

function nanoseconds(run: (claim: string) => unknown, claim: string): number {
  const began = process.hrtime.bigint();
  for (let time = 0; time < 10; time += 1) run(claim);
  return Number(process.hrtime.bigint() - began);
}

/** Without the first ones, which are slow until the code is compiled, and without those in which the system did something else. */
function trimmed(differences: readonly number[]): readonly number[] {
  const settled = differences.slice(SAMPLES * 0.1).sort((one, other) => one - other);
  const outliers = Math.floor(settled.length / 10);
  return settled.slice(outliers, -outliers);
}

function studentsT(samples: readonly number[]): number {
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const variance = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0) / (samples.length - 1);
  return mean / Math.sqrt(variance / samples.length);
}

describe('a header', () => {
  it('counts when it comes once', () => {
    assert.equal(onlyHeader({ authorization: 'a' }, 'Authorization'), 'a');
    assert.equal(onlyHeader({ authorization: ['a'] }, 'authorization'), 'a');
    assert.equal(onlyHeader({ authorization: ['a', 'a'] }, 'authorization'), undefined);
    assert.equal(onlyHeader({}, 'authorization'), undefined);
    assert.equal(onlyHeader({}, 'constructor'), undefined);
  });
});

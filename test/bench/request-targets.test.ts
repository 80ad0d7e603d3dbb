/** What the rounds of the bench say about its targets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bodyOf } from '../../bench/bodies.ts';
import type { Measured } from '../../bench/measure.ts';
import { NAMES } from '../../bench/request-contestants.ts';
import { requestTargets } from '../../bench/request-targets.ts';

const MEASURED: Measured = {
  requests: 1,
  perSecond: 1,
  deliveredPerSecond: 1,
  p50Ms: 1,
  p99Ms: 1,
  cpuMicros: 1,
  writtenBytes: 1,
  busy: 1,
  refused: 0,
};

describe('the targets of requests', () => {
  const round = (own: number, other: number) =>
    new Map([
      [NAMES.durable as string, { ...MEASURED, perSecond: own, cpuMicros: 1 }],
      [NAMES.fsync, { ...MEASURED, perSecond: other, cpuMicros: 4 }],
    ]);
  const result = {
    body: bodyOf('56 KB'),
    rounds: [round(100, 50), round(40, 10), round(30, 10)],
    highestMebibytes: new Map([[NAMES.durable as string, 301]]),
  };
  const targets = requestTargets([result]);

  it('are ratios within a round, where both met the same machine', () => {
    const { value, met } = targets.find(({ number }) => number === 1)!;
    assert.deepEqual({ value, met }, { value: '3.00 (2.00–4.00) ×', met: true });
  });

  it('have an upper bound where less is better', () => {
    const { value, target, met } = targets.find(({ number }) => number === 4)!;
    assert.deepEqual({ value, target, met }, { value: '0.25 (0.25–0.25) ×', target: '≤ 0.4 ×', met: true });
    assert.equal(targets.find(({ number }) => number === 8)!.met, false);
  });

  it('are left out where somebody did not take part', () => {
    assert.deepEqual([...new Set(targets.map(({ number }) => number))], [1, 4, 8]);
  });
});

/** The cost of the current day and month, by the end of the requests and the time of the records. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FoldRecord } from '../../../src/component/contract.ts';
import { GenaiMeter } from '../../helpers/genai-meter.ts';
import { openRouterSpan, record } from '../../helpers/model-calls.ts';

/** A request for 1 USD. */
function request(ended: string, received: string): FoldRecord<'traces'> {
  const endTimeUnixNano = String(BigInt(Date.parse(ended)) * 1_000_000n);
  return record([openRouterSpan({ 'gen_ai.usage.total_cost': 1 }, { endTimeUnixNano })], undefined, Date.parse(received));
}

function periods(...records: readonly FoldRecord<'traces'>[]): readonly (string | undefined)[] {
  const { day, month } = new GenaiMeter().apply(records).series('openrouter_period_cost_usd', 'period');
  return [day, month];
}

const FIRST = request('2026-09-29T10:00:00Z', '2026-09-29T10:01:00Z');

describe('period cost', () => {
  it('is 0 before anything came', () => assert.deepEqual(periods(), ['0', '0']));
  it('adds up within a day', () => {
    assert.deepEqual(periods(FIRST, request('2026-09-29T23:59:59.999Z', '2026-09-29T23:59:59.999Z')), ['2', '2']);
  });
  it('begins anew with a day, and goes on within the month', () => {
    assert.deepEqual(periods(FIRST, request('2026-09-30T00:00:00Z', '2026-09-30T00:01:00Z')), ['1', '2']);
  });
  it('begins anew with a month', () => {
    assert.deepEqual(periods(FIRST, request('2026-10-01T00:00:00Z', '2026-10-01T00:01:00Z')), ['1', '1']);
  });
  it('belongs to the day on which a request ended, however late it came', () => {
    const next = request('2026-09-30T08:00:00Z', '2026-09-30T08:00:00Z');
    assert.deepEqual(periods(next, request('2026-09-29T23:59:00Z', '2026-09-30T08:01:00Z')), ['1', '2']);
    assert.deepEqual(periods(next, request('2026-08-31T23:59:00Z', '2026-09-30T08:01:00Z')), ['1', '1']);
  });
  it('waits for a day that a clock is ahead of', () => {
    const ahead = request('2026-09-30T00:00:01Z', '2026-09-29T23:59:59Z');
    assert.deepEqual(periods(FIRST, ahead), ['1', '2']);
    assert.deepEqual(periods(FIRST, ahead, request('2026-09-30T01:00:00Z', '2026-09-30T01:00:00Z')), ['2', '3']);
  });
  it('ignores ends that are no time', () => {
    assert.deepEqual(periods(FIRST, request('2030-01-01T00:00:00Z', '2026-09-29T12:00:00Z')), ['1', '1']);
  });
  it('goes on after a restart, with the same points', () => {
    const before = new GenaiMeter().apply([FIRST]);
    const after = new GenaiMeter().load(before.save());
    const points = after.points('openrouter_period_cost_usd');
    after.apply([request('2026-09-29T11:00:00Z', '2026-09-29T11:01:00Z')]);
    assert.deepEqual(after.series('openrouter_period_cost_usd', 'period'), { day: '2', month: '2' });
    assert.ok(points.every((point, index) => point === after.points('openrouter_period_cost_usd')[index]));
  });
  it('counts a request without an end on the day it came', () => {
    const endless = record(
      [openRouterSpan({ 'gen_ai.usage.total_cost': 1 }, { endTimeUnixNano: '0' })],
      undefined,
      Date.parse('2026-09-29T12:00:00Z'),
    );
    assert.deepEqual(periods(endless), ['1', '1']);
  });
});

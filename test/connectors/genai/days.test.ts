/** What days and months come to, by the end of the requests and the time of the records. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FoldRecord } from '../../../src/component/contract.ts';
import { Days } from '../../../src/connectors/genai/days.ts';
import { LabelAdmission } from '../../../src/connectors/genai/label-admission.ts';
import { RecordReader } from '../../../src/connectors/genai/record-reader.ts';
import { decimalText, ONE } from '../../../src/data/exact.ts';
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
  it('counts a request whose end is no time on the day it came', () => {
    assert.deepEqual(periods(FIRST, request('2030-01-01T00:00:00Z', '2026-09-29T12:00:00Z')), ['2', '2']);
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

function daysOf(limits: { days: number; labelSets: number }): Days {
  const reader = new RecordReader(new LabelAdmission([], 'author'), { attribute: undefined, ratio: ONE });
  const described = { name: 'period_cost', otlpName: 'period.cost', unit: '', help: '' };
  return new Days(described, reader, ['model', 'provider'], limits);
}

function callOf(model: string, ended: string, attributes: Parameters<typeof openRouterSpan>[0] = {}): FoldRecord<'traces'> {
  const endTimeUnixNano = String(BigInt(Date.parse(ended)) * 1_000_000n);
  const named = { 'gen_ai.request.model': model, 'gen_ai.response.model': model, 'gen_ai.usage.total_cost': 1 };
  return record([openRouterSpan({ ...named, ...attributes }, { endTimeUnixNano })], undefined, Date.parse(ended));
}

describe('figures of a day', () => {
  const day = Date.parse('2026-09-29T00:00:00Z');

  it('are kept by label set, tokens and missing costs too', () => {
    const days = daysOf({ days: 400, labelSets: 500 });
    days.apply(callOf('a', '2026-09-29T10:00:00Z', { 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 4 }));
    days.apply(callOf('a', '2026-09-29T11:00:00Z', { 'gen_ai.usage.total_cost': 'n/a' }));
    days.apply(callOf('b', '2026-09-29T12:00:00Z'));
    const [a, b, ...more] = days.figuresOf(day);
    assert.deepEqual(more, []);
    assert.equal(a?.labels.find(([name]) => name === 'model')?.[1], 'a');
    assert.deepEqual(
      [
        a?.figures.requests,
        a?.figures.input,
        a?.figures.output,
        a?.figures.cost,
        a?.figures.withoutCost,
        b?.figures.requests,
      ].map((units) => decimalText(units ?? 0n)),
      ['2', '10', '4', '1', '1', '1'],
    );
  });

  it('go to one row from the label set on that is one too many, so that sums stay right', () => {
    const days = daysOf({ days: 400, labelSets: 2 });
    for (const model of ['a', 'b', 'c', 'd', 'a']) days.apply(callOf(model, '2026-09-29T10:00:00Z'));
    const rows = days.figuresOf(day).map(({ labels, figures }) => [labels[0]?.[1], decimalText(figures.requests)]);
    assert.deepEqual(rows, [
      ['a', '2'],
      ['b', '1'],
      ['__overflow__', '2'],
    ]);
  });

  it('are forgotten when the day is too old, and a later request for it adds nothing', () => {
    const days = daysOf({ days: 3, labelSets: 2 });
    days.apply(callOf('a', '2026-09-29T10:00:00Z'));
    days.apply(callOf('a', '2026-10-01T10:00:00Z'));
    assert.equal(days.figuresOf(day).length, 1);
    days.apply(callOf('a', '2026-10-02T10:00:00Z'));
    assert.deepEqual(days.figuresOf(day), []);
    const late = callOf('a', '2026-09-29T10:00:00Z');
    days.apply({ ...late, timeMs: Date.parse('2026-10-02T11:00:00Z') });
    assert.deepEqual(days.figuresOf(day), []);
  });

  it('are the same after saving and loading at any point', () => {
    const records = ['a', 'b', 'c', 'a'].flatMap((model, index) => [
      callOf(model, `2026-09-${28 + (index % 2)}T10:00:00Z`),
      callOf(model, '2026-10-01T10:00:00Z'),
    ]);
    const whole = daysOf({ days: 400, labelSets: 2 });
    for (const one of records) whole.apply(one);
    for (let cut = 0; cut <= records.length; cut += 1) {
      const head = daysOf({ days: 400, labelSets: 2 });
      for (const one of records.slice(0, cut)) head.apply(one);
      const tail = daysOf({ days: 400, labelSets: 2 });
      tail.load(head.save());
      for (const one of records.slice(cut)) tail.apply(one);
      assert.deepEqual(tail.save(), whole.save());
    }
  });
});

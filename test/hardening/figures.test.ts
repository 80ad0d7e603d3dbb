/** Money, ids and times as they should not be, against the whole daemon: no figure lies, no span is lost. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { send } from '../helpers/http.ts';
import { PROTOBUF_TYPE, protobufOf } from '../helpers/protobuf.ts';
import { until } from '../helpers/until.ts';
import { freshIds, JSON_TYPE, modelCall, requestOf, Target } from './target.ts';

let target: Target;
before(async () => {
  target = await Target.start();
});

async function take(body: string): Promise<void> {
  assert.equal((await send(target.url, body, { headers: JSON_TYPE })).status, 200);
}

/** What came of the requests of this model. */
async function figuresOf(model: string) {
  const page = await target.page();
  const of = (name: string) => page.sum(name, { model });
  return {
    requests: of('openrouter_requests_total'),
    cost: of('openrouter_cost_usd_total'),
    without: of('openrouter_requests_without_cost_total'),
    tokens: page.sum('openrouter_tokens_total', { model, type: 'input' }),
  };
}

async function assertForwarded(spanId: string): Promise<void> {
  await until('the span at the destination', () => target.destination.spanIds.includes(spanId));
}

describe('a cost', () => {
  /** Raw JSON of the value; the exact sum it adds, or undefined where it is none. */
  const rows: readonly (readonly [what: string, value: string, cost: string | undefined])[] = [
    ['that is an ordinary double', '{"doubleValue":0.0031}', '0.0031'],
    ['that is 0 as an integer', '{"intValue":0}', '0'],
    ['that is an integer as text', '{"intValue":"2"}', '2'],
    ['that is decimal text', '{"stringValue":"0.000000000001"}', '0.000000000001'],
    ['of 17 digits', '{"doubleValue":0.12345678901234567}', '0.123456789012'],
    ['of 1e-18', '{"doubleValue":1e-18}', '0'],
    ['in an exponent', '{"doubleValue":2.5e-7}', '0.00000025'],
    ['that is minus 0', '{"doubleValue":-0}', '0'],
    ['that is "NaN"', '{"doubleValue":"NaN"}', undefined],
    ['that is "Infinity"', '{"doubleValue":"Infinity"}', undefined],
    ['that is "-Infinity"', '{"doubleValue":"-Infinity"}', undefined],
    ['of 1e400', '{"doubleValue":1e400}', undefined],
    ['of 1e999999999 as text', '{"stringValue":"1e999999999"}', undefined],
    ['of a million digits', `{"stringValue":"${'9'.repeat(1_000_000)}"}`, undefined],
    ['of 1e15', '{"doubleValue":1e15}', undefined],
    ['below 0', '{"doubleValue":-0.5}', undefined],
    ['that is text', '{"stringValue":"free"}', undefined],
    ['that is a list', '{"arrayValue":{"values":[{"doubleValue":1}]}}', undefined],
    ['that is true', '{"boolValue":true}', undefined],
    ['that is nothing', '{}', undefined],
  ];
  for (const [nth, [what, value, cost]] of rows.entries()) {
    it(`${what} is ${cost ?? 'none, which is not 0'}`, async () => {
      const model = `cost-${nth}`;
      const ids = freshIds();
      const span = modelCall({ 'gen_ai.request.model': model, 'gen_ai.usage.total_cost': { HERE: 1 } }, ids);
      await take(requestOf(span).replace('{"HERE":1}', value));
      const figures = await figuresOf(model);
      assert.equal(figures.requests, '1');
      assert.equal(figures.cost, cost);
      assert.equal(figures.without, cost === undefined ? '1' : undefined);
      await assertForwarded(ids.spanId);
      await target.assertWell();
    });
  }

  it('that is a double now and an integer then adds up exactly', async () => {
    for (const value of ['{"doubleValue":0.1}', '{"intValue":1}', '{"stringValue":"0.2"}', '{"doubleValue":"NaN"}']) {
      const span = modelCall({ 'gen_ai.request.model': 'mixed', 'gen_ai.usage.total_cost': { HERE: 1 } });
      await take(requestOf(span).replace('{"HERE":1}', value));
    }
    const { requests, cost, without } = await figuresOf('mixed');
    assert.deepEqual([requests, cost, without], ['4', '1.3', '1']);
  });

  it('in two spellings counts once', async () => {
    await take(requestOf(modelCall({ 'gen_ai.request.model': 'twice', 'usage.cost': 0.5, 'gen_ai.usage.total_cost': 0.5 })));
    assert.equal((await figuresOf('twice')).cost, '0.5');
  });
});

describe('tokens', () => {
  const rows = [
    ['of an ordinary number', '{"intValue":10}', 10],
    ['as text', '{"intValue":"10"}', 10],
    ['beyond 2^53', '{"intValue":"9007199254740993"}', 0],
    ['below 0', '{"intValue":-1}', 0],
    ['with a fraction', '{"doubleValue":1.5}', 0],
    ['that are a word', '{"stringValue":"many"}', 0],
  ] as const;
  for (const [nth, [what, value, counted]] of rows.entries()) {
    it(`${what} are exact or none, and never fall`, async () => {
      const model = `tokens-${nth}`;
      for (const tokens of ['{"intValue":1}', value, '{"intValue":2}']) {
        const before = Number((await figuresOf(model)).tokens ?? 0);
        const span = modelCall({ 'gen_ai.request.model': model, 'gen_ai.usage.input_tokens': { HERE: 1 } });
        await take(requestOf(span).replace('{"HERE":1}', tokens));
        const after = Number((await figuresOf(model)).tokens ?? 0);
        assert.ok(after >= before, `${before} became ${after}`);
      }
      const { requests, tokens } = await figuresOf(model);
      assert.deepEqual([requests, tokens], ['3', String(3 + counted)]);
      await target.assertWell();
    });
  }
});

describe('an id', () => {
  const GOOD = '0123456789abcdef';
  const rows: readonly (readonly [what: string, ids: object])[] = [
    ['that is missing', {}],
    ['that is 0', { traceId: '0'.repeat(32), spanId: '0'.repeat(16) }],
    ['that is short', { traceId: GOOD, spanId: GOOD.slice(8) }],
    ['that is long', { traceId: GOOD.repeat(4), spanId: GOOD.repeat(2) }],
    ['of an odd length', { traceId: GOOD.repeat(2).slice(1), spanId: GOOD.slice(1) }],
    ['that is not hexadecimal', { traceId: 'x'.repeat(32), spanId: 'y'.repeat(16) }],
    ['in base64', { traceId: 'ASNFZ4mrze8BI0VniavN7w==', spanId: 'ASNFZ4mrze8=' }],
    ['that is a number', { traceId: 7, spanId: 8 }],
  ];
  for (const [nth, [what, ids]] of rows.entries()) {
    it(`${what} costs no span, and none is taken for a copy`, async () => {
      const model = `id-${nth}`;
      const body = requestOf(
        modelCall({ 'gen_ai.request.model': model, marker: model }, { traceId: undefined, spanId: undefined, ...ids }),
      );
      await take(body);
      await take(body);
      assert.equal((await figuresOf(model)).requests, '2');
      const found = () =>
        target.destination.accepted.join('').split(`{"key":"marker","value":{"stringValue":"${model}"}}`).length - 1;
      await until('both at the destination', () => found() === 2);
      await target.assertWell();
    });
  }

  it('that came before is a copy: in one body, in two, in capitals, with another cost, as protobuf', async () => {
    const ids = freshIds();
    const call = (cost: number, over: object = ids) =>
      modelCall({ 'gen_ai.request.model': 'copy', 'gen_ai.usage.total_cost': cost }, over);
    await take(requestOf(call(0.25), call(0.25)));
    await take(requestOf(call(0.5)));
    await take(requestOf(call(0.25, { traceId: ids.traceId.toUpperCase(), spanId: ids.spanId.toUpperCase() })));
    assert.equal((await send(target.url, protobufOf(requestOf(call(0.75))), { headers: PROTOBUF_TYPE })).status, 200);
    const { requests, cost } = await figuresOf('copy');
    assert.deepEqual([requests, cost], ['1', '0.25']);
    await assertForwarded(ids.spanId);
    assert.equal(target.destination.spanIds.filter((id) => id.toLowerCase() === ids.spanId).length, 1);
  });
});

describe('a time', () => {
  const rows: readonly (readonly [what: string, times: object])[] = [
    ['that ends before it began', { startTimeUnixNano: '1790700001000000000', endTimeUnixNano: '1790700000000000000' }],
    ['in 1970', { startTimeUnixNano: '1', endTimeUnixNano: '2' }],
    ['in 2554', { startTimeUnixNano: '18446744073709551614', endTimeUnixNano: '18446744073709551615' }],
    ['beyond 64 bits', { startTimeUnixNano: '18446744073709551616', endTimeUnixNano: '99999999999999999999999' }],
    ['below 0', { startTimeUnixNano: '-5', endTimeUnixNano: -1 }],
    ['that is missing', { startTimeUnixNano: undefined, endTimeUnixNano: undefined }],
    ['that is a word', { startTimeUnixNano: 'now', endTimeUnixNano: {} }],
  ];
  for (const [nth, [what, times]] of rows.entries()) {
    it(`${what} costs no span and makes no duration below 0`, async () => {
      const ids = freshIds();
      await take(requestOf(modelCall({ 'gen_ai.request.model': `time-${nth}` }, { ...ids, ...times })));
      const page = await target.page();
      assert.equal(page.sum('openrouter_requests_total', { model: `time-${nth}` }), '1');
      assert.ok(Number(page.sum('openrouter_request_duration_seconds_sum', { model: `time-${nth}` }) ?? 0) >= 0);
      await assertForwarded(ids.spanId);
      await target.assertWell();
    });
  }
});

describe('after all of that the daemon', () => {
  it('ends cleanly', () => target.stop());
});

/** Bodies that are no JSON, no request, or JSON that only an attacker writes, against the whole daemon. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { send } from '../helpers/http.ts';
import { sample } from '../helpers/samples.ts';
import { CANARY, freshIds, JSON_TYPE, modelCall, requestOf, Target } from './target.ts';

let target: Target;
before(async () => {
  target = await Target.start();
});

const status = async (body: string | Uint8Array) => (await send(target.url, body, { headers: JSON_TYPE })).status;
const spanWith = (fields: string) => `{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"${CANARY}",${fields}}]}]}]}`;
const nested = (open: string, close: string, depth: number, inner = '') => open.repeat(depth) + inner + close.repeat(depth);
const kvlist = (depth: number) =>
  nested('{"kvlistValue":{"values":[{"key":"k","value":', '}]}}', depth, `{"stringValue":"${CANARY}"}`);

describe('a body', () => {
  const rows: readonly (readonly [what: string, status: number, body: () => string | Uint8Array])[] = [
    ['that is empty', 200, () => ''],
    ['of white space', 200, () => ' \t\r\n'],
    ['without a field', 200, () => '{}'],
    ['that begins with a byte order mark', 200, () => `\ufeff${requestOf({ name: CANARY })}`],
    ['null', 400, () => 'null'],
    ['that is a list', 400, () => `["${CANARY}"]`],
    ['that is a text', 400, () => `"${CANARY}"`],
    ['that is a number', 400, () => '1'],
    ['that is true', 400, () => 'true'],
    ['in UTF-16', 400, () => Buffer.from(`\ufeff${requestOf({ name: CANARY })}`, 'utf16le')],
    ['that is not UTF-8', 400, () => Buffer.from(`{"${CANARY}\xff":1}`, 'latin1')],
    ['with half a character', 400, () => Buffer.from([0x7b, 0x22, 0xe2, 0x82, 0x22, 0x3a, 0x31, 0x7d])],
    ['with NaN as it is', 400, () => spanWith('"startTimeUnixNano":NaN')],
    ['with a comment', 400, () => `/* ${CANARY} */{}`],
    ['with a comma too much', 400, () => `{"${CANARY}":1,}`],
    ['with quotes of another kind', 400, () => `{'${CANARY}':1}`],
    ['with something behind its end', 400, () => `{}${CANARY}`],
    ['and another one behind it', 400, () => '{}{}'],
    ['with a control character in a text', 400, () => `{"${CANARY}\u0001":1}`],
    ['with halves of characters as escapes', 200, () => spanWith('"traceState":"\\ud800\\udfff\\udbff"')],
    ['with a zero character', 200, () => spanWith('"traceState":"\\u0000"')],
    ['with its keys twice', 200, () => `{"resourceSpans":7,${requestOf({ name: CANARY }).slice(1)}`],
    ['with a key of 100,000 characters', 200, () => spanWith(`"${CANARY.padEnd(100_000, 'x')}":1`)],
    ['with an attribute key of 100,000 characters', 200, () => spanWith(`"attributes":[{"key":"${'k'.repeat(100_000)}"}]`)],
    ['with values nested 60 deep', 200, () => spanWith(`"attributes":[{"key":"k","value":${kvlist(60)}}]`)],
    ['with values nested 100,000 deep', 200, () => spanWith(`"attributes":[{"key":"k","value":${kvlist(100_000)}}]`)],
    ['with a million attributes', 200, () => spanWith(`"attributes":[${'{"key":"a"},'.repeat(999_999)}{"key":"a"}]`)],
    ['with 100,000 spans', 200, () => requestOf(...Array.from({ length: 100_000 }, () => ({ ...freshIds(), name: 's' })))],
    ['with an unknown field nested 100,000 deep', 200, () => `{"x":${nested('[', ']', 100_000)}}`],
    ['that is five million lists in each other', 413, () => nested('[', ']', 5_000_000)],
    ['with five million lists in an unknown field', 413, () => `{"x":${nested('[', ']', 5_000_000)}}`],
    ['of six million empty spans', 413, () => `{"resourceSpans":[{"scopeSpans":[{"spans":[${'{},'.repeat(6_000_000)}{}]}]}]}`],
    ['of a million empty entries', 413, () => `{"resourceSpans":[${'{},'.repeat(999_999)}{}]}`],
    [
      'of spans that are smaller than any can be',
      413,
      () => `{"resourceSpans":[{"scopeSpans":[{"spans":[${'{"n":"12"},'.repeat(200_000)}{}]}]}]}`,
    ],
  ];
  for (const [what, expected, body] of rows) {
    it(`${what} is answered ${expected}`, async () => {
      assert.equal(await status(body()), expected);
      await target.assertWell();
    });
  }

  it('that is cut at any byte is answered 400, and leaves nothing', async () => {
    const golden = Buffer.from(requestOf(modelCall({ [CANARY]: 'ä€😀', n: { intValue: '7' } }, { status: { code: 2 } })));
    const cuts = Array.from({ length: golden.length - 1 }, (_, at) => golden.subarray(0, at + 1));
    const statuses = await Promise.all(cuts.map(status));
    assert.deepEqual(new Set(statuses), new Set([400]));
    await target.assertWell();
  });

  it('is refused as often as it comes', async () => {
    for (let time = 0; time < 20; time += 1) assert.equal(await status(`{"${CANARY}"`), 400);
    await target.assertWell();
  });
});

const ODD_VALUES: readonly unknown[] = [null, true, 0, -1, 1.5, '', [], {}, CANARY, 1e300, [[]], [null], { [CANARY]: 1 }];

/** Every place of a JSON tree, as the steps to it. */
function placesOf(node: unknown, steps: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof node !== 'object' || node === null) return [steps];
  const inner = Object.entries(node).flatMap(([name, child]) => placesOf(child, [...steps, name]));
  return steps.length === 0 ? inner : [steps, ...inner];
}

function withValue(root: object, steps: readonly (string | number)[], value: unknown): object {
  const copy = structuredClone(root);
  const last = steps.at(-1) ?? '';
  const owner = steps.slice(0, -1).reduce<Record<string, unknown>>((node, step) => node[step] as never, copy as never);
  owner[last] = value;
  return copy;
}

describe('a request with a value that nobody expects', () => {
  const rich: object = JSON.parse(readFileSync(new URL('../fixtures/rich-spans.json', import.meta.url), 'utf8'));
  const places = new Map(
    [rich, JSON.parse(sample('S01').toString())].flatMap((root) =>
      placesOf(root).map((steps) => [
        // Lists are alike in all of their entries.
        steps.map((step) => (/^\d+$/.test(String(step)) ? '*' : step)).join('.'),
        { root, steps },
      ]),
    ),
  );

  for (const value of ODD_VALUES) {
    it(`is taken wherever the value is: ${JSON.stringify(value)}`, async () => {
      assert.ok(places.size > 40, `${places.size} places`);
      for (const [place, { root, steps }] of places) {
        assert.equal(await status(JSON.stringify(withValue(root, steps, value))), 200, place);
      }
      await target.assertWell();
    });
  }
});

describe('a name that every object has', () => {
  for (const name of ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf']) {
    it(`is a name like others: ${name}`, async () => {
      const polluting = `"${name}":{"polluted":"${CANARY}","attributes":[],"spans":7},`;
      const key = `{"key":"${name}","value":{"stringValue":"${CANARY}","${name}":{"stringValue":1}}},`;
      const call = JSON.stringify(
        modelCall({ 'gen_ai.request.model': name, 'user.id': name, [name]: name, 'gen_ai.system': name }),
      );
      const span = call.replace('"attributes":[', `"attributes":[${key}`).replace('{', `{${polluting}`);
      const body = `{${polluting}"resourceSpans":[{${polluting}"scopeSpans":[{${polluting}"spans":[${span}]}]}]}`;
      assert.equal(await status(body), 200);
      assert.equal((await target.page()).sum('openrouter_requests_total', { model: name }), '1');
      await target.assertWell();
    });
  }
});

describe('after all of that the daemon', () => {
  it('has given the memory back, and ends cleanly', async () => {
    const { nowMib, peakMib } = target.memory();
    assert.ok(nowMib < 700, `${nowMib} MiB, ${peakMib} at most`);
    await target.stop();
  });
});

/** Figures of a demo: read from a page, added up, compared and written down. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { figuresOnPage } from '../../src/demo/page-figures.ts';
import { intervalLine, totalTable } from '../../src/demo/report.ts';
import { equal, type Figures, joined, NOTHING, since, sumOf, Tally } from '../../src/demo/tally.ts';

const PAGE = `# HELP openrouter_requests_total Requests.
# TYPE openrouter_requests_total counter
openrouter_requests_total{model="a",outcome="ok",stream="true"} 5
openrouter_requests_total{model="a",outcome="error"} 1
openrouter_requests_total{model="b \\"x\\", c=\\\\",outcome="ok"} 2
openrouter_tokens_total{model="a",type="input"} 1000
openrouter_tokens_total{model="a",type="output"} 50
openrouter_cost_usd_total{model="a",api_key="k"} 0.000000000001
openrouter_cost_usd_total{model="a",api_key="l"} 0.1 1790700000000
openrouter_requests_without_cost_total{model="a",reason="missing"} 2
openrouter_requests_without_cost_total{model="a",reason="error"} 1
openrouter_sampling_ratio 1
openrouter_period_cost_usd{period="day"} 7
other_requests_total{model="a",outcome="ok"} 9
`;
const A: Figures = { requests: 6, errors: 1, inputTokens: 1000, outputTokens: 50, costUnknown: 2, cost: 100_000_000_001n };

function tally(figuresByModel: Readonly<Record<string, Partial<Figures>>>) {
  const made = new Tally();
  for (const [model, figures] of Object.entries(figuresByModel)) made.add(model, figures);
  return made.byModel;
}

describe('figures on a page', () => {
  it('are exact, by model, whatever text a model is called', () => {
    assert.deepEqual(
      [...figuresOnPage(PAGE, 'openrouter')],
      [
        ['a', A],
        ['b "x", c=\\', { ...NOTHING, requests: 2 }],
      ],
    );
  });

  it('are found under another prefix, with and without "_total"', () => {
    const page = 'me_llm_requests{model="a",outcome="ok"} 3\nopenrouter_requests_total{model="a",outcome="ok"} 4\n';
    assert.equal(sumOf(figuresOnPage(page, 'me_llm')).requests, 3);
  });
});

describe('figures by model', () => {
  const one = tally({ a: { requests: 2, cost: 5n }, b: { requests: 1 } });
  const other = tally({ b: { requests: 1 }, c: { errors: 1, requests: 1 } });

  it('are added up, and the earlier taken off the later', () => {
    assert.equal(sumOf(joined(one, other)).requests, 5);
    assert.ok(equal(since(one, joined(one, other)), other));
  });

  it('are equal when no figure of any model differs', () => {
    assert.ok(equal(one, joined(one, tally({ d: {} }))));
    assert.ok(!equal(one, joined(one, tally({ a: { cost: 1n } }))));
    assert.ok(!equal(tally({}), other));
  });

  it('do not change by what is added later', () => {
    const growing = new Tally();
    growing.add('a', { requests: 1 });
    const before = growing.byModel;
    growing.add('a', { requests: 1 });
    assert.equal(before.get('a')?.requests, 1);
  });
});

describe('the report of a demo', () => {
  it('tells of the last seconds in one line', () => {
    const line = intervalLine(10, tally({ cheap: { requests: 1, cost: 10_000_000_000n }, dear: A }), 120);
    assert.equal(line, 'last 10 s: 7 requests  $0.11  top: dear $0.1  errors 1  cost unknown 2  forwarded: 120 spans');
  });

  it('leaves out what there is not', () => {
    assert.equal(intervalLine(10, new Map(), undefined), 'last 10 s: 0 requests  $0  errors 0  cost unknown 0');
  });

  it('ends in a table, the dearest first, in which an unknown cost is no 0 and a free one is', () => {
    const free = { requests: 1, outputTokens: 9 };
    const table = totalTable(tally({ free, unknown: { ...free, costUnknown: 1 }, 'a/model': A, none: {} }));
    assert.deepEqual(table.split('\n'), [
      'model    requests  errors  in tok  out tok  unknown             cost',
      'a/model         6       1   1,000       50        2  $0.100000000001',
      'free            1       0       0        9        0        $0 (free)',
      'unknown         1       0       0        9        1                ?',
      'total           8       1   1,000       68        3  $0.100000000001',
      '',
    ]);
  });

  it('writes nothing to a terminal that comes from outside and is no text', () => {
    const table = totalTable(tally({ 'a\u001b[31m\u202eb': A }));
    assert.ok(table.includes('a[31mb ') && !table.includes('\u001b') && !table.includes('\u202e'));
  });
});

/** How much may be in flight: a fixed amount, or what memory limiters leave. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMPONENTS } from '../../src/components.ts';
import { loadTexts } from '../../src/config/load.ts';
import { createIntakeBudget, type Memory, plannedIntakeBytes } from '../../src/graph/intake-budget.ts';
import { plan } from '../../src/graph/plan.ts';

const MIB = 1_048_576;
const MEMORY: Memory = { rssBytes: 100 * MIB, heapLimitBytes: 8_000 * MIB, totalBytes: 2_000 * MIB };

/** The most that is admitted beside one byte, plus that byte, in MiB; and the warnings. */
function budgetOf(limiters: readonly string[], memory: Partial<Memory> = {}, unused = '') {
  const names = limiters.map((_, index) => `memory_limiter/${index}`);
  const text = `
receivers: { otlp: { protocols: { http: } } }
processors:
${limiters.map((limiter, index) => `  memory_limiter/${index}: { check_interval: 1s, ${limiter} }\n`).join('')}${unused}
  batch:
exporters: { otlp_http: { endpoint: 'http://localhost:9' } }
service:
  pipelines:
    traces/a: { receivers: [otlp], processors: [batch], exporters: [otlp_http] }
    traces/b: { receivers: [otlp], processors: [${['batch', ...names].join(', ')}], exporters: [otlp_http] }
`;
  const { plan: planned, faults } = plan(loadTexts([{ file: 'a.yaml', text }], { environment: {}, unset: 'error' }), COMPONENTS);
  assert.ok(planned, JSON.stringify(faults));
  const warnings: unknown[] = [];
  const silent = () => undefined;
  const logger = {
    error: silent,
    warn: (_: string, fields?: object) => void warnings.push(fields),
    info: silent,
    debug: silent,
    show: silent,
  };
  const budget = createIntakeBudget(plannedIntakeBytes(planned, { ...MEMORY, ...memory }, logger));
  assert.ok(budget.admit(1));
  let low = 0;
  for (let step = 2 ** 34; step >= 1; step /= 2) {
    if (!budget.admit(low + step)) continue;
    budget.release(low + step);
    low += step;
  }
  return { mib: (low + 1) / MIB, warnings };
}

describe('the budget of bytes in flight', () => {
  const cases: readonly (readonly [what: string, limiters: readonly string[], memory: Partial<Memory>, mib: number])[] = [
    ['is fixed without a limiter', [], {}, 64],
    ['is an eighth of the limit less its spike and what is in use already', ['limit_mib: 500, spike_limit_mib: 150'], {}, 31.25],
    ['leaves a fifth free where the spike is not told', ['limit_mib: 500'], {}, 37.5],
    ['is a share of all memory', ['limit_percentage: 50, spike_limit_percentage: 10'], {}, 87.5],
    ['leaves a fifth of that share', ['limit_percentage: 50'], {}, 87.5],
    ['goes by MiB where both are told', ['limit_mib: 500, limit_percentage: 90'], {}, 37.5],
    ['is an eighth of the heap at most', ['limit_mib: 1900'], { heapLimitBytes: 400 * MIB }, 50],
    ['is that of the strictest limiter', ['limit_mib: 900', 'limit_mib: 500', 'limit_percentage: 40'], {}, 37.5],
    ['is 16 MiB at least', ['limit_mib: 140'], {}, 16],
    ['is 16 MiB also where more is in use than allowed', ['limit_mib: 50'], {}, 16],
  ];
  for (const [what, limiters, memory, mib] of cases) it(what, () => assert.equal(budgetOf(limiters, memory).mib, mib));

  it('comes with a warning when it is raised to the least', () => {
    assert.deepEqual(budgetOf(['limit_mib: 140']).warnings, [
      { left_bytes: 12 * MIB, budget_bytes: 16 * MIB, rss_bytes: 100 * MIB, heap_limit_bytes: 8_000 * MIB },
    ]);
    assert.deepEqual(budgetOf(['limit_mib: 500']).warnings, []);
  });

  it('is not changed by a limiter that no pipeline uses', () => {
    assert.equal(budgetOf([], {}, '  memory_limiter/unused: { check_interval: 1s, limit_mib: 150 }\n').mib, 64);
  });
});

describe('a budget', () => {
  it('admits up to its limit, and again what was released', () => {
    const budget = createIntakeBudget(10);
    assert.deepEqual([budget.admit(6), budget.admit(5), budget.admit(4), budget.admit(1)], [true, false, true, false]);
    budget.release(6);
    assert.ok(budget.admit(6));
  });

  it('admits anything when nothing else is in flight', () => {
    const budget = createIntakeBudget(10);
    assert.ok(budget.admit(1_000));
    assert.ok(!budget.admit(1));
    budget.release(1_000);
    assert.ok(budget.admit(1_000));
  });
});

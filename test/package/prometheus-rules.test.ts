/** The recording and alerting rules: their own tests hold, and what they ask for is what the daemon shows. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { ROOT } from '../helpers/daemon.ts';
import { findPrometheus } from '../helpers/prometheus.ts';

type Texts = Readonly<Record<string, string>>;
type Rule = Readonly<{ record?: string; alert?: string; expr: string; labels?: Texts; annotations?: Texts }>;

const FOLDER = join(ROOT, 'deploy/prometheus');
const RULES_FILE = 'openrouter.rules.yml';
const { groups }: { groups: readonly Readonly<{ rules: readonly Rule[] }>[] } = parse(
  readFileSync(join(FOLDER, RULES_FILE), 'utf8'),
);
const RULES = groups.flatMap(({ rules }) => rules);

/** Asked for by rules that stay silent until the daemon shows them. */
const NOT_SHOWN_YET = new Set(['openrouter_budget_cost_usd_total', 'openrouter_budget_limit_usd', 'openrouter_budget_used_usd']);
/** Added by Prometheus to every series, and to the buckets of a histogram. */
const GIVEN_LABELS = new Set(['job', 'instance', 'le']);

/** Labels by name, as the reference lists them; the daemon's docs cannot differ from its code. */
const SHOWN = new Map(
  [...readFileSync(join(ROOT, 'docs/reference/metrics.md'), 'utf8').matchAll(/^\| `([a-z0-9_]+)` \| [a-z]+ \| ([^|]*) \|/gm)].map(
    ([, name = '', labels = '']) => [name, new Set([...labels.matchAll(/`([^`]+)`/g)].map(([, label = '']) => label))],
  ),
);

const peer = findPrometheus();

describe('the Prometheus rules', () => {
  for (const file of globSync('*.test.yml', { cwd: FOLDER })) {
    it(`pass ${file}`, { skip: peer.missing }, () => promtool('test', 'rules', file));
  }

  it('are accepted by promtool', { skip: peer.missing }, () =>
    promtool('check', 'rules', '--lint=all', '--lint-fatal', RULES_FILE),
  );

  it('hold a severity, a summary and a description each that alerts', () => {
    const alerts = RULES.filter(({ alert }) => alert !== undefined);
    assert.ok(alerts.length > 10);
    for (const { alert = '', labels, annotations } of alerts) {
      assert.match(labels?.['severity'] ?? '', /^(info|warning|critical)$/, alert);
      assert.ok(annotations?.['summary'] && annotations['description'], alert);
    }
  });

  for (const { record, alert, expr } of RULES) {
    it(`ask for what the daemon shows: ${record ?? alert}`, () => {
      const selectors = selectorsIn(expr);
      assert.ok(selectors.length > 0);
      for (const { name, labels } of selectors) {
        if (NOT_SHOWN_YET.has(name)) continue;
        const shown = SHOWN.get(name);
        assert.ok(shown, `${name} is not in docs/reference/metrics.md`);
        const missing = labels.filter((label) => !shown.has(label) && !GIVEN_LABELS.has(label));
        assert.deepEqual(missing, [], `labels of ${name}`);
      }
    });
  }

  it('wait for no metric that is shown by now', () => {
    assert.deepEqual(
      [...NOT_SHOWN_YET].filter((name) => SHOWN.has(name)),
      [],
    );
  });
});

function promtool(...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

/** Which metrics an expression asks for, by which labels it chooses, joins and adds them up. */
function selectorsIn(expr: string): readonly Readonly<{ name: string; labels: readonly string[] }>[] {
  const grouping = /\b(?:by|on) \(([^)]*)\)/g;
  const grouped = [...expr.matchAll(grouping)].flatMap(([, list = '']) => list.split(',').map((label) => label.trim()));
  const selectors = expr.replaceAll(grouping, '').matchAll(/\b((?:openrouter|gen_ai|otelcol|spanmeter)_\w+)(\{[^}]*\})?/g);
  return [...selectors].map(([, name = '', matchers = '']) => ({
    name: name.replace(/_(?:bucket|count|sum)$/, ''), // a histogram is shown under its own name
    labels: [...grouped, ...[...matchers.matchAll(/(\w+)\s*=/g)].map(([, label = '']) => label)],
  }));
}

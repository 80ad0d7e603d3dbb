/** A dimension is a label for what a span says about its caller. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { genaiConnector } from '../../../src/connectors/genai/index.ts';
import type { Span } from '../../../src/data/batch.ts';
import { faultsOf } from '../../helpers/component.ts';
import { GenaiMeter } from '../../helpers/genai-meter.ts';
import { type Envelope, OPENROUTER, openRouterSpan, record, span, type Value, type Values } from '../../helpers/model-calls.ts';

/** What a label of the requests says for each span, in order; undefined: the series has no such label. */
function labelOf(
  yaml: string,
  label: string,
  spans: readonly Span[],
  around: Envelope = OPENROUTER,
): readonly (string | undefined)[] {
  const meter = new GenaiMeter(yaml).apply(spans.map((one) => record([one], around)));
  return meter.points('openrouter_requests').map(({ labels }) => labels.find(([name]) => name === label)?.[1]);
}

function labelOfOne(yaml: string, label: string, values: Values, resource: Values = {}): string | undefined {
  return labelOf(yaml, label, [openRouterSpan(values)], { ...OPENROUTER, resource: { ...OPENROUTER.resource, ...resource } })[0];
}

describe('the value of a dimension', () => {
  const cases: readonly [string, string, Values, Values, string | undefined][] = [
    ['is on the span', 'team', { team: 'a' }, { team: 'b' }, 'a'],
    ['is on the resource if the span lacks it', 'team', {}, { team: 'b' }, 'b'],
    ['is on the resource if the span has it empty', 'team', { team: '' }, { team: 'b' }, 'b'],
    ['is on the span alone', '{ name: span.team, label: team }', {}, { team: 'b' }, undefined],
    ['is on the span under a restricted name', '{ name: span.team, label: team }', { team: 'a' }, {}, 'a'],
    [
      'is on the span under a name that begins like a restriction',
      '{ name: span.metadata.team, label: team }',
      { 'span.metadata.team': 'a' },
      {},
      'a',
    ],
    ['is on the resource alone', '{ name: resource.team, label: team }', { team: 'a' }, { team: 'b' }, 'b'],
    ['is none, and so is the label', 'team', {}, {}, undefined],
    ['is the default', '{ name: team, default: none }', {}, {}, 'none'],
    ['is the default if it is empty', '{ name: team, default: none }', { team: '\u0007' }, {}, 'none'],
    ['is of the exact key', 'team', { Team: 'a', 'trace.metadata.team': 'b' }, {}, undefined],
  ];
  for (const [name, dimension, values, resource, expected] of cases) {
    it(name, () => assert.equal(labelOfOne(`dimensions: [${dimension}]`, 'team', values, resource), expected));
  }

  it('is the last of two', () => {
    const one = openRouterSpan({ team: 'a' });
    const doubled = { ...one, attributes: [...(one.attributes ?? []), { key: 'team', value: { stringValue: 'b' } }] };
    assert.deepEqual(labelOf('dimensions: [team]', 'team', [doubled]), ['b']);
  });

  const texts: readonly [Value, string][] = [
    ['Büro 7', 'Büro 7'],
    [true, 'true'],
    [7n, '7'],
    [7, '7'],
    [0.5, '0.5'],
    [1e-7, '0.0000001'],
    [1e21, '1000000000000000000000'],
    [['a', 'b'], '["a","b"]'],
  ];
  for (const [value, expected] of texts) {
    it(`is ${expected} in text`, () => assert.equal(labelOfOne('dimensions: [team]', 'team', { team: value }), expected));
  }

  it('counts alike whether a number came as int or as double', () => {
    assert.deepEqual(
      labelOf(
        'dimensions: [team]',
        'team',
        [1n, 1].map((team) => openRouterSpan({ team })),
      ),
      ['1'],
    );
  });

  it('skips no span', () => {
    const meter = new GenaiMeter('dimensions: [team]').apply([record([openRouterSpan({ team: 'a' }), openRouterSpan()])]);
    assert.equal(meter.total('openrouter_requests'), '2');
  });
});

describe('a dimension of a parent', () => {
  const YAML = 'dimensions: [{ name: parent.http.route, label: route }]';
  const ids = { traceId: 'c'.repeat(32) };
  const call = openRouterSpan({ 'http.route': '/mine' }, { ...ids, spanId: '3'.repeat(16), parentSpanId: '2'.repeat(16) });
  const step = (values: Values, parentSpanId = '1'.repeat(16)) => span(values, { ...ids, spanId: '2'.repeat(16), parentSpanId });
  const route = span({ 'http.route': '/chat' }, { ...ids, spanId: '1'.repeat(16) });

  function routes(spans: readonly Span[]): readonly (string | undefined)[] {
    const meter = new GenaiMeter(YAML).apply([record(spans, {})]);
    return meter.points('openrouter_requests').map(({ labels }) => labels.find(([name]) => name === 'route')?.[1]);
  }

  it('is of the nearest span above that has it', () => {
    assert.deepEqual(routes([call, step({}), route]), ['/chat']);
    assert.deepEqual(routes([call, step({ 'http.route': '/step' }), route]), ['/step']);
  });
  it('is not its own', () => assert.deepEqual(routes([call]), [undefined]));
  it('ends where parents go in a circle', () => assert.deepEqual(routes([call, step({}, '3'.repeat(16))]), [undefined]));
});

describe('the label', () => {
  const cases: readonly [string, string][] = [
    ['trace.metadata.team', 'team'],
    ['trace.metadata.cost-centre', 'cost_centre'],
    ['deployment.environment.name', 'deployment_environment_name'],
    ['trace.metadata.ünïcødé-🚀', '_n_c_d___'],
    ['trace.metadata.2nd', '_2nd'],
    ['resource.team', 'resource_team'],
  ];
  for (const [name, label] of cases) {
    it(`of ${name} is ${label}`, () => {
      const meter = new GenaiMeter(JSON.stringify({ dimensions: [{ name, default: 'x' }] })).apply([record([openRouterSpan()])]);
      assert.deepEqual(meter.points('openrouter_cost_usd').length, 0);
      assert.ok(meter.points('openrouter_requests').every(({ labels }) => labels.some(([own]) => own === label)));
    });
  }

  it('stands behind model, provider and key, in order of the file', () => {
    const meter = new GenaiMeter('dimensions: [{ name: b, default: x }, { name: a, default: y }]').apply([
      record([openRouterSpan({ 'gen_ai.usage.total_cost': 1 })]),
    ]);
    assert.deepEqual(
      meter.points('openrouter_cost_usd').map(({ labels }) => labels.map(([name]) => name)),
      [['model', 'provider', 'api_key', 'b', 'a']],
    );
  });
});

describe('a dimension that cannot be', () => {
  const faults: readonly [string, string, RegExp][] = [
    ['is reserved', '[{ name: x, label: le }]', /dimensions\[0\]\.label: label "le" is reserved/],
    ['is reserved for Prometheus', '[{ name: x, label: __name }]', /dimensions\[0\]\.label: label "__name" is reserved/],
    ['is named like a target', '[job]', /dimensions\[0\]: label "job" is reserved/],
    ['is in the catalogue', '[model]', /dimensions\[0\]: label "model" is one that the metrics have already/],
    ['is in the catalogue of another metric', '[trace.metadata.type]', /dimensions\[0\]: label "type" is one/],
    ['is there twice', '[a, b, { name: c, label: a }]', /dimensions\[2\]\.label: label "a" is the label of another/],
    ['is there twice as it is', '[a, b, a]', /dimensions\[2\]: dimension "a" stands here twice; remove one of them/],
    ['becomes the same as another', '[a.b, a-b]', /dimensions\[1\]: label "a_b" is the label of another/],
    ['is a label only for others', '[{ name: x, label: a-b }]', /dimensions\[0\]\.label: expected a label name/],
    ['has no name left', '["trace.metadata."]', /dimensions\[0\]: cannot make a label name/],
    ['names a user', '[user.id]', /dimensions\[0\]: "user\.id" has a new value for every person/],
    ['names a session', '[session.id]', /set max_values/],
    ['names a generation', '[gen_ai.response.id]', /set max_values/],
    ['names an account', '[trace.metadata.openrouter.entity_id]', /set max_values/],
    ['names a user with a restriction', '[{ name: span.user.id, label: user }]', /dimensions\[0\]: "span\.user\.id"/],
  ];
  for (const [name, dimensions, expected] of faults) {
    it(name, () => {
      const found = faultsOf(genaiConnector.config, `dimensions: ${dimensions}`).map(
        ({ path, message }) => `${path}: ${message}`,
      );
      assert.match(found.join('\n'), expected);
    });
  }

  it('may be if its values have an end', () => {
    const bounded = 'dimensions: [{ name: user.id, max_values: 50 }, { name: session.id, values: [a] }]';
    assert.deepEqual(faultsOf(genaiConnector.config, bounded), []);
  });
});

describe('histogram dimensions', () => {
  const spans = [openRouterSpan({ team: 'a', 'trace.metadata.openrouter.provider_name': 'OpenAI' })];
  function names(yaml: string, family: string): readonly string[] {
    const meter = new GenaiMeter(yaml).apply([record(spans)]);
    return meter.points(family).flatMap(({ labels }) => labels.map(([name]) => name));
  }
  const CLIENT = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model', 'gen_ai_response_model'];

  it('are the serving provider by default', () => {
    assert.deepEqual(names('{}', 'gen_ai_client_operation_duration_seconds'), [...CLIENT, 'provider']);
  });
  it('may be none', () => {
    assert.deepEqual(names('histogram_dimensions: []', 'gen_ai_client_operation_duration_seconds'), CLIENT);
  });
  it('may be dimensions, by label or attribute, and labels of the requests', () => {
    const yaml = 'dimensions: [{ name: team, label: squad }]\nhistogram_dimensions: [api_key, team]';
    assert.deepEqual(names(yaml, 'gen_ai_client_operation_duration_seconds'), [...CLIENT, 'api_key', 'squad']);
    assert.deepEqual(names(yaml.replace('[api_key, team]', '[squad]'), 'gen_ai_client_operation_duration_seconds'), [
      ...CLIENT,
      'squad',
    ]);
  });
  it('must be known', () => {
    const [fault] = faultsOf(genaiConnector.config, 'histogram_dimensions: [provider, nope]');
    assert.equal(fault?.path, 'component.histogram_dimensions[1]');
    assert.match(fault?.message ?? '', /"nope" is no dimension/);
  });
});

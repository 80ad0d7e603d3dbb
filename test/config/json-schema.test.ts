import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Definition } from '../../src/component/define.ts';
import { auth, duration, headers, hostPort, noEffect, section, size, unsupported } from '../../src/config/fields.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';

const exporter: Definition = {
  kind: 'exporter',
  type: 'otlp_http',
  aliases: ['otlphttp'],
  summary: 'Sends batches.',
  signals: ['traces'],
  example: 'endpoint: http://tempo:4318',
  config: z.strictObject({
    endpoint: z.url({ protocol: /^https?$/ }).describe('Where to send.'),
    timeout: duration().prefault('30s').describe('Longest attempt.'),
    max_size: size().prefault('20MiB').describe('Most bytes.'),
    count: z.int().positive().default(1).describe('How many.'),
    enabled: z.boolean().default(true).describe('Whether.'),
    mode: z.enum(['drop', 'truncate']).default('drop').describe('How.'),
    headers: headers(),
    auth: auth().optional(),
    actions: z
      .array(
        z.discriminatedUnion('action', [
          z.strictObject({ action: z.literal('delete') }),
          z.strictObject({ action: z.enum(['insert']), value: z.number() }),
        ]),
      )
      .default([])
      .describe('What to do.'),
    queue_size: noEffect('the journal is the queue'),
    cors: unsupported('put a proxy in front'),
  }),
  create: () => ({ attempt: async () => ({ status: 'delivered' }) }),
};
const pull: Definition = {
  kind: 'pull_exporter',
  type: 'prometheus',
  summary: 'Is read.',
  example: 'endpoint: localhost:9464',
  config: z.strictObject({
    endpoint: hostPort().prefault('localhost:9464').describe('Address.'),
    tls: section(z.strictObject({})).describe('TLS.'),
  }),
  create: () => ({}),
};

const schema = configJsonSchema([exporter, pull]);
const definitions = Object.entries(schema).find(([key]) => key === 'definitions')?.[1] as Record<string, Schema>;

type Schema = typeof schema;

/** As much of draft-07 as the schema uses; says at which path a value does not fit. */
function misfit(rule: unknown, value: unknown, path = ''): string | undefined {
  const {
    $ref,
    type,
    anyOf,
    properties = {},
    patternProperties = {},
    additionalProperties,
    required = [],
    items,
    ...limits
  } = rule as Schema;
  if ($ref) return misfit(definitions[$ref.replace('#/definitions/', '')], value, path);
  const actual = value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  if (type && ![type].flat().some((one) => one === actual || (one === 'number' && actual === 'integer'))) return path;
  if (anyOf?.every((one) => misfit(one, value, path) !== undefined)) return path;
  if (typeof value === 'string' && limits.pattern && !new RegExp(limits.pattern, 'u').test(value)) return path;
  if (typeof value === 'string' && limits.format === 'uri' && !URL.canParse(value)) return path;
  if (limits.enum && !limits.enum.includes(value as string)) return path;
  if ('const' in limits && limits.const !== value) return path;
  if (typeof value === 'number' && (value < (limits.minimum ?? value) || value <= Number(limits.exclusiveMinimum ?? value - 1)))
    return path;
  if (actual === 'array')
    return (value as unknown[])
      .map((item, index) => misfit(items ?? true, item, `${path}[${index}]`))
      .find((found) => found !== undefined);
  if (actual !== 'object') return undefined;
  const entries = Object.entries(value as object);
  if (required.some((key) => !entries.some(([name]) => name === key))) return path;
  return entries
    .map(([key, item]) => {
      const matching = Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern).test(key))?.[1];
      const inner = properties[key] ?? matching ?? additionalProperties ?? true;
      return inner === false ? `${path}.${key}` : misfit(inner, item, `${path}.${key}`);
    })
    .find((found) => found !== undefined);
}

const service = 'service: { pipelines: { traces: { receivers: [], exporters: [otlp_http] } } }';

function fits(exporters: string): string | undefined {
  return misfit(schema, parse(`${service}\nexporters:\n  ${exporters}\n`));
}

describe('the JSON Schema', () => {
  it('is draft-07, named, and closed at every level', () => {
    assert.equal(schema.$schema, 'http://json-schema.org/draft-07/schema#');
    assert.deepEqual(schema.required, ['service']);
    for (const part of [schema, ...Object.values(definitions)]) assertClosed(part);
  });

  const good = [
    'otlp_http: { endpoint: "http://tempo:4318" }',
    'otlphttp/tempo: { endpoint: "${env:TEMPO}", timeout: 5s, max_size: 20MiB, count: 2, enabled: false, mode: truncate }',
    'otlp_http/a/b: { endpoint: "http://${env:HOST}:4318", timeout: "${env:X}", max_size: "${env:X:-1}", count: "${env:X}", enabled: "${file:x}", mode: "${env:X}" }',
    'otlp_http: { endpoint: http://x, timeout: 0, max_size: 5, headers: { a: "${env:X}" }, auth: { authenticator: b }, queue_size: 5 }',
    'otlp_http: { endpoint: http://x, headers: , auth: , actions: [{ action: delete }, { action: insert, value: "${env:X}" }] }',
    'prometheus:',
    'prometheus: { endpoint: "${env:X}:9464", tls: }',
  ];
  for (const exporters of good) it(`accepts ${exporters}`, () => assert.equal(fits(exporters), undefined));

  const bad: [exporters: string, path: string][] = [
    ['otlp_http: {}', '.exporters.otlp_http'],
    ['otlp: { endpoint: http://x }', '.exporters.otlp'],
    ['prometheus2:', '.exporters.prometheus2'],
    ['prometheus: { endpont: x }', '.exporters.prometheus.endpont'],
    ['otlp_http: { endpoint: http://x, timeout: 10 }', '.exporters.otlp_http.timeout'],
    ['otlp_http: { endpoint: http://x, timeout: ten }', '.exporters.otlp_http.timeout'],
    ['otlp_http: { endpoint: http://x, max_size: 5 apples }', '.exporters.otlp_http.max_size'],
    ['otlp_http: { endpoint: http://x, count: 0 }', '.exporters.otlp_http.count'],
    ['otlp_http: { endpoint: http://x, enabled: "yes" }', '.exporters.otlp_http.enabled'],
    ['otlp_http: { endpoint: http://x, mode: other }', '.exporters.otlp_http.mode'],
    ['otlp_http: { endpoint: http://x, cors: {} }', '.exporters.otlp_http.cors'],
    ['otlp_http: { endpoint: http://x, actions: [{ action: insert }] }', '.exporters.otlp_http.actions[0]'],
  ];
  for (const [exporters, path] of bad) it(`refuses ${exporters}`, () => assert.equal(fits(exporters), path));

  it('gives descriptions, defaults as a person writes them, examples, and marks what has no effect', () => {
    const { description, examples, properties = {} } = definitions['exporters.otlp_http']!;
    assert.deepEqual([description, examples], ['Sends batches.', [{ endpoint: 'http://tempo:4318' }]]);
    const { timeout, queue_size } = properties as Record<string, Schema>;
    assert.deepEqual([timeout?.description, timeout?.default], ['Longest attempt.', '30s']);
    assert.deepEqual(queue_size, { description: 'Accepted without effect: the journal is the queue.', deprecated: true });
  });

  it('holds no word that only the daemon understands', () => {
    assert.doesNotMatch(JSON.stringify(schema), /"(secret|written|noEffect|unsupported|oneOf)":/);
  });
});

function assertClosed(part: Schema): void {
  for (const [key, value] of Object.entries(part))
    if (typeof value === 'object' && value !== null && key !== 'default') assertClosed(value as Schema);
  if (part.type && [part.type].flat().includes('object'))
    assert.notEqual(part.additionalProperties, undefined, JSON.stringify(part));
}

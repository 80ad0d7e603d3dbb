import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { check } from '../../src/config/check.ts';
import {
  duration,
  headers,
  hostPort,
  noEffect,
  secret,
  section,
  size,
  unsupported,
  unsupportedValue,
} from '../../src/config/fields.ts';
import { loadTexts } from '../../src/config/load.ts';
import type { Fault } from '../../src/config/report.ts';

const Action = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('delete'), key: z.string() }),
  z.strictObject({
    action: z.enum(['insert', 'update']),
    key: z.string(),
    value: z.union([z.string(), z.number(), z.boolean()]),
  }),
]);
const Settings = z.strictObject({
  endpoint: hostPort().prefault('localhost:4318'),
  timeout: duration().prefault('30s'),
  max_size: size().prefault('20MiB'),
  count: z.int().positive().max(10).default(1),
  ratio: z.number().optional(),
  enabled: z.boolean().default(true),
  name: z.string().min(1).optional(),
  url: z.url({ protocol: /^https?$/ }).optional(),
  mode: z.enum(['drop', 'truncate']).default('drop'),
  storage: z
    .enum(['memory', 'disk'])
    .refine((storage) => storage !== 'disk', unsupportedValue('not yet'))
    .optional(),
  token: secret().optional(),
  headers: headers(),
  labels: z.record(z.string().regex(/^[a-z]+$/), z.string()).default({}),
  list: z.array(z.string()).min(1).default(['x']),
  bounds: z
    .array(z.unknown())
    .refine(() => false, 'expected rising bounds')
    .optional(),
  words: z
    .array(secret())
    .refine(() => false, 'expected rising words')
    .optional(),
  dimensions: z.array(z.union([z.string(), z.strictObject({ name: z.string(), default: z.string().optional() })])).default([]),
  actions: z.array(Action).default([]),
  tls: section(z.strictObject({ insecure: z.boolean().default(false) })),
  http: z.strictObject({ path: z.string().default('/') }).optional(),
  queue_size: noEffect('the journal is the queue'),
  cors: unsupported('put a proxy in front'),
});

type Environment = Record<string, string>;

function checked(
  yaml: string,
  { schema = Settings as z.ZodType, environment = {} as Environment, unset = 'error' as 'error' | 'warning' } = {},
) {
  const text = `c:\n${yaml.replaceAll(/^(?=.)/gm, '  ')}\n`;
  const document = loadTexts([{ file: 'f', text }], { environment, unset });
  const { value, faults } = check(schema, document, ['c']);
  return { value: value as Record<string, unknown> | undefined, faults, loading: document.faults };
}

/** As in a report, without the file. */
function shown({ code, path, message, remedy }: Fault): string {
  return `${code} ${path}: ${[message, remedy].filter(Boolean).join('; ')}`;
}

describe('a value that is wrong', () => {
  const cases: [yaml: string, fault: string, environment?: Environment][] = [
    ['endpoint: 5', 'wrong_value c.endpoint: expected an address such as "localhost:4318", got 5'],
    [
      'endpoint: http://x:1',
      'wrong_value c.endpoint: expected an address such as "localhost:4318" without "http://", got "http://x:1"',
    ],
    ['timeout: 10', 'wrong_value c.timeout: expected a duration such as "5s", got 10'],
    ['timeout: []', 'wrong_value c.timeout: expected a duration such as "5s", got a list'],
    ['timeout: ten', 'wrong_value c.timeout: expected a number and a unit (ms, s, m, h), such as "5s", got "ten"'],
    ['max_size: 5 apples', 'wrong_value c.max_size: expected a size such as "20MiB", got "5 apples"'],
    ['count: 1.5', 'wrong_value c.count: expected a whole number, got 1.5'],
    ['count: many', 'wrong_value c.count: expected a number, got "many"'],
    ['count: 0', 'wrong_value c.count: expected a number above 0, got 0'],
    ['count: 11', 'wrong_value c.count: expected a number of at most 10, got 11'],
    ['count: {}', 'wrong_value c.count: expected a number, got a map'],
    ['enabled: "true"', 'wrong_value c.enabled: expected true or false, got "true"'],
    ['enabled: yes', 'wrong_value c.enabled: expected true or false, got "yes"'],
    ['name: 5', 'wrong_value c.name: expected text, got 5; put it in quotes'],
    ['name: ""', 'wrong_value c.name: expected text that is not empty, got ""'],
    ['url: tempo:4318', 'wrong_value c.url: expected a URL such as "http://localhost:4318", got "tempo:4318"'],
    ['mode: trunkate', 'wrong_value c.mode: expected one of "drop", "truncate", got "trunkate"; did you mean "truncate"?'],
    ['storage: disk', 'unsupported c.storage: "disk" is not supported here; not yet'],
    ['labels: { A1: x }', 'wrong_value c.labels.A1: expected text that matches /^[a-z]+$/, got "A1"'],
    ['labels: { a: 1 }', 'wrong_value c.labels.a: expected text, got 1; put it in quotes'],
    ['list: []', 'wrong_value c.list: expected a list that is not empty, got a list'],
    ['list: x', 'wrong_value c.list: expected a list, got "x"'],
    ['list: [a, ~]', 'wrong_value c.list[1]: expected text, got nothing'],
    ['dimensions: [5]', 'wrong_value c.dimensions[0]: expected text or a map, got 5'],
    ['dimensions: [{ name: a, defalt: b }]', 'unknown_key c.dimensions[0].defalt: unknown key; did you mean "default"?'],
    ['dimensions: [{ default: a }]', 'missing_key c.dimensions[0].name: missing key, expected text'],
    [
      'actions: [{ action: drop, key: a }]',
      'wrong_value c.actions[0].action: expected one of "delete", "insert", "update", got "drop"',
    ],
    ['actions: [{ key: a }]', 'missing_key c.actions[0].action: missing key, expected one of "delete", "insert", "update"'],
    [
      'actions: [{ action: insert, key: a }]',
      'missing_key c.actions[0].value: missing key, expected text or a number or true or false',
    ],
    ['tls: 5', 'wrong_value c.tls: expected a map, got 5'],
    ['http: path:/x', 'wrong_value c.http: expected a map, got "path:/x"; a space is missing after `path:`'],
    ['http: https://x', 'wrong_value c.http: expected a map, got "https://x"'],
    ['timeot: 5s', 'unknown_key c.timeot: unknown key; did you mean "timeout"?'],
    ['endpoint: "[::1]:70000"', 'wrong_value c.endpoint: expected a port of at most 65535, got "[::1]:70000"'],
    ['bounds: [3, 1]', 'wrong_value c.bounds: expected rising bounds, got [3, 1]'],
    ['bounds: [3, "${env:X}", [2]]', 'wrong_value c.bounds: expected rising bounds, got [3, "a" (from X), a list]', { X: 'a' }],
    ['words: [b, a]', 'wrong_value c.words: expected rising words, got [[REDACTED], [REDACTED]]'],
    [
      'headers: { "a b": c }',
      'wrong_value c.headers.a b: expected the name of a header: letters, digits, "-" and "_", got "a b"',
    ],
    ['tls: { cafile: x }', 'unknown_key c.tls.cafile: unknown key; known: insecure'],
    ['nothing_like_it: 5s', 'unknown_key c.nothing_like_it: unknown key'],
    ['cors: { allowed: [x] }', 'unsupported c.cors: known to the Collector, not supported here; put a proxy in front'],
    ['count: ${env:X}', 'wrong_value c.count: expected a number, got "many" (from X)', { X: 'many' }],
    ['count: ${env:X}', 'wrong_value c.count: expected a number above 0, got -5 (from X)', { X: '-5' }],
    ['count: ${env:X}', 'wrong_value c.count: expected a number, got "" (from X)', { X: '' }],
    ['enabled: ${env:X}', 'wrong_value c.enabled: expected true or false, got "1a" (from X)', { X: '1a' }],
    ['list: ${env:X}', 'wrong_value c.list: expected a list, got "[a]" (from X)', { X: '[a]' }],
    [
      'url: http//${env:X}',
      'wrong_value c.url: expected a URL such as "http://localhost:4318", got "http//x" (from X)',
      { X: 'x' },
    ],
    ['token: 5', 'wrong_value c.token: expected text, got [REDACTED]; put it in quotes'],
    ['headers: { a: 5 }', 'wrong_value c.headers.a: expected text, got [REDACTED]; put it in quotes'],
    [`name: [${'x'.repeat(90)}]`, 'wrong_value c.name: expected text, got a list'],
    [`mode: ${'x'.repeat(90)}`, `wrong_value c.mode: expected one of "drop", "truncate", got "${'x'.repeat(60)}…"`],
  ];
  for (const [yaml, fault, environment] of cases) {
    it(`is said with what was expected and what came: ${yaml.slice(0, 60)} ${JSON.stringify(environment ?? '')}`, () => {
      const { value, faults } = checked(yaml, { environment });
      assert.deepEqual([faults.map(shown), value], [[fault], undefined]);
    });
  }

  it('is one of all', () => {
    const { faults } = checked('count: x\nfoo: 1\ntls: { insecure: 5, bar: 1 }\ncors: 1\nactions: [{ action: delete }, 5]');
    assert.deepEqual(faults.map(({ path }) => path).sort(), [
      'c.actions[0].key',
      'c.actions[1]',
      'c.cors',
      'c.count',
      'c.foo',
      'c.tls.bar',
      'c.tls.insecure',
    ]);
  });

  it('is marked: the key that is unknown, the value that is wrong, the parent of what is missing', () => {
    const { faults } = checked('  foo: 1\n  count: x\n  actions:\n    - key: a\n');
    const marks = faults.map(({ code, place }) => `${code} ${place.line}:${place.column}`);
    assert.deepEqual(marks.sort(), ['missing_key 5:9', 'unknown_key 2:5', 'wrong_value 3:12']);
  });

  it('of a whole section is said once', () => {
    assert.deepEqual(checked('- a').faults.map(shown), ['wrong_value c: expected a map, got a list']);
  });
});

describe('a key', () => {
  it('without effect is a hint, and the rest holds', () => {
    const { value, faults } = checked('queue_size: { any: thing }\ncount: 2');
    assert.deepEqual(faults.map(shown), ['no_effect c.queue_size: the journal is the queue']);
    assert.equal(faults[0]?.level, 'hint');
    assert.deepEqual(value && Object.entries(value).find(([key]) => key === 'count'), ['count', 2]);
  });

  it('that is absent says nothing of itself', () => assert.deepEqual(checked('count: 2').faults, []));

  it('that is unknown where few are known is told with all that do something', () => {
    const fields = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`n${index}`, z.string().optional()]));
    const schema = z.strictObject({ ...fields, queue_size: noEffect('none'), cors: unsupported('no') });
    const known = Object.keys(fields).join(', ');
    assert.deepEqual(checked('nothing_like_it: 1', { schema }).faults.map(shown), [
      `unknown_key c.nothing_like_it: unknown key; known: ${known}`,
    ]);
    assert.deepEqual(checked('queue_sise: 1', { schema }).faults.map(shown), [
      'unknown_key c.queue_sise: unknown key; did you mean "queue_size"?',
    ]);
  });

  it('that is the bad name of a header is marked itself', () => {
    const [fault] = checked('headers: { "a b": c }').faults;
    assert.deepEqual([fault?.place.column, fault?.place.endColumn], [14, 19]);
  });

  it('that is refused is never suggested', () => {
    const { faults } = checked('cros: 1', { schema: z.strictObject({ cors: unsupported('no'), path: z.string().optional() }) });
    assert.deepEqual(faults.map(shown), ['unknown_key c.cros: unknown key; known: path']);
  });
});

describe('null', () => {
  const cases: [yaml: string, path: string, value: unknown][] = [
    ['tls:', 'tls', { insecure: false }],
    ['http: ~', 'http', { path: '/' }],
    ['headers:', 'headers', {}],
    ['timeout:', 'timeout', 30_000],
    ['list:', 'list', ['x']],
    ['name: null', 'name', undefined],
    ['actions:', 'actions', []],
  ];
  for (const [yaml, key, value] of cases) {
    it(`is an empty map where a map stands, else it is absent: ${yaml}`, () => {
      const result = checked(yaml);
      assert.deepEqual([result.faults, result.value?.[key]], [[], value]);
    });
  }

  it('makes a section of defaults, as does one that is not there', () => {
    const document = loadTexts([{ file: 'f', text: 'a:\n' }], { environment: {}, unset: 'error' });
    for (const path of [['a'], ['b']]) assert.equal(check(Settings, document, path).value?.count, 1);
  });

  it('in place of a required map is a map that lacks its keys', () => {
    const schema = z.strictObject({ client: z.strictObject({ user: z.string() }) });
    assert.deepEqual(checked('client:', { schema }).faults.map(shown), ['missing_key c.client.user: missing key, expected text']);
  });
});

describe('a reference', () => {
  const environment = { N: '0123', F: '1.5', B: 'true', T: 'text', D: '5s', Z: '0' };
  const cases: [yaml: string, key: string, value: unknown][] = [
    ['name: ${env:N}', 'name', '0123'],
    ['name: ${env:B}', 'name', 'true'],
    ['count: ${env:NONE:-7}', 'count', 7],
    ['ratio: ${env:N}', 'ratio', 123],
    ['ratio: ${env:F}', 'ratio', 1.5],
    ['enabled: ${env:B}', 'enabled', true],
    ['timeout: ${env:D}', 'timeout', 5000],
    ['timeout: ${env:Z}', 'timeout', 0],
    ['max_size: ${env:NONE:-1KiB}', 'max_size', 1024],
    ['token: ${env:N}', 'token', '0123'],
    ['labels: { a: "${env:N}" }', 'labels', { a: '0123' }],
    ['list: ["${env:B}"]', 'list', ['true']],
  ];
  for (const [yaml, key, value] of cases) {
    it(`takes the type that the field wants: ${yaml}`, () => {
      const result = checked(yaml, { environment });
      assert.deepEqual([result.faults, result.value?.[key]], [[], value]);
    });
  }

  it('with text around it is text', () => {
    assert.deepEqual(checked('ratio: 1${env:Z}', { environment }).faults.map(shown), [
      'wrong_value c.ratio: expected a number, got "10" (from Z)',
    ]);
  });

  it('that is not set gives no fault behind the first, and no value', () => {
    const schema = z
      .strictObject({ user: z.string(), both: z.string().optional(), deep: z.strictObject({ a: z.int() }).optional() })
      .refine(({ both }) => both !== undefined, 'one of them is needed');
    const { value, faults, loading } = checked('user: ${env:NONE}\nboth: ${env:NONE}\ndeep: ${env:NONE}', {
      schema,
      unset: 'warning',
    });
    assert.deepEqual([value, faults, loading.map(({ code }) => code)], [undefined, [], Array(3).fill('unset_variable')]);
  });

  it('that is not set does not hide other faults', () => {
    assert.deepEqual(
      checked('name: ${env:NONE}\ncount: x').faults.map(({ path }) => path),
      ['c.count'],
    );
  });
});

describe('a rule over several fields', () => {
  const schema = z
    .strictObject({ min: z.int().default(1), max: z.int().optional(), cert: z.string().optional() })
    .superRefine((value, context) => {
      if (value.max !== undefined && value.max < value.min)
        context.addIssue({ code: 'custom', path: ['max'], message: 'max is below min' });
      if (value.cert === undefined) context.addIssue({ code: 'custom', path: ['cert'], message: 'needed to listen' });
    });

  it('speaks in its own words, where it points', () => {
    assert.deepEqual(checked('min: 5\nmax: 4\ncert: x', { schema }).faults.map(shown), ['wrong_value c.max: max is below min']);
  });

  it('may ask for a key that is not there', () => {
    assert.deepEqual(checked('min: 5', { schema }).faults.map(shown), ['missing_key c.cert: missing key: needed to listen']);
  });
});

/** The setting that says which spans a processor is for: by service, name, kind, attributes, resource and scope. */
import { z } from 'zod';
import { noEffect, section, unsupported } from '../../config/fields.ts';
import { compilePattern } from '../../config/pattern.ts';
import { attributeOf, hasAttribute } from '../../data/attributes.ts';
import type { AnyValue, Attributes, Span } from '../../data/batch.ts';
import type { SpanInContext } from '../../data/spans.ts';
import { valueText } from '../../data/value-text.ts';

type SpanMatch = (one: SpanInContext) => boolean;

const NO_CACHE = 'no cache is needed';
const SPANS_ONLY = 'only spans come here';

const AttributeMatch = z.strictObject({
  key: z.string().min(1).describe('Attribute that must be there.'),
  value: z
    .union([z.string(), z.number(), z.boolean()])
    .optional()
    .describe('What it must be, a number as integer or double; of match_type regexp a pattern. Unset: anything.'),
});
const ScopeMatch = z.strictObject({
  name: z.string().describe('Name of the instrumentation scope.'),
  version: z.string().optional().describe('Its version.'),
});
const Cache = z.strictObject({ cacheenabled: noEffect(NO_CACHE), cachemaxnumentries: noEffect(NO_CACHE) });

const Written = z.strictObject({
  match_type: z.enum(['strict', 'regexp']).describe('Whether texts must be equal, or match as RE2 patterns.'),
  regexp: section(Cache).describe('Settings of the patterns.'),
  services: z.array(z.string()).default([]).describe('service.name of the resource: one of these.'),
  span_names: z.array(z.string()).default([]).describe('Name of the span: one of these.'),
  span_kinds: z.array(z.string()).default([]).describe('Kind of the span, such as SPAN_KIND_SERVER: one of these.'),
  attributes: z.array(AttributeMatch).default([]).describe('Attributes of the span: all of these.'),
  resources: z.array(AttributeMatch).default([]).describe('Attributes of the resource: all of these.'),
  libraries: z.array(ScopeMatch).default([]).describe('Instrumentation scope: all of these.'),
  log_bodies: unsupported(SPANS_ONLY),
  log_severity_texts: unsupported(SPANS_ONLY),
  log_severity_number: unsupported(SPANS_ONLY),
  metric_names: unsupported(SPANS_ONLY),
});
type Written = z.output<typeof Written>;

const LISTS = ['services', 'span_names', 'span_kinds', 'attributes', 'resources', 'libraries'] as const;
const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map((kind) => `SPAN_KIND_${kind}`);
const NO_SERVICE = '<nil-service-name>'; // the Collector's word for it, which a pattern may name

export function spanMatch() {
  return Written.transform((written, issues): SpanMatch => {
    const conditions = new Conditions(written, issues);
    const all = [
      ...conditions.oneOf('services', ({ resource }) => serviceName(resource?.attributes)),
      ...conditions.oneOf('span_names', ({ span }) => span.name ?? ''),
      ...conditions.oneOf('span_kinds', ({ span }) => kindName(span)),
      ...conditions.allAttributes('attributes', ({ span }) => span.attributes),
      ...conditions.allAttributes('resources', ({ resource }) => resource?.attributes),
      ...conditions.allScopes(),
    ];
    if (all.length === 0) issues.addIssue({ code: 'custom', message: `needed: at least one of ${LISTS.join(', ')}` });
    return (one) => all.every((holds) => holds(one));
  });
}

type Step = string | number;

/** Makes conditions of what is written, and says there what cannot be one. */
class Conditions {
  readonly #written: Written;
  readonly #issues: z.core.$RefinementCtx;

  constructor(written: Written, issues: z.core.$RefinementCtx) {
    this.#written = written;
    this.#issues = issues;
  }

  oneOf(list: 'services' | 'span_names' | 'span_kinds', textFrom: (one: SpanInContext) => string): readonly SpanMatch[] {
    const tests = this.#written[list].map((text, index) => {
      const impossible = list === 'span_kinds' && this.#written.match_type === 'strict' && !KINDS.includes(text);
      if (impossible) this.#refuse(`expected one of ${KINDS.join(', ')}`, list, index);
      return this.#test(text, list, index);
    });
    return tests.length === 0 ? [] : [(one) => tests.some((holds) => holds(textFrom(one)))];
  }

  allAttributes(list: 'attributes' | 'resources', from: (one: SpanInContext) => Attributes | undefined): readonly SpanMatch[] {
    return this.#written[list].map(({ key, value }, index) => {
      const holds = value === undefined ? () => true : this.#valueTest(value, list, index, 'value');
      return (one) => {
        const attributes = from(one) ?? [];
        return hasAttribute(attributes, key) && holds(attributeOf(attributes, key) ?? {});
      };
    });
  }

  allScopes(): readonly SpanMatch[] {
    return this.#written.libraries.map(({ name, version }, index) => {
      const isName = this.#test(name, 'libraries', index, 'name');
      const isVersion = version === undefined ? () => true : this.#test(version, 'libraries', index, 'version');
      return ({ scope }) => isName(scope?.name ?? '') && isVersion(scope?.version ?? '');
    });
  }

  #valueTest(expected: string | number | boolean, ...path: readonly Step[]): (value: AnyValue) => boolean {
    if (this.#written.match_type === 'strict') return (value) => isEqual(value, expected);
    if (typeof expected !== 'string') this.#refuse('expected text, because match_type is regexp', ...path);
    const test = this.#test(String(expected), ...path);
    return (value) => isScalar(value) && test(valueText(value));
  }

  #test(expected: string, ...path: readonly Step[]): (text: string) => boolean {
    if (this.#written.match_type === 'strict') return (text) => text === expected;
    const pattern = compilePattern(expected);
    if (typeof pattern !== 'string') return (text) => pattern.test(text);
    this.#refuse(pattern, ...path);
    return () => false;
  }

  #refuse(message: string, ...path: readonly Step[]): void {
    this.#issues.addIssue({ code: 'custom', path: [...path], message });
  }
}

function serviceName(attributes: Attributes = []): string {
  return hasAttribute(attributes, 'service.name') ? valueText(attributeOf(attributes, 'service.name') ?? {}) : NO_SERVICE;
}

/** Senders write it as number, as digits or as name. */
function kindName({ kind = 0 }: Span): string {
  return KINDS[Number(kind)] ?? String(kind);
}

/** An integer and a double of one amount are equal: YAML does not tell them apart. */
function isEqual({ stringValue, boolValue, intValue, doubleValue }: AnyValue, expected: string | number | boolean): boolean {
  if (typeof expected === 'string') return stringValue === expected;
  if (typeof expected === 'boolean') return boolValue === expected;
  const number = intValue ?? doubleValue;
  return number !== undefined && Number(number) === expected;
}

function isScalar({ stringValue, boolValue, intValue, doubleValue }: AnyValue): boolean {
  return (stringValue ?? boolValue ?? intValue ?? doubleValue) !== undefined;
}

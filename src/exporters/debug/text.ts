/** Writes spans out for a person, as the Collector does; prompts and answers only as long as they are. */
import type { AnyValue, Attributes, Batch, ResourceSpans, ScopeSpans, Span } from '../../data/batch.ts';
import { printable } from '../../data/printable.ts';
import { nanoseconds } from '../../data/time.ts';
import { valueText } from '../../data/value-text.ts';
import { isContent, isContentOfEvent } from '../../genai/content.ts';

type Covers = (key: string) => boolean;

export function textOfTraces(batch: Batch<'traces'>, verbosity: 'normal' | 'detailed', showContent: boolean): string {
  const write = verbosity === 'normal' ? normalLines : detailedLines;
  return batch.resources.flatMap((resource, index) => write(resource, index, showContent)).join('\n');
}

function normalLines({ resource, scopeSpans = [] }: ResourceSpans, index: number, showContent: boolean): readonly string[] {
  const covers = showContent ? nothing : isContent;
  const head = ['ResourceTraces', `#${index}`, ...assignments(resource?.attributes, covers)].join(' ');
  const scopes = scopeSpans.flatMap(({ scope, spans = [] }, scopeIndex) => [
    ['ScopeTraces', `#${scopeIndex}`, named(scope), ...assignments(scope?.attributes, covers)].filter((part) => part).join(' '),
    ...spans.map(({ name, traceId, spanId, attributes }) =>
      [...[name, traceId, spanId].map((part) => printable(part ?? '')), ...assignments(attributes, covers)].join(' '),
    ),
  ]);
  return [head, ...scopes];
}

function named(scope: ScopeSpans['scope']): string {
  const { name = '', version } = scope ?? {};
  return printable(version === undefined ? name : `${name}@${version}`);
}

function assignments(attributes: Attributes = [], covers: Covers): readonly string[] {
  return attributes.map(({ key, value = {} }) => `${printable(key)}=${shown(key, value, covers)}`);
}

function detailedLines(envelope: ResourceSpans, index: number, showContent: boolean): readonly string[] {
  const covers = showContent ? nothing : isContent;
  return [
    `ResourceSpans #${index}`,
    `Resource SchemaURL: ${printable(envelope.schemaUrl ?? '')}`,
    ...attributeLines('Resource attributes:', envelope.resource?.attributes, covers),
    ...(envelope.scopeSpans ?? []).flatMap(({ scope, spans = [], schemaUrl }, scopeIndex) => [
      `ScopeSpans #${scopeIndex}`,
      `ScopeSpans SchemaURL: ${printable(schemaUrl ?? '')}`,
      `InstrumentationScope ${named(scope)}`,
      ...attributeLines('InstrumentationScope attributes:', scope?.attributes, covers),
      ...spans.flatMap((span, spanIndex) => [`Span #${spanIndex}`, ...spanLines(span, showContent)]),
    ]),
  ];
}

function spanLines(span: Span, showContent: boolean): readonly string[] {
  const covers = showContent ? nothing : isContent;
  const { events = [], links = [], status } = span;
  return [
    ...facts({
      'Trace ID': span.traceId,
      'Parent ID': span.parentSpanId,
      ID: span.spanId,
      Name: span.name,
      Kind: span.kind,
      'Start time': timeText(span.startTimeUnixNano),
      'End time': timeText(span.endTimeUnixNano),
      'Status code': status?.code,
      'Status message': status?.message,
    }),
    ...attributeLines('Attributes:', span.attributes, covers),
    ...events.flatMap(({ name = '', timeUnixNano, attributes }, index) => [
      `SpanEvent #${index}`,
      ...facts({ Name: name, Timestamp: timeText(timeUnixNano) }),
      ...attributeLines('Attributes:', attributes, showContent ? nothing : (key) => isContentOfEvent(name, key)),
    ]),
    ...links.flatMap(({ traceId, spanId, attributes }, index) => [
      `SpanLink #${index}`,
      ...facts({ 'Trace ID': traceId, ID: spanId }),
      ...attributeLines('Attributes:', attributes, covers),
    ]),
  ];
}

function facts(valueByName: Readonly<Record<string, string | number | undefined>>): readonly string[] {
  return Object.entries(valueByName).map(([name, value = '']) =>
    `    ${name.padEnd(14)} : ${printable(String(value))}`.trimEnd(),
  );
}

function attributeLines(title: string, attributes: Attributes = [], covers: Covers): readonly string[] {
  if (attributes.length === 0) return [];
  const lines = attributes.map(({ key, value = {} }) => {
    return `     -> ${printable(key)}: ${typeName(value)}(${shown(key, value, covers)})`;
  });
  return [title, ...lines];
}

function shown(key: string, value: AnyValue, covers: Covers): string {
  const text = valueText(value);
  return covers(key) ? `[${Buffer.byteLength(text)} bytes]` : printable(text);
}

function typeName(value: AnyValue): string {
  if (value.stringValue !== undefined) return 'Str';
  if (value.intValue !== undefined) return 'Int';
  if (value.doubleValue !== undefined) return 'Double';
  if (value.boolValue !== undefined) return 'Bool';
  if (value.arrayValue !== undefined) return 'Slice';
  if (value.kvlistValue !== undefined) return 'Map';
  return value.bytesValue === undefined ? 'Empty' : 'Bytes';
}

/** In UTC, to the nanosecond. */
function timeText(time: string | number | undefined): string {
  const nanos = nanoseconds(time);
  if (nanos === undefined) return '';
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000);
  if (Number.isNaN(seconds.getTime())) return String(nanos);
  return seconds.toISOString().replace('.000Z', `.${String(nanos % 1_000_000_000n).padStart(9, '0')}Z`);
}

function nothing(): boolean {
  return false;
}

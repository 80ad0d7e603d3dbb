/** Brings OTLP JSON from different programs into one form, so that equal spans are equal values. */
import type { AnyValue, Attributes, KeyValue, ResourceSpans } from '../../src/data/batch.ts';

type Request = Readonly<{ resourceSpans?: readonly ResourceSpans[] }>;

/** Every span of these bodies by "traceId:spanId", with its resource and scope; what equals the default of protobuf is absent. */
export function canonicalSpans(bodies: readonly (string | Uint8Array)[]): ReadonlyMap<string, unknown> {
  const spans = new Map<string, unknown>();
  for (const { resource = {}, scopeSpans = [], schemaUrl: resourceSchema = '' } of bodies.flatMap(resourcesOf)) {
    for (const { scope = {}, spans: own = [], schemaUrl: scopeSchema = '' } of scopeSpans) {
      for (const span of own) {
        const identity = `${span.traceId}:${span.spanId}`.toLowerCase();
        if (spans.has(identity)) throw new Error(`span ${identity} is there twice`);
        const schemas = [resourceSchema, scopeSchema];
        spans.set(identity, { span: canonical(span), scope: canonical(scope), resource: canonical(resource), schemas });
      }
    }
  }
  return spans;
}

/** A bare integer beyond 2^53 would lose digits in JSON.parse. */
function resourcesOf(body: string | Uint8Array): readonly ResourceSpans[] {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const request: Request = JSON.parse(text.replaceAll(/("(?:intValue|\w+UnixNano)"\s*:\s*)(-?\d+)/g, '$1"$2"'));
  return request.resourceSpans ?? [];
}

function canonical(message: object): object {
  const fields = Object.entries(message).map(([name, value]) => [name, canonicalField(name, value)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function canonicalField(name: string, value: unknown): unknown {
  switch (name) {
    case 'attributes':
      return orAbsent((value as Attributes).map(canonicalAttribute));
    case 'events':
    case 'links':
      return orAbsent((value as readonly object[]).map(canonical));
    case 'status':
      return orAbsent(canonical(value as object));
    case 'traceId':
    case 'spanId':
    case 'parentSpanId':
      return orAbsent(String(value).toLowerCase());
    default:
      return orAbsent(value);
  }
}

function orAbsent(value: unknown): unknown {
  const empty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return empty || value === '' || value === 0 || value === '0' || value === null ? undefined : value;
}

function canonicalAttribute({ key = '', value }: KeyValue): readonly unknown[] {
  return [key, canonicalValue(value ?? {})];
}

/** A value with its type: 1 as an integer is not 1 as a double. */
function canonicalValue(value: AnyValue): unknown {
  if (value.intValue !== undefined) return { int: BigInt(value.intValue) };
  if (value.doubleValue !== undefined) return { double: Number(value.doubleValue) };
  if (value.bytesValue !== undefined) return { bytes: Buffer.from(value.bytesValue, 'base64').toString('hex') };
  if (value.arrayValue !== undefined) return { array: (value.arrayValue.values ?? []).map(canonicalValue) };
  if (value.kvlistValue !== undefined) return { map: (value.kvlistValue.values ?? []).map(canonicalAttribute) };
  if (value.boolValue !== undefined) return { bool: value.boolValue };
  return value.stringValue === undefined ? {} : { string: value.stringValue };
}

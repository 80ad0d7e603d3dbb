/** The one form in which telemetry travels through the daemon: OTLP/JSON-shaped, readonly, tagged by signal. */

export type Signal = 'traces' | 'metrics' | 'logs';

export type Encoding = 'json' | 'protobuf';

/**
 * The body of an OTLP export request, decompressed. `mergeable`: several such bodies of one signal and encoding can be joined
 * into one request without decoding them.
 */
export type Encoded = Readonly<{
  encoding: Encoding;
  bytes: Uint8Array;
  mergeable: boolean;
  /** The same in pieces that nobody has put together: reading `bytes` does, each time. */
  pieces?: readonly Uint8Array[];
}>;

/** An OTLP `AnyValue`; no field set is the empty value. 64-bit integers stay the number or text they came as. */
export type AnyValue = Readonly<{
  stringValue?: string;
  boolValue?: boolean;
  intValue?: number | string;
  doubleValue?: number | string;
  arrayValue?: Readonly<{ values?: readonly AnyValue[] }>;
  kvlistValue?: Readonly<{ values?: Attributes }>;
  /** Base64. */
  bytesValue?: string;
}>;

export type KeyValue = Readonly<{ key: string; value?: AnyValue }>;

/** In wire order; a key may stand twice. */
export type Attributes = readonly KeyValue[];

/** Nanoseconds since the Unix epoch, as decimal text or (lossy above 2^53) as a number. */
export type UnixNano = string | number;

export type SpanEvent = Readonly<{ timeUnixNano?: UnixNano; name?: string; attributes?: Attributes }>;

type SpanLink = Readonly<{
  traceId?: string;
  spanId?: string;
  traceState?: string;
  attributes?: Attributes;
  flags?: number;
}>;

/** `code` is 0, 1, 2, the same as text, or a `STATUS_CODE_…` name. */
type SpanStatus = Readonly<{ code?: number | string; message?: string }>;

/** Ids are hexadecimal in any case, as received; they may be missing or malformed. */
export type Span = Readonly<{
  traceId?: string;
  spanId?: string;
  parentSpanId?: string;
  traceState?: string;
  flags?: number;
  name?: string;
  kind?: number | string;
  startTimeUnixNano?: UnixNano;
  endTimeUnixNano?: UnixNano;
  attributes?: Attributes;
  events?: readonly SpanEvent[];
  links?: readonly SpanLink[];
  status?: SpanStatus;
}>;

export type Scope = Readonly<{ name?: string; version?: string; attributes?: Attributes }>;

export type Resource = Readonly<{ attributes?: Attributes }>;

export type ScopeSpans = Readonly<{ scope?: Scope; spans?: readonly Span[]; schemaUrl?: string }>;

export type ResourceSpans = Readonly<{ resource?: Resource; scopeSpans?: readonly ScopeSpans[]; schemaUrl?: string }>;

/** Metrics and logs have no pipeline yet: their items are carried, not looked into. */
type Opaque = Readonly<Record<string, unknown>>;

type ResourcesOf = {
  traces: readonly ResourceSpans[];
  metrics: readonly Opaque[];
  logs: readonly Opaque[];
};

/** Telemetry in flight, in the shape of OTLP/JSON. Readonly all the way down: to change one, build another. */
export type Batch<S extends Signal = Signal> = {
  [K in S]: {
    readonly signal: K;
    readonly resources: ResourcesOf[K];
    /** The bytes it arrived in, for as long as nothing has changed. */
    readonly encoded?: Encoded | undefined;
    /** Of one that was changed: in which encoding it arrived, and is written anew; unset is JSON. */
    readonly encoding?: Encoding | undefined;
  };
}[S];

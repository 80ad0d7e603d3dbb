/** OTLP traces by an independent protobuf library, from descriptors of its own: what our codec is checked against. */
import {
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';

const SCALARS: Readonly<Record<string, Type>> = {
  string: Type.STRING,
  bytes: Type.BYTES,
  bool: Type.BOOL,
  int64: Type.INT64,
  int32: Type.INT32,
  uint32: Type.UINT32,
  fixed32: Type.FIXED32,
  fixed64: Type.FIXED64,
  double: Type.DOUBLE,
};
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  SpanKind: ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map((name) => `SPAN_KIND_${name}`),
  StatusCode: ['UNSET', 'OK', 'ERROR'].map((name) => `STATUS_CODE_${name}`),
};

/** In the notation of .proto files: `repeated` and type, name, number; AnyValue's fields are one oneof. */
const MESSAGES: Readonly<Record<string, string>> = {
  ExportTraceServiceRequest: 'repeated ResourceSpans resource_spans 1',
  ResourceSpans: 'Resource resource 1; repeated ScopeSpans scope_spans 2; string schema_url 3',
  Resource: 'repeated KeyValue attributes 1; uint32 dropped_attributes_count 2; repeated EntityRef entity_refs 3',
  EntityRef: 'string schema_url 1; string type 2; repeated string id_keys 3; repeated string description_keys 4',
  ScopeSpans: 'InstrumentationScope scope 1; repeated Span spans 2; string schema_url 3',
  InstrumentationScope: 'string name 1; string version 2; repeated KeyValue attributes 3; uint32 dropped_attributes_count 4',
  Span: `bytes trace_id 1; bytes span_id 2; string trace_state 3; bytes parent_span_id 4; fixed32 flags 16; string name 5;
    SpanKind kind 6; fixed64 start_time_unix_nano 7; fixed64 end_time_unix_nano 8; repeated KeyValue attributes 9;
    uint32 dropped_attributes_count 10; repeated Event events 11; uint32 dropped_events_count 12; repeated Link links 13;
    uint32 dropped_links_count 14; Status status 15`,
  Event: 'fixed64 time_unix_nano 1; string name 2; repeated KeyValue attributes 3; uint32 dropped_attributes_count 4',
  Link: `bytes trace_id 1; bytes span_id 2; string trace_state 3; repeated KeyValue attributes 4; uint32 dropped_attributes_count 5;
    fixed32 flags 6`,
  Status: 'string message 2; StatusCode code 3',
  KeyValue: 'string key 1; AnyValue value 2',
  AnyValue: `string string_value 1; bool bool_value 2; int64 int_value 3; double double_value 4; ArrayValue array_value 5;
    KeyValueList kvlist_value 6; bytes bytes_value 7`,
  ArrayValue: 'repeated AnyValue values 1',
  KeyValueList: 'repeated KeyValue values 1',
  ExportTraceServiceResponse: 'ExportTracePartialSuccess partial_success 1',
  ExportTracePartialSuccess: 'int64 rejected_spans 1; string error_message 2',
  RpcStatus: 'int32 code 1; string message 2; repeated AnyMessage details 3',
  AnyMessage: 'string type_url 1; bytes value 2',
  BadRequest: 'repeated FieldViolation field_violations 1',
  FieldViolation: 'string field 1; string description 2',
  RetryInfo: 'Duration retry_delay 1',
  Duration: 'int64 seconds 1; int32 nanos 2',
};

function fieldOf(text: string, oneof: boolean): FieldDescriptorProto {
  const [, list, type = '', name = '', number] = /^(repeated )?(\w+) (\w+) (\d+)$/.exec(text.trim())!;
  return create(FieldDescriptorProtoSchema, {
    name,
    jsonName: name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    number: Number(number),
    label: list === undefined ? Label.OPTIONAL : Label.REPEATED,
    ...(oneof && { oneofIndex: 0 }),
    ...(type in SCALARS
      ? { type: SCALARS[type]! }
      : { type: type in ENUMS ? Type.ENUM : Type.MESSAGE, typeName: `.oracle.${type}` }),
  });
}

function messageOf([name, fields]: [string, string]): DescriptorProto {
  const oneof = name === 'AnyValue';
  return create(DescriptorProtoSchema, {
    name,
    field: fields.split(';').map((field) => fieldOf(field, oneof)),
    ...(oneof && { oneofDecl: [{ name: 'value' }] }),
  });
}

const file = create(FileDescriptorProtoSchema, {
  name: 'oracle.proto',
  package: 'oracle',
  syntax: 'proto3',
  messageType: Object.entries(MESSAGES).map(messageOf),
  enumType: Object.entries(ENUMS).map(([name, values]) =>
    create(EnumDescriptorProtoSchema, { name, value: values.map((value, number) => ({ name: value, number })) }),
  ),
});
const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));

function schema(name: string): DescMessage {
  return registry.getMessage(`oracle.${name}`)!;
}

/** Bytes of any of the messages above, from its JSON form: what the library knows nothing of is left out. */
export function encodeByOracle(name: string, json: unknown): Uint8Array {
  const message = fromJson(schema(name), convertIds(json, 'hex', 'base64') as JsonValue, { ignoreUnknownFields: true });
  return toBinary(schema(name), message);
}

/** In JSON: without what equals the default, 64-bit integers as text, ids in hexadecimal. */
export function decodeByOracle(name: string, bytes: Uint8Array): unknown {
  const message = fromBinary(schema(name), bytes, { readUnknownFields: false });
  return convertIds(toJson(schema(name), message, { enumAsInteger: true }), 'base64', 'hex');
}

const ID_NAMES = new Set(['traceId', 'spanId', 'parentSpanId']);

/** OTLP/JSON has ids in hexadecimal where protobuf's own JSON has base64. */
function convertIds(json: unknown, from: 'hex' | 'base64', to: 'hex' | 'base64'): unknown {
  return mapMembers(json, (name, value) =>
    ID_NAMES.has(name) && typeof value === 'string' ? Buffer.from(value, from).toString(to) : convertIds(value, from, to),
  );
}

const DEFAULTS = new Set<unknown>([undefined, '', 0, '0']);
const VALUE_NAME = /Value$/;

/** Our JSON form in the oracle's spelling: 64-bit integers as text, finite doubles as numbers, nothing that equals the default. */
export function canonical(json: unknown): unknown {
  return mapMembers(json, (name, value) => {
    if (name === 'intValue') return String(value);
    if (name === 'doubleValue') return Number.isFinite(Number(value)) ? Number(value) : value;
    if (ID_NAMES.has(name)) return String(value).toLowerCase() || undefined;
    if (Array.isArray(value) && value.length === 0) return undefined;
    return DEFAULTS.has(value) && !VALUE_NAME.test(name) ? undefined : canonical(value);
  });
}

/** The members of an object by `map`, the entries of a list as they are mapped in it; undefined leaves a member out. */
function mapMembers(json: unknown, map: (name: string, value: unknown) => unknown): unknown {
  if (Array.isArray(json)) return json.map((entry) => mapMembers(entry, map));
  if (typeof json !== 'object' || json === null) return json;
  const members = Object.entries(json).map(([name, value]) => [name, map(name, value)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

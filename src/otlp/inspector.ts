/** Walks a freshly parsed request and takes out what is not OTLP, so that nothing behind it has to look at types again. */
import { isDouble, isInt64, isUint32, isUint64, losesDigits } from './numbers.ts';

/** An object from JSON.parse. */
export type Json = Record<string, unknown> & { key?: unknown; resourceSpans?: unknown };

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deepest nesting of one attribute's value; it also bounds our own recursion. */
const MAX_DEPTH = 64;

const KINDS = enumValues('SPAN_KIND_', ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']);
const STATUS_CODES = enumValues('STATUS_CODE_', ['UNSET', 'OK', 'ERROR']);
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** In the order of the OTLP schema: of several the first one counts. */
const VALUE_FIELDS = ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue'] as const;

const isText: Check = (value) => typeof value === 'string';
const isKind: Check = (value) => KINDS.has(value);
const isStatusCode: Check = (value) => STATUS_CODES.has(value);

type Check = (value: unknown) => boolean;

const NO_FAULTS: ReadonlyMap<string, number> = new Map();

/** The request was parsed for this walk alone, so what is wrong is removed in place. */
export class Inspector {
  /** Containers and spans that could not be read. */
  rejected = 0;
  #faults: Map<string, number> | undefined;
  /** An integer came as a bare number that a double cannot hold. */
  digitsLost = false;

  /** Fields that were there but not usable, by name. */
  get faults(): ReadonlyMap<string, number> {
    return this.#faults ?? NO_FAULTS;
  }

  inspect(request: Json): void {
    for (const resourceSpans of this.#entities(request, 'resourceSpans')) {
      this.#field(resourceSpans, 'schemaUrl', isText, 'resourceSpans');
      const resource = this.#message(resourceSpans, 'resource', 'resourceSpans');
      if (resource !== undefined) this.#attributes(resource, 'resource');
      for (const scopeSpans of this.#entities(resourceSpans, 'scopeSpans')) this.#scopeSpans(scopeSpans);
    }
  }

  #scopeSpans(scopeSpans: Json): void {
    this.#field(scopeSpans, 'schemaUrl', isText, 'scopeSpans');
    const scope = this.#message(scopeSpans, 'scope', 'scopeSpans');
    if (scope !== undefined) this.#scope(scope);
    for (const span of this.#entities(scopeSpans, 'spans')) this.#span(span);
  }

  #scope(scope: Json): void {
    this.#field(scope, 'name', isText, 'scope');
    this.#field(scope, 'version', isText, 'scope');
    this.#attributes(scope, 'scope');
  }

  #span(span: Json): void {
    this.#field(span, 'traceId', isText, 'span');
    this.#field(span, 'spanId', isText, 'span');
    this.#field(span, 'parentSpanId', isText, 'span');
    this.#field(span, 'traceState', isText, 'span');
    this.#field(span, 'flags', isUint32, 'span');
    this.#field(span, 'name', isText, 'span');
    this.#field(span, 'kind', isKind, 'span');
    this.#time(span, 'startTimeUnixNano', 'span');
    this.#time(span, 'endTimeUnixNano', 'span');
    this.#attributes(span, 'span');
    for (const event of this.#messages(span, 'events', 'span')) {
      this.#time(event, 'timeUnixNano', 'event');
      this.#field(event, 'name', isText, 'event');
      this.#attributes(event, 'event');
    }
    for (const link of this.#messages(span, 'links', 'span')) this.#link(link);
    const status = this.#message(span, 'status', 'span');
    if (status === undefined) return;
    this.#field(status, 'code', isStatusCode, 'status');
    this.#field(status, 'message', isText, 'status');
  }

  #link(link: Json): void {
    this.#field(link, 'traceId', isText, 'link');
    this.#field(link, 'spanId', isText, 'link');
    this.#field(link, 'traceState', isText, 'link');
    this.#field(link, 'flags', isUint32, 'link');
    this.#attributes(link, 'link');
  }

  #attributes(owner: Json, name: string): void {
    for (const attribute of this.#messages(owner, 'attributes', name)) this.#keyValue(attribute, 1);
  }

  #keyValue(keyValue: Json, depth: number): void {
    if (typeof keyValue.key !== 'string') {
      this.#field(keyValue, 'key', isText, 'attribute');
      keyValue.key = ''; // what an absent key means
    }
    const value = this.#message(keyValue, 'value', 'attribute');
    if (value !== undefined) this.#value(value, depth);
  }

  #value(value: Json, depth: number): void {
    let usable = 0;
    for (const field in value) {
      if ((field === 'stringValue' && typeof value[field] === 'string') || this.#isUsable(value, field, depth)) usable += 1;
    }
    if (usable < 2) return;
    const [, ...others] = VALUE_FIELDS.filter((field) => value[field] !== undefined);
    for (const field of others) delete value[field];
  }

  /** One field of a value; removed unless it is usable. A field that OTLP does not know is let be. */
  #isUsable(value: Json, field: string, depth: number): boolean {
    const content = value[field];
    switch (field) {
      case 'intValue':
      case 'doubleValue':
        if (losesDigits(content)) this.digitsLost = true;
        return this.#field(value, field, field === 'intValue' ? isInt64 : isDouble, 'value');
      case 'stringValue':
        return this.#field(value, field, isText, 'value');
      case 'boolValue':
        return this.#field(value, field, (flag) => typeof flag === 'boolean', 'value');
      case 'bytesValue':
        return this.#field(value, field, (bytes) => typeof bytes === 'string' && BASE64.test(bytes), 'value');
      case 'arrayValue':
      case 'kvlistValue':
        if (!this.#field(value, field, (list) => isObject(list) && depth < MAX_DEPTH, 'value')) return false;
        if (isObject(content)) this.#list(content, field, depth + 1);
        return true;
      default:
        return false;
    }
  }

  #list(list: Json, field: 'arrayValue' | 'kvlistValue', depth: number): void {
    for (const item of this.#messages(list, 'values', field)) {
      if (field === 'arrayValue') this.#value(item, depth);
      else this.#keyValue(item, depth);
    }
  }

  #time(owner: Json, field: string, name: string): void {
    if (losesDigits(owner[field])) this.digitsLost = true;
    this.#field(owner, field, isUint64, name);
  }

  /** True if the field is there and usable; otherwise it is gone afterwards. Null is another word for absent. */
  #field(owner: Json, field: string, check: Check, name: string): boolean {
    const value = owner[field];
    if (value === undefined) return false;
    if (value !== null && check(value)) return true;
    delete owner[field];
    if (value !== null) this.#fault(name, field);
    return false;
  }

  #message(owner: Json, field: string, name: string): Json | undefined {
    const value = owner[field];
    if (isObject(value)) return value;
    this.#field(owner, field, isObject, name);
    return undefined;
  }

  /** A list of parts of a span: an entry that is no object is a fault of the field, and the others stay. */
  #messages(owner: Json, field: string, name: string): readonly Json[] {
    const list = owner[field];
    if (!Array.isArray(list)) {
      this.#field(owner, field, Array.isArray, name);
      return [];
    }
    if (list.every(isObject)) return list;
    const readable = list.filter(isObject);
    for (let odd = list.length - readable.length; odd > 0; odd -= 1) this.#fault(name, field);
    owner[field] = readable;
    return readable;
  }

  /** A list of spans or of what holds them: what is not readable is refused, each entry as one item. */
  #entities(owner: Json, field: string): readonly Json[] {
    const list = owner[field];
    if (Array.isArray(list) && list.every(isObject)) return list;
    if (!Array.isArray(list)) {
      if (list !== undefined) delete owner[field];
      if (list !== undefined && list !== null) this.rejected += 1;
      return [];
    }
    const readable = list.filter(isObject);
    this.rejected += list.length - readable.length;
    owner[field] = readable;
    return readable;
  }

  #fault(name: string, field: string): void {
    const key = `${name}.${field}`;
    this.#faults ??= new Map();
    this.#faults.set(key, (this.#faults.get(key) ?? 0) + 1);
  }
}

/** Numbers are what OTLP/JSON asks for; digits as text and names are understood too. */
function enumValues(prefix: string, names: readonly string[]): ReadonlySet<unknown> {
  return new Set(names.flatMap((name, number) => [number, String(number), prefix + name]));
}

/** Turns an OTLP/JSON request into a batch and back: untouched bytes stay as they came, one odd span never costs its neighbours. */
import type { Receipt } from '../component/contract.ts';
import { IntakeError } from '../component/errors.ts';
import type { Batch, Encoded, ResourceSpans } from '../data/batch.ts';
import type { DecodedTraces } from './decoded.ts';
import { checkJsonObjects } from './density.ts';
import { Inspector, isObject, type Json } from './inspector.ts';
import { isMergeable } from './merge.ts';
import { keepDigits } from './numbers.ts';

const NOTHING_REJECTED: Receipt = { rejected: 0, reason: '' };
/** Deep enough for every honest request. */
const MAX_ENCODED_DEPTH = 512;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** Throws an IntakeError if the body as a whole is not a request; its message holds nothing of the body. */
export function decodeTracesJson(body: Uint8Array, objectsAllowed = Number.POSITIVE_INFINITY): DecodedTraces {
  const bytes = beginsWithByteOrderMark(body) ? body.subarray(3) : body;
  checkJsonObjects(bytes, objectsAllowed);
  const text = decodeText(bytes);
  let request = parseRequest(text);
  let inspector = new Inspector();
  inspector.inspect(request);
  if (inspector.digitsLost) {
    request = parseRequest(text, keepDigits);
    inspector = new Inspector();
    inspector.inspect(request);
  }
  const resources = resourcesOf(request);
  const { rejected, faults } = inspector;
  if (rejected > 0) return { batch: { signal: 'traces', resources }, receipt: refusal(rejected), faults };
  const mergeable = resources.length > 0 && Object.keys(request).length === 1 && isMergeable(text);
  const encoded: Encoded = { encoding: 'json', bytes, mergeable };
  return { batch: { signal: 'traces', resources, encoded }, receipt: NOTHING_REJECTED, faults };
}

/** The bytes that the batch came in if they are JSON, else new ones. */
export function encodeTracesJson(batch: Batch<'traces'>): Encoded {
  if (batch.encoded?.encoding === 'json') return batch.encoded;
  const bytes = encoder.encode(stringify({ resourceSpans: batch.resources }));
  return { encoding: 'json', bytes, mergeable: batch.resources.length > 0 };
}

function beginsWithByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new IntakeError('malformed', 'cannot decode the body: it is not valid UTF-8');
  }
}

function parseRequest(text: string, reviver?: typeof keepDigits): Json {
  let request: unknown;
  try {
    request = JSON.parse(text, reviver);
  } catch (error) {
    // A reviver recurses, so what is nested without end runs out of stack. The parser's own message quotes the body.
    const cause = error instanceof RangeError ? 'it is nested too deeply' : 'it is not valid JSON';
    throw new IntakeError('malformed', `cannot decode the body: ${cause}`);
  }
  if (!isObject(request)) throw new IntakeError('malformed', 'cannot decode the body: it is not a JSON object');
  return request;
}

function resourcesOf(request: Json): readonly ResourceSpans[] {
  // The inspector has left in the tree only what this type allows.
  return (request.resourceSpans ?? []) as readonly ResourceSpans[];
}

function refusal(rejected: number): Receipt {
  return {
    rejected,
    reason: 'cannot read a resourceSpans entry, a scopeSpans entry or a span: it is not of the type that OTLP says',
  };
}

/** Only a field that OTLP does not know can be as deep as to matter: written out, it would end the stack or stall the daemon. */
function stringify(request: object): string {
  return isDeeper(request, MAX_ENCODED_DEPTH) ? JSON.stringify(request, cutBelow(MAX_ENCODED_DEPTH)) : JSON.stringify(request);
}

function isDeeper(root: object, limit: number): boolean {
  let level: readonly object[] = [root];
  for (let depth = 0; depth < limit && level.length > 0; depth += 1) level = level.flatMap(children);
  return level.length > 0;
}

function children(parent: object): readonly object[] {
  return Object.values(parent).filter((child) => typeof child === 'object' && child !== null);
}

/** For `JSON.stringify`: leaves out what is nested deeper. */
function cutBelow(limit: number): (this: unknown, key: string, value: unknown) => unknown {
  const depths = new WeakMap<object, number>();
  return function cut(_key, value) {
    if (typeof value !== 'object' || value === null) return value;
    const depth = ((typeof this === 'object' && this !== null && depths.get(this)) || 0) + 1;
    depths.set(value, depth);
    return depth > limit ? undefined : value;
  };
}

/** Bytes to batch and back, each request in the encoding that it came in unless another is asked for. */
import type { Batch, Encoded, Encoding, ResourceSpans } from '../data/batch.ts';
import { encodingOf } from '../data/spans.ts';
import type { DecodedTraces } from './decoded.ts';
import { decodeTracesJson, encodeTracesJson } from './json.ts';
import { decodeTracesProtobuf } from './protobuf/decode.ts';
import { encodeTracesProtobuf } from './protobuf/encode.ts';

/**
 * Throws an IntakeError if the body as a whole is not a request; its message holds nothing of the body. What was taken once is
 * read whatever it holds, also joined with others: only what comes in is held to `objectsAllowed`.
 */
export function decodeTraces({ encoding, bytes }: Pick<Encoded, 'encoding' | 'bytes'>, objectsAllowed?: number): DecodedTraces {
  switch (encoding) {
    case 'json':
      return decodeTracesJson(bytes, objectsAllowed);
    case 'protobuf':
      return decodeTracesProtobuf(bytes, objectsAllowed);
  }
}

/** The bytes that the batch still has if they are of this encoding, else new ones. */
export function encodeTraces(batch: Batch<'traces'>, encoding: Encoding = encodingOf(batch)): Encoded {
  switch (encoding) {
    case 'json':
      return encodeTracesJson(batch);
    case 'protobuf':
      return encodeTracesProtobuf(batch);
  }
}

/** The batch behind accepted bytes; decoded when, and only if, someone looks into it. */
export function batchOf(encoded: Encoded): Batch<'traces'> {
  let resources: readonly ResourceSpans[] | undefined;
  return {
    signal: 'traces',
    encoded,
    get resources() {
      resources ??= decodeTraces(encoded).batch.resources;
      return resources;
    },
  };
}

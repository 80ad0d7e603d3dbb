/** Bytes to batch and back, each request in the encoding that it came in unless another is asked for. */
import type { Batch, Encoded, Encoding, ResourceSpans } from '../data/batch.ts';
import { encodingOf } from '../data/spans.ts';
import type { DecodedTraces } from './decoded.ts';
import { decodeTracesJson, encodeTracesJson } from './json.ts';
import { decodeTracesProtobuf } from './protobuf/decode.ts';
import { encodeTracesProtobuf } from './protobuf/encode.ts';

const DECODE = { json: decodeTracesJson, protobuf: decodeTracesProtobuf } satisfies Record<Encoding, unknown>;

/**
 * Throws an IntakeError if the body as a whole is not a request; its message holds nothing of the body. What was taken once is
 * read whatever it holds, also joined with others: only what comes in is held to `objectsAllowed`.
 */
export function decodeTraces({ encoding, bytes }: Pick<Encoded, 'encoding' | 'bytes'>, objectsAllowed?: number): DecodedTraces {
  const { batch, ...rest } = DECODE[encoding](bytes, objectsAllowed);
  const { encoded, resources } = batch;
  return { batch: encoded === undefined ? batch : new BatchOfBytes(encoded, resources), ...rest };
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
  return new BatchOfBytes(encoded);
}

/**
 * Lets go of the spans once nobody is going to look into them; whoever does has them decoded again. What is left of a request
 * that waited long is cleared away late by the garbage collector, and leads to the batch.
 */
export function forgetSpans(batch: Batch): void {
  if (batch instanceof BatchOfBytes) batch.forget();
}

class BatchOfBytes implements Batch<'traces'> {
  readonly signal = 'traces';
  readonly encoded: Encoded;
  #resources: readonly ResourceSpans[] | undefined;

  constructor(encoded: Encoded, resources?: readonly ResourceSpans[]) {
    this.encoded = encoded;
    this.#resources = resources;
  }

  get resources(): readonly ResourceSpans[] {
    this.#resources ??= decodeTraces(this.encoded).batch.resources;
    return this.#resources;
  }

  forget(): void {
    this.#resources = undefined;
  }
}

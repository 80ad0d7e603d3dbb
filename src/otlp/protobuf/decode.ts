/** Turns an OTLP/protobuf request into a batch, in the shape that the same request has as JSON. */
import type { Batch } from '../../data/batch.ts';
import type { DecodedTraces } from '../decoded.ts';
import { TRACES_REQUEST } from './traces-schema.ts';

/**
 * Throws an IntakeError if the body as a whole is not a request; its message holds nothing of the body. Integers and times that a
 * number would round are decimal text, doubles without a JSON number are "NaN", "Infinity" and "-Infinity". A long attribute
 * text is made from the bytes when it is first read: they must stay as they are.
 */
export function decodeTracesProtobuf(bytes: Uint8Array, messagesAllowed?: number): DecodedTraces {
  const { content, faults } = TRACES_REQUEST.decode(bytes, messagesAllowed);
  const batch: Batch<'traces'> = {
    signal: 'traces',
    resources: content.resourceSpans ?? [],
    // Concatenated, two messages are one message with the entries of both.
    encoded: { encoding: 'protobuf', bytes, mergeable: true },
  };
  return { batch, receipt: { rejected: 0, reason: '' }, faults: faults.byName };
}

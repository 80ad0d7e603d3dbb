/** Turns a batch into an OTLP/protobuf request, also one that came as JSON. */
import type { Batch, Encoded } from '../../data/batch.ts';
import { TRACES_REQUEST } from './traces-schema.ts';

/**
 * The bytes that the batch came in if they are protobuf, else new ones. Those hold what the OTLP schema knows, exactly; fields that
 * it does not know are lost. An id of a wrong length keeps its bytes; one that is not hexadecimal becomes empty.
 */
export function encodeTracesProtobuf(batch: Batch<'traces'>): Encoded {
  if (batch.encoded?.encoding === 'protobuf') return batch.encoded;
  return { encoding: 'protobuf', bytes: TRACES_REQUEST.encode({ resourceSpans: batch.resources }), mergeable: true };
}

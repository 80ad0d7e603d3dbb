/** OTLP/protobuf bodies and answers, made and read by an independent library. */
import { decodeByOracle, encodeByOracle } from './otlp-protobuf-oracle.ts';

export const PROTOBUF_TYPE = { 'content-type': 'application/x-protobuf' };

/** The same request as protobuf. */
export function protobufOf(json: string | Uint8Array): Buffer {
  // As text, a bare integer beyond 2^53 keeps its digits.
  const text = Buffer.from(json)
    .toString()
    .replaceAll(/("(?:intValue|\w+UnixNano)"\s*:\s*)(-?\d+)/g, '$1"$2"');
  return Buffer.from(encodeByOracle('ExportTraceServiceRequest', JSON.parse(text)));
}

/** The same request as JSON, in the oracle's spelling. */
export function jsonOf(protobuf: Uint8Array): string {
  return JSON.stringify(decodeByOracle('ExportTraceServiceRequest', protobuf));
}

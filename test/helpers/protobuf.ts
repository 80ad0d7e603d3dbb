/** OTLP/protobuf bodies and answers, made and read by an independent library. */
import { decodeByOracle, encodeByOracle } from './otlp-protobuf-oracle.ts';

export const PROTOBUF_TYPE = { 'content-type': 'application/x-protobuf' };

/** The same request as protobuf. */
export function protobufOf(json: string | Uint8Array): Buffer {
  return Buffer.from(encodeByOracle('ExportTraceServiceRequest', JSON.parse(Buffer.from(json).toString())));
}

/** The same request as JSON, in the oracle's spelling. */
export function jsonOf(protobuf: Uint8Array): string {
  return JSON.stringify(decodeByOracle('ExportTraceServiceRequest', protobuf));
}

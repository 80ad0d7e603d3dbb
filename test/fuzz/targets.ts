/** What reads bytes of strangers, each with the bodies that its fuzzing starts from. */
import { readFileSync } from 'node:fs';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { IntakeError } from '../../src/component/errors.ts';
import type { Encoding } from '../../src/data/batch.ts';
import { filterSpans } from '../../src/data/spans.ts';
import { partialSuccess, retryAfterMs } from '../../src/exporters/otlp-http/answer.ts';
import { decodeTraces, encodeTraces } from '../../src/otlp/codec.ts';
import { Decompressor } from '../../src/otlp/decompress.ts';
import { decodeRpcStatus } from '../../src/otlp/protobuf/answer.ts';
import { GenaiMeter } from '../helpers/genai-meter.ts';
import { encodeByOracle } from '../helpers/otlp-protobuf-oracle.ts';
import { protobufOf } from '../helpers/protobuf.ts';
import { SAMPLES } from '../helpers/samples.ts';

export type FuzzTarget = Readonly<{
  corpus: readonly Uint8Array[];
  /** Resolves to whether the bytes were taken; rejects or throws for a fault of ours. */
  read: (bytes: Uint8Array) => boolean | Promise<boolean>;
}>;

const RICH = readFileSync(new URL('../fixtures/rich-spans.json', import.meta.url));
const JSON_BODIES: readonly Uint8Array[] = [RICH, ...SAMPLES.map(({ body }) => body)];
const MAX_INFLATED_BYTES = 1_048_576;

export const TARGETS = {
  json: () => requestTarget('json', JSON_BODIES),
  protobuf: () => requestTarget('protobuf', JSON_BODIES.map(protobufOf)),
  compressed: compressedTarget,
  answer: answerTarget,
} as const satisfies Record<string, () => FuzzTarget>;

/** Taken bytes go all the way: counted, changed, written again in both encodings. */
function requestTarget(encoding: Encoding, corpus: readonly Uint8Array[]): FuzzTarget {
  const meter = new GenaiMeter('dimensions: [trace.metadata.environment]');
  let seq = 0;
  return {
    corpus,
    read: unlessRefused((bytes) => {
      const { batch } = decodeTraces({ encoding, bytes });
      seq += 1;
      meter.apply([{ seq, timeMs: seq, batch }]);
      let nth = 0;
      const some = filterSpans(batch, () => nth++ % 2 === 0);
      for (const one of [batch, some ?? batch]) {
        for (const written of ['json', 'protobuf'] as const) decodeTraces(encodeTraces(one, written));
      }
    }),
  };
}

function compressedTarget(): FuzzTarget {
  const codings = ['gzip', 'deflate', 'zstd'] as const;
  const decompressor = new Decompressor(codings, MAX_INFLATED_BYTES);
  const compressors = [gzipSync, deflateSync, zstdCompressSync];
  // The first byte says which, so that damage may take one for another.
  const corpus = JSON_BODIES.slice(0, 6).flatMap((body) =>
    compressors.map((compress, coding) => Buffer.concat([Uint8Array.of(coding), compress(body)])),
  );
  const read = async (bytes: Uint8Array) => {
    const plain = await decompressor.decode(bytes.subarray(1), codings[(bytes[0] ?? 0) % codings.length]);
    if (plain.length > MAX_INFLATED_BYTES) throw new Error(`inflated to ${plain.length} bytes`);
  };
  return { corpus, read: unlessRefused(read) };
}

/** What a destination says is never a reason to fail. */
function answerTarget(): FuzzTarget {
  const partial = { partialSuccess: { rejectedSpans: '3', errorMessage: 'too old' } };
  const status = {
    code: 8,
    message: 'wait',
    details: [{ typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value: 'CgIIBQ==' }],
  };
  const corpus = [
    Buffer.from(JSON.stringify(partial)),
    Buffer.from(JSON.stringify(status)),
    encodeByOracle('ExportTraceServiceResponse', partial),
    encodeByOracle('RpcStatus', status),
    Buffer.from('Wed, 21 Oct 2026 07:28:00 GMT'),
    Buffer.from('120'),
  ];
  return {
    corpus,
    read(bytes) {
      partialSuccess(bytes, (message) => message);
      decodeRpcStatus(bytes);
      retryAfterMs(Buffer.from(bytes).toString('latin1'), 0);
      return true;
    },
  };
}

function unlessRefused(read: (bytes: Uint8Array) => void | Promise<void>): FuzzTarget['read'] {
  return async (bytes) => {
    try {
      await read(bytes);
      return true;
    } catch (error) {
      if (error instanceof IntakeError) return false;
      throw error;
    }
  };
}

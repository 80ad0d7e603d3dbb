/** Reads what a destination answers, and no more of it than needed. */
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { Receipt } from '../../component/contract.ts';
import { decodeExportResponse, decodeRpcStatus } from '../../otlp/protobuf/answer.ts';

/** After decompression. OTLP allows 4 MiB; answers are read for a partial success, and that is short. */
const ANSWER_LIMIT_BYTES = 65_536;
const NOTHING_SAID: Receipt = { rejected: 0, reason: '' };
/** How a protobuf answer begins that says anything, and JSON from nobody: it is a line feed. */
const PARTIAL_SUCCESS_TAG = 0x0a;
/** How a protobuf status begins: with its code or its message; no text begins so. */
const STATUS_TAGS: ReadonlySet<number> = new Set([0x08, 0x12]);

const DECODERS = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
]);

/** Undefined: it is longer than the limit. What was cut off or cannot be decompressed is empty: the status stands. */
export async function readAnswer(body: Readable, contentEncoding: string | undefined): Promise<Uint8Array | undefined> {
  body.on('error', () => undefined); // destroying it before its end raises one
  const decoder = DECODERS.get(contentEncoding ?? '')?.();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of decoder ? pipeline(body, decoder, () => undefined) : body) {
      bytes += chunk.length;
      if (bytes > ANSWER_LIMIT_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return new Uint8Array();
  } finally {
    body.destroy();
  }
  return Buffer.concat(chunks);
}

/** Undefined: all was taken, as far as the answer can be understood. `readable` makes of a message what may be logged. */
export function partialSuccess(answer: Uint8Array, readable: (message: string) => string): Receipt | undefined {
  const { rejected: count, reason: message } = receiptIn(answer);
  const rejected = Number.isSafeInteger(count) && count > 0 ? count : 0;
  const reason = readable(message);
  if (rejected === 0 && reason === '') return undefined;
  return { rejected, reason: reason === '' ? 'the destination gives no reason' : reason };
}

/** Looks at the bytes and not at the media type, which is often missing or wrong. */
function receiptIn(answer: Uint8Array): Receipt {
  if (answer[0] === PARTIAL_SUCCESS_TAG) return decodeExportResponse(answer) ?? NOTHING_SAID;
  const partial = field(parsed(Buffer.from(answer).toString()), 'partialSuccess');
  const message = field(partial, 'errorMessage');
  return { rejected: Number(field(partial, 'rejectedSpans') ?? 0), reason: typeof message === 'string' ? message : '' };
}

/** The message of a `google.rpc.Status`; '' for any other answer, which may be a page or hold anything. */
export function statusMessage(answer: Uint8Array): string {
  if (STATUS_TAGS.has(answer[0] ?? 0)) return decodeRpcStatus(answer)?.message ?? '';
  const message = field(parsed(Buffer.from(answer).toString()), 'message');
  return typeof message === 'string' ? message : '';
}

/** In ms; undefined where nothing usable is said. Of several the longest. */
export function retryAfterMs(header: string | readonly string[] | undefined, nowMs: number): number | undefined {
  const told = [header ?? []].flat().map((text) => pauseMs(text.trim(), nowMs));
  return told.reduce((longest, ms) => (longest === undefined || (ms !== undefined && ms > longest) ? ms : longest), undefined);
}

function pauseMs(text: string, nowMs: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!HTTP_DATE.test(text)) return undefined;
  const restMs = Date.parse(text) - nowMs;
  return restMs > 0 ? restMs : undefined;
}

/** Date.parse alone would read a date into "-1". */
const HTTP_DATE = /^[A-Z][a-z]{2,8},? .*\d/;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // HTML, nothing: a 2xx all the same
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map<string, unknown>(Object.entries(value)).get(name) : undefined;
}

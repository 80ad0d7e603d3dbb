/** What stands in the payload of each type of record. */
import { z } from 'zod';
import type { Encoded, Encoding, Signal } from '../data/batch.ts';
import type { DropReason } from './contract.ts';
import type { FrozenFold } from './folds.ts';
import type { NewRecord } from './new-records.ts';

const ENCODINGS: readonly Encoding[] = ['json', 'protobuf'];
const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
const MERGEABLE = 0b100;
/** The next record belongs to the same request; the one before it does. */
const MORE_FOLLOW = 0b10_0000;
const FOLLOWS = 0b100_0000;

export type BatchPayload = Readonly<{ pipelines: readonly string[]; spans: number; body: Buffer }>;

export function encodeFlags({ encoded, batch }: Readonly<{ encoded: Encoded; batch: Readonly<{ signal: Signal }> }>): number {
  return ENCODINGS.indexOf(encoded.encoding) | (encoded.mergeable ? MERGEABLE : 0) | (SIGNALS.indexOf(batch.signal) << 3);
}

export function decodeFlags(flags: number): Readonly<{ encoding: Encoding; mergeable: boolean; signal: Signal }> {
  const encoding = ENCODINGS[flags & 0b11];
  const signal = SIGNALS[(flags >> 3) & 0b11];
  if (encoding === undefined || signal === undefined) throw new Error(`cannot read a record: it has flags ${flags}`);
  return { encoding, mergeable: (flags & MERGEABLE) !== 0, signal };
}

/** Of the records of one request, of which all count or none. */
export function partFlags(index: number, records: number): number {
  return (index + 1 < records ? MORE_FOLLOW : 0) | (index > 0 ? FOLLOWS : 0);
}

export function decodePart(flags: number): Readonly<{ moreFollow: boolean; follows: boolean }> {
  return { moreFollow: (flags & MORE_FOLLOW) !== 0, follows: (flags & FOLLOWS) !== 0 };
}

/** What stands before the body. */
export function encodeBatchHead({ pipelines, spans }: Pick<NewRecord, 'pipelines' | 'spans'>): Buffer {
  const bytes = Buffer.allocUnsafe(1 + pipelines.reduce((sum, name) => sum + 1 + Buffer.byteLength(name), 0) + 4);
  let at = bytes.writeUInt8(pipelines.length);
  for (const name of pipelines) {
    const length = bytes.write(name, at + 1);
    at = bytes.writeUInt8(length, at) + length;
  }
  bytes.writeUInt32LE(spans, at);
  return bytes;
}

export function decodeBatch(payload: Buffer): BatchPayload {
  const pipelines: string[] = [];
  let at = 1;
  for (let left = payload.readUInt8(); left > 0; left--) {
    const end = at + 1 + payload.readUInt8(at);
    pipelines.push(payload.toString('utf8', at + 1, end));
    at = end;
  }
  return { pipelines, spans: payload.readUInt32LE(at), body: payload.subarray(at + 4) };
}

const reason = z.enum(['backlog_full', 'reader_removed', 'dead_letters_full', 'corrupt'] satisfies DropReason[]);

/**
 * A reader has settled everything up to `seq`. `dropped`: how many spans of that undelivered. `held`: spans up to there that
 * are still being sent; who starts without them has lost them.
 */
const Cursor = z.object({
  reader: z.string(),
  seq: z.number(),
  reason: reason.optional(),
  dropped: z.number().default(0),
  held: z.number().default(0),
});
export type CursorPayload = z.output<typeof Cursor>;

const Frozen = z.object({ key: z.string(), saved: z.base64(), sinceMs: z.number() });

/**
 * Who reads from the record after `since` on, which may be older than this record. `frozen`: state of the metrics that were
 * removed here; nobody could make it again from the records before.
 */
const Graph = z.object({
  frozen: z.array(Frozen).default([]),
  since: z.number(),
  folds: z.array(z.object({ connector: z.string(), id: z.string(), fingerprint: z.string(), pipelines: z.array(z.string()) })),
  readers: z.array(z.object({ id: z.string(), pipelines: z.array(z.string()) })),
});
export type GraphPayload = z.output<typeof Graph>;

export function encodeJson(payload: CursorPayload | GraphPayload): Buffer {
  return Buffer.from(JSON.stringify(payload));
}

export function encodeFrozen({ key, saved, sinceMs }: FrozenFold): GraphPayload['frozen'][number] {
  return { key, saved: Buffer.from(saved).toString('base64'), sinceMs };
}

export function decodeFrozen({ key, saved, sinceMs }: GraphPayload['frozen'][number]): FrozenFold {
  return { key, saved: Buffer.from(saved, 'base64'), sinceMs };
}

export function decodeCursor(payload: Buffer): CursorPayload {
  return Cursor.parse(JSON.parse(payload.toString()));
}

export function decodeGraph(payload: Buffer): GraphPayload {
  return Graph.parse(JSON.parse(payload.toString()));
}

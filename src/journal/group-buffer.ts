/** Encodes the records of one group for one write: side by side in a buffer that serves every group, but for large bodies. */
import { crc32 } from 'node:zlib';
import { RECORD_HEADER_BYTES, type RecordType, sealRecord } from './record.ts';

/** A record to be; its payload is the head and then the body. */
export type Draft = Readonly<{ type: RecordType; flags?: number; head: Uint8Array; body?: Uint8Array }>;

/** Of the first record of a group. */
type First = Readonly<{ seq: number; synced: number; timeMs: number }>;

/** Up to here a body costs less to copy than to be handed to the system by itself. */
const COPIED_BYTES = 16_384;
/** What a group of many small records needs; a larger buffer is made for one group and let go. */
const KEPT_BYTES = 2 * 1_048_576;
const NOTHING = new Uint8Array();

export class GroupBuffer {
  readonly #key: number;
  #kept = Buffer.alloc(0);

  /** `key`: of the journal. */
  constructor(key: number) {
    this.#key = key;
  }

  /** In the order of the drafts; good until the next group is encoded. */
  encode(drafts: readonly Draft[], { seq, synced, timeMs }: First): readonly Uint8Array[] {
    const bytes = this.#room(drafts.reduce((sum, draft) => sum + copiedBytes(draft), 0));
    const buffers: Uint8Array[] = [];
    let from = 0;
    let at = 0;
    for (const [index, draft] of drafts.entries()) {
      const { type, flags = 0, head, body = NOTHING } = draft;
      const end = at + copiedBytes(draft);
      bytes.set(head, at + RECORD_HEADER_BYTES);
      const apart = isLarge(body) ? body : undefined;
      if (apart === undefined) bytes.set(body, end - body.byteLength);
      const header = { type, flags, payloadBytes: head.byteLength + body.byteLength, seq: seq + index, synced, timeMs };
      const crc = (headerCrc: number) => {
        const copied = crc32(bytes.subarray(at + RECORD_HEADER_BYTES, end), headerCrc);
        return apart === undefined ? copied : crc32(apart, copied);
      };
      sealRecord(bytes, at, header, this.#key, crc);
      at = end;
      if (apart === undefined) continue;
      buffers.push(bytes.subarray(from, at), apart);
      from = at;
    }
    if (from < at) buffers.push(bytes.subarray(from, at));
    return buffers;
  }

  #room(bytes: number): Buffer {
    if (bytes > KEPT_BYTES) return Buffer.allocUnsafeSlow(bytes);
    if (bytes > this.#kept.length) this.#kept = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(bytes)));
    return this.#kept;
  }
}

export function recordBytes({ head, body = NOTHING }: Draft): number {
  return RECORD_HEADER_BYTES + head.byteLength + body.byteLength;
}

function copiedBytes({ head, body = NOTHING }: Draft): number {
  return RECORD_HEADER_BYTES + head.byteLength + (isLarge(body) ? 0 : body.byteLength);
}

function isLarge(body: Uint8Array): boolean {
  return body.byteLength > COPIED_BYTES;
}

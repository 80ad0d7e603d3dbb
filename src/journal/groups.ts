/** Gathers what waits for the log into groups: while one is being synced the next one fills. */
import type { Claim } from './claims.ts';
import type { Draft } from './group-buffer.ts';
import { encodeBatchHead, encodeFlags, partFlags } from './payload.ts';
import { RECORD_TYPE } from './record.ts';

/** One append. Without records it waits for others that bring its spans. */
export type Item = Readonly<{ claim: Claim; bytes: number; resolve: () => void; reject: (error: unknown) => void }>;

const MAX_GROUP_BYTES = 8 * 1_048_576;

export class Queue {
  readonly #maxBytes: number;
  #items: Item[] = [];

  constructor(segmentBytes: number) {
    this.#maxBytes = Math.min(MAX_GROUP_BYTES, segmentBytes);
  }

  get empty(): boolean {
    return this.#items.length === 0;
  }

  /** Resolves when its group is durable and folded. */
  push(claim: Claim): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const bytes = claim.records.reduce((sum, { encoded }) => sum + encoded.bytes.byteLength, 0);
    this.#items.push({ claim, bytes, resolve, reject });
    return promise;
  }

  /** Everything that waits, up to a size; the first one however large it is. */
  take(): readonly Item[] {
    let bytes = 0;
    const over = this.#items.findIndex((item, index) => {
      bytes += item.bytes;
      return index > 0 && bytes > this.#maxBytes;
    });
    return this.#items.splice(0, over < 0 ? this.#items.length : over);
  }
}

export function draftsOf({ records }: Claim): readonly Draft[] {
  return records.map((record, index) => {
    const flags = encodeFlags(record) | partFlags(index, records.length);
    return { type: RECORD_TYPE.batch, flags, head: encodeBatchHead(record), body: record.encoded.bytes };
  });
}

/** What comes of the bytes of a request, whatever their encoding. */
import type { Receipt } from '../component/contract.ts';
import type { Batch } from '../data/batch.ts';

export type DecodedTraces = Readonly<{
  batch: Batch<'traces'>;
  /** What could not be read, and is missing from the batch. */
  receipt: Receipt;
  /** Fields that were not usable, by name: absent from the batch, still in its bytes. */
  faults: ReadonlyMap<string, number>;
}>;

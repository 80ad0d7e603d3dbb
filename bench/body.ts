/** What a kind of body is. */
import type { IdPlaces } from './fresh-ids.ts';

export type Body = Readonly<{
  name: string;
  mediaType: string;
  spans: number;
  /** Model calls that one body tells of. */
  calls: number;
  /** Its variants; the same for the same seed. */
  templates: (seed: number, nowMs: number) => readonly Template[];
}>;

export type Template = Readonly<{
  body: Buffer;
  /** What is billed in it, in 1e-12 USD. */
  cost: bigint;
  ids: IdPlaces;
}>;

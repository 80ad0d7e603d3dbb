/** Requests for the micro-benchmarks: each with ids of its own, as they come in. */
import type { Batch } from '../../src/data/batch.ts';
import { decodeTraces } from '../../src/otlp/codec.ts';
import type { Body } from '../body.ts';
import { freshen } from '../fresh-ids.ts';

const SEED = 2 ** 28;

export type Requests = Readonly<{ next: () => Buffer; decoded: () => Batch<'traces'> }>;

export function requestsOf({ templates, mediaType }: Body, series = 1): Requests {
  const variants = templates(SEED, Date.now());
  const encoding = mediaType === 'application/json' ? 'json' : 'protobuf';
  let nth = 0;
  const next = () => {
    const { body, ids } = variants[nth % variants.length]!;
    const bytes = Buffer.from(body);
    freshen(bytes, ids, { seed: SEED, series }, nth++);
    return bytes;
  };
  return { next, decoded: () => decodeTraces({ encoding, bytes: next() }).batch };
}

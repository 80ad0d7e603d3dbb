/** How much a reader puts into one request. */
import type { DeliverySettings } from '../component/contract.ts';
import type { TakeLimit } from '../journal/contract.ts';

export type Limits = Readonly<{
  /** Records are joined up to this. */
  joined: TakeLimit;
  /** A record beyond this is taken apart; a lone span beyond it is never sent. */
  request: TakeLimit;
  /** What to wait for, and how long. */
  patience?: Readonly<{ enough: (size: TakeLimit) => boolean; flushTimeoutMs: number }>;
}>;

/** What gRPC servers take unless told otherwise, and the Collector's usual batch. */
const JOINED: TakeLimit = { bytes: 4 * 1024 * 1024, spans: 8192 };
/** What OTLP/HTTP receivers take unless told otherwise. */
const REQUEST: TakeLimit = { bytes: 20 * 1024 * 1024, spans: Number.POSITIVE_INFINITY };

export function limitsOf(batch: DeliverySettings['sending_queue']['batch']): Limits {
  if (batch === undefined) return { joined: JOINED, request: REQUEST };
  const unit = batch.sizer === 'bytes' ? 'bytes' : 'spans';
  const most = batch.max_size > 0 ? batch.max_size : undefined;
  return {
    joined: { ...JOINED, [unit]: most ?? Math.max(JOINED[unit], batch.min_size) },
    request: { ...REQUEST, [unit]: most ?? REQUEST[unit] },
    patience: { enough: (size) => size[unit] >= batch.min_size, flushTimeoutMs: batch.flush_timeout },
  };
}

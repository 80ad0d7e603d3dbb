/** The settings that every exporter has: how long an attempt may take, when it is repeated, how much goes into one request. */
import { z } from 'zod';
import type { DeliverySettings } from '../component/contract.ts';
import type { Remark } from '../component/define.ts';
import { duration, noEffect, section, unsupported } from '../config/fields.ts';

const RetryOnFailure = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Try again; false makes dead letters of spans at the first failure.'),
    initial_interval: duration().prefault('5s').describe('Pause after the first failure.'),
    max_interval: duration().prefault('30s').describe('Longest pause that is not asked for by the destination.'),
    multiplier: z.number().min(1).default(1.5).describe('How much longer each pause is than the one before.'),
    randomization_factor: z.number().min(0).max(1).default(0.5).describe('Share of a pause by which it may differ.'),
    max_elapsed_time: duration()
      .prefault(0)
      .describe('Make dead letters of spans that could not be delivered for this long; 0 keeps trying until they are.'),
  })
  .describe('What to do when the destination cannot be reached or asks to wait.');

const Batch = z
  .strictObject({
    min_size: z.int().min(0).default(8192).describe('Wait for this much before a request is sent.'),
    max_size: z.int().min(0).default(0).describe('Most that goes into one request; 0 for no limit of its own.'),
    sizer: z.enum(['items', 'bytes']).default('items').describe('Whether sizes count spans or bytes before compression.'),
    flush_timeout: duration().prefault('200ms').describe('Longest wait for min_size.'),
    partition: unsupported('request headers are not kept with the spans'),
  })
  .refine(({ min_size, max_size }) => max_size === 0 || max_size >= min_size, {
    path: ['max_size'],
    error: 'expected at least min_size',
  })
  .describe('How much goes into one request; without it as much as there is, at once, up to 4 MiB or 8,192 spans.');

const QUEUE = 'the journal is the queue; its limit is service.journal.max_size';

const SendingQueue = z
  .strictObject({
    num_consumers: z
      .int()
      .positive()
      .default(10)
      .describe('Most requests in flight; dead letters that are sent again have one of their own.'),
    batch: Batch.optional(),
    enabled: noEffect(QUEUE),
    queue_size: noEffect(QUEUE),
    sizer: noEffect(QUEUE),
    block_on_overflow: noEffect(QUEUE),
    wait_for_result: noEffect('the sender is answered once its spans are in the journal'),
    storage: noEffect('the journal is the storage'),
  })
  .describe('How the backlog of the journal is sent.');

export const deliveryFields = {
  timeout: duration().prefault('30s').describe('Longest that one attempt may take; 0 for no limit.'),
  retry_on_failure: section(RetryOnFailure),
  sending_queue: section(SendingQueue),
};

/** For the `remarks` of a definition. */
export function deliveryRemarks({ retry_on_failure: { enabled, max_elapsed_time } }: DeliverySettings): readonly Remark[] {
  const kept = 'remove the key to have it tried until they are delivered';
  if (!enabled) {
    const message = `spans become dead letters at the first failure; ${kept}`;
    return [{ path: 'retry_on_failure.enabled', code: 'drops_data', message }];
  }
  if (max_elapsed_time === 0) return [];
  const message = `spans become dead letters after ${max_elapsed_time / 1000}s without success; ${kept}`;
  return [{ path: 'retry_on_failure.max_elapsed_time', code: 'drops_data', message }];
}

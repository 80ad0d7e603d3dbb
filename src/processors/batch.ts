/** Accepts the batch processor of the Collector's files; batches are made where spans leave, so there is nothing to do here. */
import { z } from 'zod';
import { defineProcessor } from '../component/define.ts';
import { duration, type FieldMeta } from '../config/fields.ts';

const REASON = 'spans are batched where they leave: sending_queue.batch of the exporter';

const Config = z
  .strictObject({
    send_batch_size: ignored(z.int().min(0).default(8192)),
    timeout: ignored(duration().prefault('200ms')),
    send_batch_max_size: ignored(z.int().min(0).default(0)),
    metadata_keys: ignored(z.array(z.string()).default([])),
    metadata_cardinality_limit: ignored(z.int().min(0).default(1000)),
  })
  .superRefine(({ send_batch_size, send_batch_max_size, metadata_keys }, context) => {
    const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (send_batch_max_size > 0 && send_batch_max_size < send_batch_size) {
      refuse(['send_batch_max_size'], `expected a number of at least send_batch_size, which is ${send_batch_size}`);
    }
    const keys = metadata_keys.map((key) => key.toLowerCase());
    for (const [index, key] of keys.entries()) {
      if (keys.indexOf(key) < index) refuse(['metadata_keys', index], `"${key}" stands here twice, in whatever case`);
    }
  });

export const batchProcessor = defineProcessor({
  type: 'batch',
  summary: 'Accepted from files of the Collector, without effect: exporters batch what they send.',
  signals: ['traces'],
  config: Config,
  example: 'send_batch_size: 8192\ntimeout: 200ms',
  create: () => (batch) => batch,
});

/** Checked as the Collector does, and ignored. */
function ignored<S extends z.ZodType>(field: S): S {
  return field.meta({ noEffect: REASON, description: `Accepted without effect: ${REASON}.` } satisfies FieldMeta & {
    description: string;
  });
}

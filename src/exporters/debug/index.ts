/** Shows what passes through a pipeline in the daemon's log, for somebody who is looking for a fault. */
import { z } from 'zod';
import type { Context, Exporter } from '../../component/contract.ts';
import { defineExporter } from '../../component/define.ts';
import { noEffect } from '../../config/fields.ts';
import { spanCount } from '../../data/spans.ts';
import { deliveryFields, deliveryRemarks } from '../../delivery/fields.ts';
import { Sampling } from './sampling.ts';
import { textOfTraces } from './text.ts';

const Config = z.strictObject({
  verbosity: z
    .enum(['basic', 'normal', 'detailed'])
    .default('basic')
    .describe('How much to show: how many spans there are, a line for each, or all they hold.'),
  show_content: z
    .boolean()
    .default(false)
    .describe('Show prompts and answers; otherwise only how long they are, since a log is read by many.'),
  sampling_initial: z.int().min(0).default(2).describe('Requests to show in a second before sampling begins.'),
  sampling_thereafter: z.int().min(0).default(1).describe('Of the rest in that second, show each one of this many; 0 for none.'),
  ...deliveryFields,
  use_internal_logger: noEffect('it writes to the log of the daemon'),
  output_paths: noEffect('it writes to the log of the daemon'),
});

export const debugExporter = defineExporter({
  type: 'debug',
  summary: 'Shows spans in the log, prompts and answers covered.',
  signals: ['traces'],
  config: Config,
  example: 'verbosity: detailed',
  remarks: deliveryRemarks,
  create: showTraces,
});

function showTraces(config: z.output<typeof Config>, { logger, now }: Context): Exporter {
  const { verbosity, show_content: showContent } = config;
  const sampling = new Sampling(config.sampling_initial, config.sampling_thereafter);
  return {
    async attempt(batch) {
      if (batch.signal !== 'traces') throw new TypeError(`cannot show ${batch.signal}: this exporter takes traces`);
      if (sampling.chosen(now())) {
        const size = { resource_spans: batch.resources.length, spans: spanCount(batch) };
        logger.show('traces', size, verbosity === 'basic' ? undefined : textOfTraces(batch, verbosity, showContent));
      }
      return { status: 'delivered' };
    },
  };
}

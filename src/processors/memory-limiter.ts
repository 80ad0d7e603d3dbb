/** Bounds the memory that requests in flight may take: as a processor it does nothing, the plan makes the budget of all receivers of it. */
import { z } from 'zod';
import { defineProcessor } from '../component/define.ts';
import { duration, noEffect } from '../config/fields.ts';

const OWN_COLLECTION = 'Node schedules its own garbage collection';

const Config = z
  .strictObject({
    check_interval: duration().describe(
      'Needed as in the Collector: above 0. Requests are counted as they come, not at intervals.',
    ),
    limit_mib: z
      .int()
      .min(0)
      .default(0)
      .describe(
        'In MiB; what it leaves beside the process at start bounds the requests in flight. The journal in memory comes on top. Wins over limit_percentage.',
      ),
    spike_limit_mib: z.int().min(0).default(0).describe('Part of limit_mib that requests leave free; 0: a fifth.'),
    limit_percentage: percentage().describe('The same, in percent of what the container or the machine has.'),
    spike_limit_percentage: percentage().describe(
      'Part of it that requests leave free, in percent of all; 0: a fifth of the limit.',
    ),
    min_gc_interval_when_soft_limited: noEffect(OWN_COLLECTION),
    min_gc_interval_when_hard_limited: noEffect(OWN_COLLECTION),
    max_gc_interval_when_soft_limited: noEffect(OWN_COLLECTION),
    max_gc_interval_when_hard_limited: noEffect(OWN_COLLECTION),
  })
  .superRefine((config, context) => {
    const { limit_mib, limit_percentage, spike_limit_mib, spike_limit_percentage } = config;
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (config.check_interval === 0) refuse('check_interval', 'expected a duration above 0');
    if (limit_mib === 0 && limit_percentage === 0) refuse('limit_mib', 'expected a number above 0, or limit_percentage');
    if (limit_mib > 0 && spike_limit_mib >= limit_mib) refuse('spike_limit_mib', 'expected less than limit_mib');
    if (limit_percentage > 0 && spike_limit_percentage >= limit_percentage) {
      refuse('spike_limit_percentage', 'expected less than limit_percentage');
    }
  });
type Config = z.output<typeof Config>;

export const memoryLimiterProcessor = defineProcessor({
  type: 'memory_limiter',
  summary: 'Refuses requests before their bodies are read when those in flight would take too much memory.',
  signals: ['traces'],
  config: Config,
  example: 'check_interval: 1s\nlimit_mib: 512\nspike_limit_mib: 128',
  memoryLimit: (config, totalBytes) => {
    const { limitBytes, spikeBytes } = limitsOf(config, totalBytes);
    return limitBytes - (spikeBytes === 0 ? limitBytes / 5 : spikeBytes);
  },
  create: () => (batch) => batch,
});

const MIB = 1_048_576;

function limitsOf(config: Config, totalBytes: number): Readonly<{ limitBytes: number; spikeBytes: number }> {
  if (config.limit_mib > 0) return { limitBytes: config.limit_mib * MIB, spikeBytes: config.spike_limit_mib * MIB };
  const share = (percent: number) => (percent * totalBytes) / 100;
  return { limitBytes: share(config.limit_percentage), spikeBytes: share(config.spike_limit_percentage) };
}

function percentage() {
  return z.int().min(0).max(100).default(0);
}

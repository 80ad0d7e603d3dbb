/** Stands for the journal in files that come from the Collector; it opens nothing of its own. */
import { z } from 'zod';
import { defineExtension } from '../component/define.ts';
import { duration, noEffect, size } from '../config/fields.ts';

const IN_MEMORY = 'the journal is kept in memory';

const Config = z.strictObject({
  directory: z.string().optional().describe('Folder for the journal; not used while it is kept in memory.'),
  create_directory: z.boolean().default(false).describe('Accepted for familiarity.'),
  directory_permissions: z.string().default('0700').describe('Accepted for familiarity.'),
  timeout: duration().prefault('1s').describe('Accepted for familiarity.'),
  max_size: size().optional().describe('Not used; set service.journal.max_size.'),
  fsync: noEffect(IN_MEMORY),
  compaction: noEffect(IN_MEMORY),
  recreate: noEffect(IN_MEMORY),
});

export const fileStorageExtension = defineExtension({
  type: 'file_storage',
  summary: 'Accepted from Collector files: the journal is kept in memory.',
  config: Config,
  example: 'directory: /var/lib/spanmeter',
  remarks: () => [
    {
      path: '',
      code: 'drops_data',
      message: `${IN_MEMORY}: spans that are not delivered, and counters, are gone when the process ends`,
    },
  ],
  create: () => ({}),
});

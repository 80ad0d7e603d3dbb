/** Carries the journal's settings in files that come from the Collector; it opens nothing of its own. */
import { z } from 'zod';
import { defineExtension } from '../component/define.ts';
import { duration, noEffect, section, size } from '../config/fields.ts';

const Config = z.strictObject({
  directory: z.string().min(1).optional().describe('Folder of the journal, as service.journal.directory.'),
  max_size: size().optional().describe('Bytes that it may take, as service.journal.max_size.'),
  dedupe: section(
    z.strictObject({
      max_spans: z.int().min(0).optional().describe('As service.journal.dedupe.max_spans.'),
    }),
  ).describe('How copies of a span are recognised.'),
  create_directory: z.boolean().default(true).describe('Accepted for familiarity: the folder is made if it is missing.'),
  directory_permissions: z.string().default('0700').describe('Accepted for familiarity: only the owner may look into it.'),
  timeout: duration().prefault('1s').describe('Accepted for familiarity: the folder is locked at once or not at all.'),
  fsync: noEffect('what is on disk was synced before the sender was answered'),
  compaction: noEffect('what nobody needs any more is deleted'),
  recreate: noEffect('damage is set aside, and what is intact is used'),
});

export const fileStorageExtension = defineExtension({
  type: 'file_storage',
  summary: 'Says where the journal is kept, as files of the Collector do; service.journal wins over it.',
  config: Config,
  example: 'directory: /var/lib/spanmeter',
  create: () => ({}),
});

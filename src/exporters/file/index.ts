/** Appends every request to a file, as a line of OTLP/JSON or a length-prefixed message; it counts as delivered once it is written. */
import { z } from 'zod';
import type { Context, Exporter } from '../../component/contract.ts';
import { defineExporter, type Remark } from '../../component/define.ts';
import { noEffect, unsupported } from '../../config/fields.ts';
import { deliveryFields, deliveryRemarks } from '../../delivery/fields.ts';
import { OutputFile } from './output-file.ts';
import { isWhole, recordOf } from './record.ts';

const Rotation = z
  .strictObject({
    max_megabytes: z.int().positive().default(100).describe('Size in MiB beyond which a file is put aside.'),
    max_days: z.int().min(0).default(0).describe('Days after which a file put aside is deleted; 0 keeps it.'),
    max_backups: z.int().min(0).default(100).describe('Files put aside to keep; 0 keeps all.'),
    localtime: z.boolean().default(false).describe('Name files put aside by local time instead of UTC.'),
  })
  .describe('Put the file aside under a name with the time when it is full; without it there is one file.');

const Config = z.strictObject({
  path: z.string().min(1).describe('File to write; only its owner may read it, since spans hold what people wrote.'),
  append: z
    .boolean()
    .default(true)
    .describe('Write behind what is there; false empties the file at start, unless it is rotated.'),
  format: z
    .enum(['json', 'proto'])
    .default('json')
    .describe('A line of OTLP/JSON for each request, or protobuf behind its length in 4 bytes.'),
  compression: z
    .enum(['none', '', 'zstd'])
    .default('none')
    .describe('With zstd each request is compressed by itself, behind its length in 4 bytes.'),
  rotation: Rotation.optional(),
  create_directory: z.boolean().default(false).describe('Make the folder if it is missing.'),
  directory_permissions: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'expected octal digits such as "0755"')
    .default('0755')
    .describe('Of a folder that is made.'),
  ...deliveryFields,
  flush_interval: noEffect('every request is written at once'),
  encoding: unsupported('write format: json or format: proto'),
  group_by: unsupported('there is one file; use a pipeline and an exporter for each'),
});
type Config = z.output<typeof Config>;

export const fileExporter = defineExporter({
  type: 'file',
  summary: 'Appends every request to a file.',
  signals: ['traces'],
  config: Config,
  example: 'path: /var/lib/spanmeter/traces.jsonl\nrotation: { max_megabytes: 100, max_backups: 10 }',
  writes: ({ path }) => [{ path: 'path', file: path }],
  remarks: (config) => [...deliveryRemarks(config), ...emptied(config)],
  create: fileWriter,
});

function emptied({ append, rotation }: Config): readonly Remark[] {
  if (append || rotation !== undefined) return [];
  return [{ path: 'append', code: 'drops_data', message: 'what the file holds is gone at every start' }];
}

function fileWriter(config: Config, { logger, now }: Context): Exporter {
  const { path, rotation, format } = config;
  const compressed = config.compression === 'zstd';
  const file = new OutputFile(
    {
      path,
      emptied: !config.append && rotation === undefined,
      directoryMode: config.create_directory ? Number.parseInt(config.directory_permissions, 8) : undefined,
      rotation,
      isWhole: isWhole(format === 'json' && !compressed),
    },
    { now, logger },
  );
  return {
    async start() {
      await file.open();
      logger.info('writing traces', { path });
    },
    async attempt(batch, abort) {
      if (batch.signal !== 'traces') throw new TypeError(`cannot write ${batch.signal}: this exporter takes traces`);
      const record = await recordOf(batch, format, compressed);
      try {
        await file.append(record, abort);
        return { status: 'delivered' };
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error);
        return { status: 'unavailable', reason: `cannot write to "${path}": ${cause}` };
      }
    },
    shutdown: () => file.close(),
  };
}

/** The shape of a whole config around its components; their sections are checked by their own schemas. */
import { z } from 'zod';
import { noEffect, section, size } from './fields.ts';
import { Telemetry } from './telemetry-fields.ts';

const Journal = z.strictObject({
  storage: z
    .enum(['disk', 'memory'])
    .default('disk')
    .describe('Where acknowledged spans are kept: on disk they outlive the process and the power, in memory they do not.'),
  directory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of the journal on disk; unset: that of file_storage, $STATE_DIRECTORY, /var/lib/spanmeter or ~/.local/state.',
    ),
  max_size: size()
    .refine((bytes) => bytes > 0, 'expected more than 0 bytes')
    .optional()
    .describe('Bytes to keep for destinations that are behind; then the oldest go. Unset: 10GiB on disk, 256MiB in memory.'),
  segment_size: size()
    .refine((bytes) => bytes >= 65_536, 'expected at least 64KiB')
    .prefault('64MiB')
    .describe('Size of the files on disk.'),
  min_free: size()
    .optional()
    .describe('Bytes of the disk to leave to others. Unset: 512MiB, or 5 % of the file system if that is more.'),
  dedupe: section(
    z.strictObject({
      max_spans: z
        .int()
        .min(0)
        .optional()
        .describe('Newest distinct spans to recognise when they are sent again. Unset: 1,000,000.'),
    }),
  ).describe('How copies of a span are recognised.'),
});

const Pipeline = z.strictObject({
  receivers: z.array(z.string()).default([]).describe('Ids of receivers or connectors to take from.'),
  processors: z.array(z.string()).default([]).describe('Ids of processors, in the order in which they run.'),
  exporters: z.array(z.string()).default([]).describe('Ids of exporters or connectors to hand to.'),
});

const Service = z.strictObject({
  extensions: z.array(z.string()).default([]).describe('Ids of extensions to start.'),
  pipelines: z
    .record(z.string(), Pipeline)
    .describe('What goes where, by signal: "traces" or "metrics", with "/name" for another; at most 32 of traces.'),
  telemetry: section(Telemetry).describe('What the daemon says about itself.'),
  journal: section(Journal).describe('Where spans are kept between the answer to a sender and the last destination.'),
});

/** Of a map from component id to settings. */
function components(what: string) {
  return z.record(z.string(), z.unknown()).default({}).describe(`${what}, by type or type/name.`);
}

export const topLevel = z.strictObject({
  receivers: components('Where telemetry comes in'),
  processors: components('What changes it before it is kept'),
  connectors: components('What counts it'),
  exporters: components('Where it goes'),
  extensions: components('What other components rely on'),
  service: Service.describe('Which components run and how they are connected.'),
  tests: noEffect('tests in the config are not run yet'),
});

/** The maps of components of a config. */
export type Section = 'receivers' | 'processors' | 'connectors' | 'exporters' | 'extensions';

export type ServiceSettings = z.output<typeof Service>;
export type PipelineSettings = z.output<typeof Pipeline>;
export type JournalSettings = z.output<typeof Journal>;

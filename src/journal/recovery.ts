/** What a start has found in the data directory, and how the log tells it. */
import type { Logger } from '../component/contract.ts';

export type Recovery = Readonly<{
  /** Sequence number of the newest record. */
  position: number;
  /** Records that were replayed. */
  records: number;
  /** Acknowledged records that are damaged and lost. */
  corrupt: number;
  /** Bytes of records that nobody was told of and that a crash cut. */
  torn: number;
  bytes: number;
  segments: number;
  durationMs: number;
  /** Of the file system, if acknowledged records are not safe on it. */
  unsuitable: string | undefined;
}>;

export function tellRecovery(recovery: Recovery, logger: Logger): void {
  const { position, records, corrupt, torn, bytes, segments, durationMs, unsuitable } = recovery;
  const found = { position, records_replayed: records, corrupt_records: corrupt, torn_bytes: torn, bytes, segments };
  logger.info('the journal is open', { ...found, duration_seconds: Math.round(durationMs) / 1000 });
  if (unsuitable === undefined) return;
  const remedy = 'name a folder on a local disk in service.journal.directory';
  logger.warn('the file system of the data directory may lose what was acknowledged', { file_system: unsuitable, remedy });
}

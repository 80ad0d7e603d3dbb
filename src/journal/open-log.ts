/** Opens what lies in the data directory: locks it, recovers it, replays it, and makes ready all that works on it. */
import type { Diagnostics } from '../component/contract.ts';
import type { JournalGraph } from './contract.ts';
import type { Damages } from './damages.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { isBroken, isFull } from './disk.ts';
import { diskFailed, JournalError } from './journal-error.ts';
import type { DiskJournalOptions } from './journal-options.ts';
import type { Unlock } from './lock.ts';
import { Log } from './log.ts';
import { LogWriter } from './log-writer.ts';
import { beginSegment, survey } from './recover.ts';
import type { Recovery } from './recovery.ts';
import { replayLog } from './replay.ts';
import { Reserve } from './reserve.ts';
import { Retention } from './retention.ts';
import type { JournalIdentity } from './segment.ts';
import { lowestPosition } from './snapshot-file.ts';
import { Snapshots } from './snapshots.ts';
import { type State, sectionsOf } from './state.ts';

export type OpenLog = Readonly<{
  log: Log;
  writer: LogWriter;
  snapshots: Snapshots;
  retention: Retention;
  reserve: Reserve;
  recovery: Recovery;
  close: () => Promise<void>;
}>;

export type JournalHandle = Readonly<{
  damages: Damages;
  folded: () => number;
  logCursors: () => Promise<void>;
  giveUp: (last: number) => Promise<void>;
  failed: (error: Error) => void;
}>;

export async function openLog(
  options: DiskJournalOptions,
  state: State,
  graph: JournalGraph,
  handle: JournalHandle,
): Promise<OpenLog> {
  const unlock = await options.lock();
  try {
    return await open(options, state, graph, handle, unlock);
  } catch (error) {
    unlock();
    if (isBroken(error)) throw diskFailed('read the journal', error);
    if (isFull(error)) throw new JournalError(1, 'cannot use the data directory: it cannot be written', error);
    throw error;
  }
}

async function open(options: DiskJournalOptions, state: State, graph: JournalGraph, handle: JournalHandle, unlock: Unlock) {
  const began = performance.now();
  const { disk, logger, diagnostics } = options;
  const directory = await openDataDirectory(disk, logger);
  const identity = directory.identity ?? newIdentity(options);
  const log = new Log(disk, identity.key, directory.segments);
  const found = await survey(handle.damages, directory, log, identity.key);
  const { timeMs, frozen } = await replayLog(log, found, state, graph, logger);
  state.folds.adopt(frozen);
  const segment = await beginSegment(disk, identity, log, found);
  const rolled = () => {
    state.holdings.forgetBefore(log.segments[0]?.first ?? 0);
    void retention.run();
  };
  const writerHost = { ...options, log, identity, observeSync: observeIn(diagnostics), rolled };
  const writer = new LogWriter(writerHost, { segment, seq: found.seq, timeMs });
  const reserve = new Reserve(disk, options.reserveBytes);
  const snapshots = new Snapshots(
    {
      ...options,
      identity,
      sections: () => sectionsOf(state, handle.folded, () => writer.timeMs),
      logBytes: options.snapshotBytes,
      giveBackReserve: () => reserve.giveBack(),
      failed: handle.failed,
    },
    { ...keptIn(directory), logBytesSince: found.batchBytes },
  );
  const settled = () => Math.min(...state.cursors.graph.readers.map(({ id }) => state.cursors.of(id)?.seq ?? 0));
  const retention = new Retention({ ...options, log, snapshots, settled, ...handle });
  const { kind: unsuitable } = await disk.space();
  const { seq: position, records, corrupt, torn } = found;
  const size = { bytes: log.bytes, segments: log.segments.length };
  const recovery: Recovery = { position, records, corrupt, torn, ...size, durationMs: performance.now() - began, unsuitable };
  const close = async () => {
    await retention.stop();
    await reserve.close();
    await writer.close();
    unlock();
  };
  return { log, writer, snapshots, retention, reserve, recovery, close };
}

function observeIn(diagnostics: Diagnostics): (seconds: number) => void {
  return (seconds) => diagnostics.record('spanmeter_journal_sync_seconds', {}, seconds);
}

/** Oldest first. */
function keptIn({ snapshots }: DataDirectory) {
  const kept = snapshots.map(({ number, sections }) => ({ number, position: lowestPosition(sections) }));
  return { kept: kept.toReversed(), bytes: snapshots[0]?.bytes ?? 0 };
}

function newIdentity({ randomBytes }: DiskJournalOptions): JournalIdentity {
  return { id: randomBytes(16), key: randomBytes(4).readUInt32LE() };
}

/** What the rest of the daemon may rely on from a journal, whatever it is kept on. */
import type { Fold } from '../component/contract.ts';
import type { Batch, Encoded, Encoding, Signal } from '../data/batch.ts';

/** Why spans were given up for a reader: counted, never silent. */
export const DROP_REASONS = ['backlog_full', 'reader_removed', 'dead_letters_full', 'corrupt'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export interface Journal {
  /** False: what was acknowledged is gone with the process. */
  readonly durable: boolean;
  /** Folds see records that an earlier process was given. */
  readonly replaying: boolean;
  /** When about the oldest span came that would still be recognised as a copy; undefined while there is none. */
  readonly recognisedSinceMs: number | undefined;
  /** Requests are taken. */
  readonly ready: boolean;
  /** What keeps it from taking them for a while: a full disk. */
  readonly obstacle: Obstacle | undefined;
  readonly size: JournalSize;
  start(): Promise<void>;
  /**
   * One request: all its entries durable, folded and visible to readers, or none of them and an `unavailable` IntakeError.
   * Spans that a pipeline already has (same trace and span id, within the window) are dropped from its entry; a copy of a span
   * that is still being written waits for it. A batch without spans adds nothing.
   */
  append(entries: readonly Entry[]): Promise<Appended>;
  /**
   * Swaps in folds and readers between two records; at start and at a reload. A fold of the same id and fingerprint, and a
   * reader of the same id, keep their state; a fold that returns goes on from its total; a new reader starts at the present, one
   * that stays is the same object and has what came for the pipelines that it read then; a reader that is left out loses its backlog, counted as `reader_removed`, and gets nothing more. If a fold cannot load its
   * state this throws, and the graph before stays.
   */
  bind(graph: JournalGraph): ReadonlyMap<string, Reader>;
  /** Takes no more appends; finishes what was begun. Later appends reject as `unavailable`. Safe before start() and twice. */
  close(deadline: AbortSignal): Promise<void>;
}

export type Obstacle = Readonly<{ sinceMs: number; error: Error }>;

/** Of all that is kept for readers and restarts; `segments`: files. */
export type JournalSize = Readonly<{ bytes: number; segments: number }>;

/** A batch for pipelines that treat it alike. */
export type Entry = Readonly<{ pipelines: readonly string[]; batch: Batch }>;

/** Spans that some pipeline of their entry lacked, and spans that some pipeline of their entry had: one span may be both. */
export type Appended = Readonly<{ added: number; duplicates: number }>;

export type JournalGraph = Readonly<{
  /**
   * In the order in which they see a record. The folds of one connector stand together. A record of two pipelines that a fold
   * reads is applied twice, whether the pipelines share it or not.
   */
  folds: readonly Readonly<{ connector: string; pipelines: ReadonlySet<string>; fold: Fold }>[];
  /** The id is the exporter's. */
  readers: readonly Readonly<{ id: string; pipelines: ReadonlySet<string> }>[];
}>;

/** The view of one exporter: the records of its pipelines, in order, behind a cursor of its own. */
export interface Reader {
  /**
   * The next records that were not taken yet, at least one; waits while there is none. They share signal and encoding, and
   * more than one come only if all are mergeable. May be called again before the last take is settled. Rejects with the
   * abort reason.
   */
  next(limit: TakeLimit, abort: AbortSignal): Promise<Taken>;
  /** Settles a take, in any order; the cursor is the low edge of what is settled. Without effect on a take that is settled. */
  done(taken: Taken): void;
  readonly backlog: Backlog;
}

/** A single record may exceed either. */
export type TakeLimit = Readonly<{ bytes: number; spans: number }>;

export type Taken = readonly JournalRecord[];

/** Records that are not settled. */
export type Backlog = Readonly<{ records: number; spans: number; bytes: number; oldestMs: number | undefined }>;

export type JournalRecord = Readonly<{
  seq: number;
  timeMs: number;
  signal: Signal;
  encoding: Encoding;
  /** The bytes of several such records can be joined into one request without decoding them (otlp/merge.ts). */
  mergeable: boolean;
  spans: number;
  bytes: Uint8Array;
}>;

/** What a destination will never take. */
export type DeadLetter = Readonly<{
  exporter: string;
  timeMs: number;
  signal: Signal;
  /** The request, or the part of it that could not be made smaller. */
  body: Encoded;
  /** How many of its spans were refused; not told which, where it holds more. */
  spans: number;
  bodySpans: number;
  reason: string;
}>;

/** Letters that a person wants sent again; `settled` once each was delivered or has become a letter anew. */
export type Resend = Readonly<{ records: Taken; settled: () => Promise<void> }>;

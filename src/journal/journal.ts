/** The journal on disk: an append is answered when it is written and synced, together with all that waited for the same sync. */
import { IntakeError } from '../component/errors.ts';
import { type Claim, Claims } from './claims.ts';
import type { Appended, Entry, Journal, JournalGraph, JournalRecord, Reader } from './contract.ts';
import { Cursors, isSameGraph } from './cursors.ts';
import { Folds } from './folds.ts';
import { draftOf, type Item, Queue } from './groups.ts';
import type { DiskJournalOptions } from './journal-options.ts';
import { type Draft, FullError, type Written } from './log-writer.ts';
import { Losses } from './losses.ts';
import type { NewRecord } from './new-records.ts';
import { type OpenLog, openLog, type Recovery } from './open-log.ts';
import { type CursorPayload, encodeJson } from './payload.ts';
import { describeGraph, Readers } from './readers.ts';
import { RECORD_TYPE } from './record.ts';
import { WindowAge } from './window-age.ts';

const FLUSH_MS = 1_000;
const SNAPSHOT_MS = 300_000;
const PROBE_MS = 2_000;
const READ_AGAIN_MS = 5_000;
const RETRY_AFTER_SECONDS = 10;
/** What there must be room for before requests are taken again. */
const PROBE_BYTES = 1_048_576;
/** Folds of so many requests, then others get their turn of the loop. */
const FOLD_SLICE = 64;

export class DiskJournal implements Journal {
  readonly durable = true;
  readonly #options: DiskJournalOptions;
  readonly #claims: Claims;
  readonly #windowAge: WindowAge;
  readonly #folds: Folds;
  readonly #cursors = new Cursors();
  readonly #readers: Readers;
  readonly #queue: Queue;
  /** Claims that were not kept: what waited for them is lost with them. */
  readonly #failedClaims = new WeakSet<Claim>();
  #graph: JournalGraph = { folds: [], readers: [] };
  #open: OpenLog | undefined;
  /** The newest record that is folded. */
  #folded = 0;
  #graphLogged = true;
  #flushWanted = false;
  #flushScheduled = false;
  /** They wait for a group that tells the log where every reader is. */
  #cursorWaiters: (() => void)[] = [];
  #pumping: Promise<void> | undefined;
  #full = false;
  #replaying = false;
  #closing: Promise<void> | undefined;
  #dead: Error | undefined;
  readonly #alarms = new Set<() => void>();

  constructor(options: DiskJournalOptions) {
    const { maxSpans, diagnostics, logger, now, segmentBytes } = options;
    this.#options = options;
    this.#claims = new Claims(maxSpans, diagnostics);
    this.#windowAge = new WindowAge(maxSpans);
    this.#folds = new Folds(diagnostics, logger);
    this.#queue = new Queue(segmentBytes);
    const host = {
      log: () => this.#opened().log,
      folded: () => this.#folded,
      moved: () => this.#scheduleFlush(),
      failed: (error: unknown, retry: () => void) => {
        logger.error('cannot read the journal back', { error });
        this.#after(READ_AGAIN_MS, retry);
      },
    };
    this.#readers = new Readers(host, new Losses({ diagnostics, logger, now }));
  }

  get recognisedSinceMs(): number | undefined {
    const { added, size } = this.#claims.window;
    return this.#windowAge.oldestMs(added, size);
  }

  /** What the start found; undefined before it. */
  get recovery(): Recovery | undefined {
    return this.#open?.recovery;
  }

  /** Records of the last process are being counted again: what components notice now was noticed before. */
  get replaying(): boolean {
    return this.#replaying;
  }

  /** Requests are taken. */
  get ready(): boolean {
    return this.#open !== undefined && !this.#full && this.#closing === undefined && this.#dead === undefined;
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.#open?.log.bytes ?? 0;
  }

  async start(): Promise<void> {
    this.#replaying = true;
    try {
      const parts = { claims: this.#claims, cursors: this.#cursors, folds: this.#folds };
      this.#open = await openLog(this.#options, parts, this.#graph, {
        folded: () => this.#folded,
        logCursors: () => this.#logCursors(),
        giveUp: (last) => this.#readers.giveUp(last),
      });
    } finally {
      this.#replaying = false;
    }
    const { writer, log, recovery, snapshots } = this.#open;
    this.#folded = writer.seq;
    this.#windowAge.note(this.#claims.window.added, this.#claims.window.size, writer.timeMs);
    await this.#readers.resume(this.#cursors, log, this.#folded);
    this.#graphLogged = isSameGraph(this.#cursors.graph, describeGraph(this.#graph, 0));
    await this.#pump();
    if (this.#dead !== undefined) {
      await this.#open.close();
      throw this.#dead;
    }
    // What was damaged is passed by, once and for all.
    if (recovery.corrupt > 0) await snapshots.take();
    this.#everySnapshot();
  }

  async append(entries: readonly Entry[]): Promise<Appended> {
    this.#refuseUnlessReady();
    const claim = this.#claims.claim(entries);
    if (claim.records.length === 0 && claim.behind.size === 0) this.#claims.commit(claim);
    else {
      const kept = this.#queue.push(claim);
      void this.#pump();
      await kept;
    }
    return { added: claim.added, duplicates: claim.duplicates };
  }

  bind(graph: JournalGraph): ReadonlyMap<string, Reader> {
    this.#folds.bind(graph.folds, this.#open?.writer.timeMs ?? 0);
    this.#claims.bind(new Set([...graph.folds, ...graph.readers].flatMap(({ pipelines }) => [...pipelines])));
    this.#graph = graph;
    this.#readers.bind(graph.readers, this.#folded);
    if (this.#open !== undefined) {
      const description = describeGraph(graph, this.#folded);
      this.#graphLogged &&= isSameGraph(this.#cursors.graph, description);
      this.#cursors.applyGraph(description);
      this.#open.snapshots.invalidate();
      void this.#pump();
      setImmediate(() => this.#readers.wake());
    }
    return this.#readers.byId;
  }

  close(deadline: AbortSignal): Promise<void> {
    this.#closing ??= this.#close(deadline);
    return this.#closing;
  }

  async #close(deadline: AbortSignal): Promise<void> {
    const open = this.#open;
    for (const cancel of this.#alarms) cancel();
    if (open === undefined) return;
    await this.#logCursors();
    while (this.#pumping !== undefined) await this.#pumping;
    if (this.#dead === undefined && open.snapshots.appendedSince && !deadline.aborted) await open.snapshots.take();
    await open.close();
  }

  #refuseUnlessReady(): void {
    if (this.#open === undefined) throw unavailable('the journal has not started');
    if (this.#closing !== undefined) throw unavailable('the journal is closed');
    if (this.#dead !== undefined) throw unavailable('the journal has failed');
    if (this.#full) throw unavailable('the disk of the journal is full');
  }

  /** One group after the other, until nothing waits. Resolves then; a fault ends the journal. */
  #pump(): Promise<void> {
    if (this.#dead === undefined && this.#hasWork) this.#pumping ??= this.#commitAll();
    return this.#pumping ?? Promise.resolve();
  }

  async #commitAll(): Promise<void> {
    try {
      while (this.#hasWork) await this.#commitGroup(this.#queue.take());
    } catch (error) {
      this.#die(error);
    } finally {
      this.#pumping = undefined; // in the turn in which nothing waited: what comes later starts anew
    }
  }

  get #hasWork(): boolean {
    const graph = !this.#graphLogged && !this.#full;
    return !this.#queue.empty || this.#flushWanted || this.#cursorWaiters.length > 0 || graph;
  }

  async #commitGroup(items: readonly Item[]): Promise<void> {
    const waiters = this.#cursorWaiters.splice(0);
    const cursors = this.#readers.unlogged(waiters.length > 0);
    this.#flushWanted = false;
    const records = items.flatMap(({ claim }) => claim.records);
    try {
      await this.#logGraph();
      const written = await this.#write([...records.map(draftOf), ...cursors.map(cursorDraft)], records.length === 0);
      await this.#finish(items, written);
      for (const cursor of cursors) this.#cursors.apply(cursor);
      this.#folded = this.#opened().writer.seq;
      if (this.#opened().snapshots.grew(sizeOf(records))) this.#snapshot();
    } catch (error) {
      this.#readers.notLogged(cursors);
      this.#fail(items, error);
      if (!(error instanceof FullError)) throw error;
      this.#becomeFull(error);
    } finally {
      for (const told of waiters) told();
    }
  }

  /** What is durable now is counted, then answered, then shown to readers. */
  async #finish(items: readonly Item[], written: readonly Written[]): Promise<void> {
    let at = 0;
    for (const [index, { claim, resolve, reject }] of items.entries()) {
      if (index > 0 && index % FOLD_SLICE === 0) await new Promise(setImmediate);
      // Another graph may have been bound: no record is counted under one that a restart would not know.
      await this.#logGraph();
      this.#claims.commit(claim);
      for (const record of claim.records) {
        const place = written[at++];
        if (place !== undefined) this.#apply(record, place);
      }
      if ([...claim.behind].some((other) => this.#failedClaims.has(other)))
        reject(unavailable('an earlier copy could not be kept'));
      else resolve();
    }
    setImmediate(() => this.#readers.wake());
  }

  #apply({ batch, encoded, pipelines, spans }: NewRecord, { seq, timeMs, place }: Written): void {
    this.#windowAge.note(this.#claims.window.added, this.#claims.window.size, timeMs);
    this.#folds.apply({ seq, timeMs, batch }, pipelines);
    this.#folded = seq;
    const record: JournalRecord = { seq, timeMs, signal: batch.signal, spans, ...encoded };
    this.#readers.push(record, pipelines, place);
  }

  async #logGraph(): Promise<void> {
    while (!this.#graphLogged) {
      this.#graphLogged = true;
      const graph = describeGraph(this.#graph, this.#folded);
      try {
        await this.#write([{ type: RECORD_TYPE.graph, payload: [encodeJson(graph)] }], true);
        if (this.#graphLogged) this.#cursors.applyGraph(graph);
      } catch (error) {
        this.#graphLogged = false;
        if (!(error instanceof FullError)) throw error;
        this.#becomeFull(error);
        return;
      }
    }
  }

  /** `small`: worth the reserve. */
  async #write(drafts: readonly Draft[], small: boolean): Promise<readonly Written[]> {
    const { writer, reserve } = this.#opened();
    if (drafts.length === 0) return [];
    try {
      return await writer.write(drafts);
    } catch (error) {
      if (!(error instanceof FullError) || !small || !(await reserve.giveBack())) throw error;
      return writer.write(drafts);
    }
  }

  /** The next copy of their spans is new: the sender, who is told, will send one. */
  #fail(items: readonly Item[], cause: unknown): void {
    for (const { claim, reject } of items) {
      this.#claims.release(claim);
      this.#failedClaims.add(claim);
      reject(unavailable('the journal cannot keep it', cause));
    }
  }

  #failAll(cause: unknown): void {
    while (!this.#queue.empty) this.#fail(this.#queue.take(), cause);
  }

  #becomeFull(error: Error): void {
    this.#failAll(error);
    if (this.#full) return;
    this.#full = true;
    this.#options.logger.error('the disk of the journal is full; requests are refused until there is room', { error });
    this.#after(PROBE_MS, () => void this.#probe().catch((fault: unknown) => this.#die(fault)));
  }

  async #probe(): Promise<void> {
    const { retention, writer, reserve } = this.#opened();
    await retention.run();
    while (this.#pumping !== undefined) await this.#pumping;
    if (this.#closing !== undefined || this.#dead !== undefined) return;
    if (!(await writer.hasRoomFor(Math.min(PROBE_BYTES, this.#options.segmentBytes)))) {
      this.#after(PROBE_MS, () => void this.#probe().catch((fault: unknown) => this.#die(fault)));
      return;
    }
    this.#full = false;
    this.#options.logger.info('the disk of the journal has room again; requests are taken');
    void this.#pump();
    await reserve.fill();
  }

  /** Nothing more is acknowledged: what the disk has can be found out by a restart only. */
  #die(error: unknown): void {
    if (this.#dead !== undefined) return;
    this.#dead = error instanceof Error ? error : new Error(String(error));
    this.#failAll(error);
    for (const told of this.#cursorWaiters.splice(0)) told();
    this.#options.fail(this.#dead);
  }

  /** Durable when it resolves, unless the disk is full or failed. */
  #logCursors(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#dead !== undefined) resolve();
    this.#cursorWaiters.push(resolve);
    void this.#pump();
    return promise;
  }

  #scheduleFlush(): void {
    if (this.#flushWanted || this.#closing !== undefined || this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#after(FLUSH_MS, () => {
      this.#flushScheduled = false;
      this.#flushWanted = true;
      if (!this.#full) void this.#pump();
    });
  }

  #snapshot(): void {
    const { snapshots, retention } = this.#opened();
    void snapshots.take().then(() => retention.run());
  }

  #everySnapshot(): void {
    this.#after(SNAPSHOT_MS, () => {
      if (this.#opened().snapshots.appendedSince && !this.#full) this.#snapshot();
      this.#everySnapshot();
    });
  }

  #after(ms: number, run: () => void): void {
    if (this.#closing !== undefined) return;
    const cancel = this.#options.after(ms, () => {
      this.#alarms.delete(cancel);
      if (this.#closing === undefined && this.#dead === undefined) run();
    });
    this.#alarms.add(cancel);
  }

  #opened(): OpenLog {
    if (this.#open === undefined) throw new Error('the journal has not started');
    return this.#open;
  }
}

function sizeOf(records: readonly NewRecord[]): number {
  return records.reduce((sum, { encoded }) => sum + encoded.bytes.byteLength, 0);
}

function cursorDraft(cursor: CursorPayload): Draft {
  return { type: RECORD_TYPE.cursor, payload: [encodeJson(cursor)] };
}

function unavailable(reason: string, cause?: unknown): IntakeError {
  return new IntakeError('unavailable', `cannot take the request: ${reason}`, { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
}

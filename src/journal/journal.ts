/** The journal on disk: what it has acknowledged outlives the process and the power, and is counted once. */
import { Alarms } from './alarms.ts';
import { Claims } from './claims.ts';
import { Commits, unavailable } from './commits.ts';
import type { Appended, Entry, Journal, JournalGraph, JournalSize, Obstacle, Reader } from './contract.ts';
import { Cursors } from './cursors.ts';
import { Damages } from './damages.ts';
import { Folds } from './folds.ts';
import { Holdings } from './holdings.ts';
import type { DiskJournalOptions } from './journal-options.ts';
import { Losses } from './losses.ts';
import { type OpenLog, openLog } from './open-log.ts';
import { Readers } from './readers.ts';
import { type Recovery, tellRecovery } from './recovery.ts';
import { Room } from './room.ts';

const FLUSH_MS = 1_000;
const SNAPSHOT_MS = 300_000;
const READ_AGAIN_MS = 5_000;
/** Many megabytes: the first requests are not to wait for the disk because of them. */
const RESERVE_MS = 5_000;
/** What there must be room for before requests are taken again. */
const PROBE_BYTES = 1_048_576;

export class DiskJournal implements Journal {
  readonly durable = true;
  readonly #options: DiskJournalOptions;
  readonly #alarms: Alarms;
  readonly #claims: Claims;
  readonly #folds: Folds;
  readonly #cursors = new Cursors();
  readonly #holdings = new Holdings();
  readonly #damages: Damages;
  readonly #readers: Readers;
  readonly #room: Room;
  readonly #commits: Commits;
  #graph: JournalGraph = { folds: [], readers: [] };
  #open: OpenLog | undefined;
  #flushScheduled = false;
  #replaying = false;
  #closing: Promise<void> | undefined;

  constructor(options: DiskJournalOptions) {
    const { maxSpans, segmentBytes, diagnostics, logger, now } = options;
    this.#options = options;
    this.#alarms = new Alarms(options.after);
    this.#damages = new Damages(options);
    this.#claims = new Claims(maxSpans, diagnostics);
    this.#folds = new Folds(diagnostics, logger);
    this.#room = new Room({
      alarms: this.#alarms,
      logger,
      now,
      makeRoom: () => this.#makeRoom(),
      resumed: () => void this.#commits.run(),
      failed: (error) => this.#commits.die(error),
    });
    this.#commits = new Commits({
      claims: this.#claims,
      folds: this.#folds,
      cursors: this.#cursors,
      holdings: this.#holdings,
      readers: () => this.#readers,
      segmentBytes,
      full: () => this.#room.full,
      becameFull: (error) => this.#room.ranOut(error),
      died: options.fail,
      grew: (bytes) => {
        if (this.#opened().snapshots.grew(bytes)) this.#snapshot();
      },
    });
    this.#readers = new Readers(
      {
        log: () => this.#opened().log,
        holdings: this.#holdings,
        folded: () => this.#commits.folded,
        moved: () => this.#flushLater(),
        failed: (error, retry) => {
          logger.error('cannot read the journal back', { error });
          this.#alarms.after(READ_AGAIN_MS, retry);
        },
        damaged: (gap) => {
          this.#damages.tell(gap).catch((error: unknown) => logger.error('cannot keep a damaged file in quarantine', { error }));
        },
      },
      new Losses({ diagnostics, logger, now }),
    );
  }

  get recognisedSinceMs(): number | undefined {
    return this.#claims.recognisedSinceMs;
  }

  /** What the start found; undefined before it. */
  get recovery(): Recovery | undefined {
    return this.#open?.recovery;
  }

  /** Records of the last process are being counted again: what components notice now was noticed before. */
  get replaying(): boolean {
    return this.#replaying;
  }

  get ready(): boolean {
    return this.#open !== undefined && !this.#room.full && this.#closing === undefined && this.#commits.dead === undefined;
  }

  get obstacle(): Obstacle | undefined {
    return this.#room.obstacle;
  }

  get size(): JournalSize {
    const { bytes = 0, segments = [] } = this.#open?.log ?? {};
    return { bytes, segments: segments.length };
  }

  async start(): Promise<void> {
    const open = await this.#recover();
    const { log, writer, recovery, snapshots } = open;
    this.#commits.open(open);
    this.#open = open;
    await this.#readers.resume(this.#cursors, log, writer.seq);
    this.#commits.enter(this.#graph);
    await this.#commits.run();
    if (this.#commits.dead !== undefined) {
      await open.close();
      throw this.#commits.dead;
    }
    tellRecovery(recovery, this.#options.logger);
    this.#alarms.after(RESERVE_MS, () => void this.#setAside(open));
    // What was damaged is passed by, once and for all.
    if (recovery.corrupt > 0) await snapshots.take();
    this.#alarms.every(SNAPSHOT_MS, () => {
      if (snapshots.appendedSince && !this.#room.full && this.#commits.dead === undefined) this.#snapshot();
    });
  }

  async append(entries: readonly Entry[]): Promise<Appended> {
    if (this.#open === undefined) throw unavailable('the journal has not started');
    if (this.#closing !== undefined) throw unavailable('the journal is closed');
    if (this.#commits.dead !== undefined) throw unavailable('the journal has failed');
    if (this.#room.full) throw unavailable('the disk of the journal is full');
    const claim = this.#claims.claim(entries);
    if (claim.records.length === 0 && claim.behind.length === 0) this.#claims.commit(claim, this.#open.writer.timeMs);
    else await this.#commits.append(claim);
    return { added: claim.added, duplicates: claim.duplicates };
  }

  bind(graph: JournalGraph): ReadonlyMap<string, Reader> {
    this.#folds.bind(graph.folds, this.#open?.writer.timeMs ?? 0);
    this.#claims.bind(new Set([...graph.folds, ...graph.readers].flatMap(({ pipelines }) => [...pipelines])));
    this.#graph = graph;
    this.#readers.bind(graph.readers, this.#commits.folded);
    this.#open?.snapshots.invalidate();
    this.#commits.enter(graph);
    setImmediate(() => this.#readers.wake());
    return this.#readers.byId;
  }

  close(deadline: AbortSignal): Promise<void> {
    this.#closing ??= this.#close(deadline);
    return this.#closing;
  }

  async #close(deadline: AbortSignal): Promise<void> {
    const open = this.#open;
    this.#alarms.cancelAll();
    if (open === undefined) return;
    await this.#commits.logCursors();
    await this.#commits.run();
    // One that is under way lacks what came since it began.
    for (let taken = true; taken && this.#commits.dead === undefined && open.snapshots.appendedSince && !deadline.aborted; ) {
      taken = await open.snapshots.take();
    }
    await open.close();
  }

  /** Where there is no room for it, requests go on without. */
  async #setAside({ reserve }: OpenLog): Promise<void> {
    try {
      await reserve.fill();
    } catch (error) {
      this.#options.logger.warn('cannot set aside disk space for hard times', { error });
    }
  }

  async #recover(): Promise<OpenLog> {
    this.#replaying = true;
    try {
      const state = { claims: this.#claims, cursors: this.#cursors, folds: this.#folds, holdings: this.#holdings };
      return await openLog(this.#options, state, this.#graph, {
        damages: this.#damages,
        folded: () => this.#commits.folded,
        logCursors: () => this.#commits.logCursors(),
        giveUp: (last) => this.#readers.giveUp(last),
        failed: (error) => this.#commits.die(error),
      });
    } finally {
      this.#replaying = false;
    }
  }

  async #makeRoom(): Promise<boolean> {
    const open = this.#opened();
    await open.retention.run();
    await this.#commits.run();
    if (this.#closing !== undefined || this.#commits.dead !== undefined) return false;
    if (!(await this.#commits.hasRoomFor(Math.min(PROBE_BYTES, this.#options.segmentBytes)))) return false;
    await this.#setAside(open);
    return true;
  }

  #flushLater(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#alarms.after(FLUSH_MS, () => {
      this.#flushScheduled = false;
      this.#commits.flush();
    });
  }

  #snapshot(): void {
    const { snapshots, retention } = this.#opened();
    void snapshots.take().then(() => retention.run());
  }

  #opened(): OpenLog {
    if (this.#open === undefined) throw new Error('the journal has not started');
    return this.#open;
  }
}

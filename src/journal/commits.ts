/** Brings what waits into the log, group by group: written and synced, then counted, then answered, then shown to readers. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { IntakeError } from '../component/errors.ts';
import { forgetSpans } from '../otlp/codec.ts';
import type { Claim, Claims } from './claims.ts';
import type { JournalGraph, JournalRecord } from './contract.ts';
import { type Cursors, isSameGraph } from './cursors.ts';
import type { Folds } from './folds.ts';
import type { Draft } from './group-buffer.ts';
import { draftsOf, type Item, Queue } from './groups.ts';
import type { Holdings } from './holdings.ts';
import { FullError, type Written } from './log-writer.ts';
import type { NewRecord } from './new-records.ts';
import type { OpenLog } from './open-log.ts';
import { encodeFrozen, encodeJson } from './payload.ts';
import { describeGraph, type Readers } from './readers.ts';
import { RECORD_TYPE } from './record.ts';

export type CommitsHost = Readonly<{
  claims: Claims;
  folds: Folds;
  cursors: Cursors;
  holdings: Holdings;
  readers: () => Readers;
  segmentBytes: number;
  full: () => boolean;
  becameFull: (error: Error) => void;
  died: (error: Error) => void;
  /** So much was appended. */
  grew: (bytes: number) => void;
}>;

type Probe = Readonly<{ bytes: number; resolve: (room: boolean) => void }>;

const RETRY_AFTER_SECONDS = 10;
/** Folds of so many requests, then others get their turn of the loop. */
const FOLD_SLICE = 64;

export class Commits {
  readonly #host: CommitsHost;
  readonly #queue: Queue;
  #open: OpenLog | undefined;
  #graph: JournalGraph = { folds: [], readers: [] };
  #graphLogged = true;
  /** The newest record that is folded. */
  #folded = 0;
  #flushWanted = false;
  /** They wait for a group that tells the log where every reader is. */
  #cursorWaiters: (() => void)[] = [];
  #probes: Probe[] = [];
  #running: Promise<void> | undefined;
  #dead: Error | undefined;

  constructor(host: CommitsHost) {
    this.#host = host;
    this.#queue = new Queue(host.segmentBytes);
  }

  get folded(): number {
    return this.#folded;
  }

  get dead(): Error | undefined {
    return this.#dead;
  }

  open(open: OpenLog): void {
    this.#open = open;
    this.#folded = open.writer.seq;
  }

  /** Resolves when it is durable and folded. */
  append(claim: Claim): Promise<void> {
    const kept = this.#queue.push(claim);
    void this.run();
    return kept;
  }

  /** The log is told before the next record is folded. */
  enter(graph: JournalGraph): void {
    this.#graph = graph;
    if (this.#open === undefined) return;
    const description = describeGraph(graph, this.#folded);
    this.#graphLogged &&= isSameGraph(this.#host.cursors.graph, description);
    this.#host.cursors.applyGraph(description);
    void this.run();
  }

  /** One group after the other, until nothing waits. Resolves then; a fault ends the journal. */
  run(): Promise<void> {
    if (this.#open !== undefined && this.#dead === undefined && this.#hasWork) this.#running ??= this.#commitAll(this.#open);
    return this.#running ?? Promise.resolve();
  }

  flush(): void {
    this.#flushWanted = true;
    if (!this.#host.full()) void this.run();
  }

  /** Where every reader is, is durable when it resolves, unless the disk is full or failed. */
  logCursors(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#dead !== undefined) resolve();
    this.#cursorWaiters.push(resolve);
    void this.run();
    return promise;
  }

  /** Whether so much could be written now. Between two groups: it is written to find out, and cut off again. */
  hasRoomFor(bytes: number): Promise<boolean> {
    if (this.#dead !== undefined) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#probes.push({ bytes, resolve });
    void this.run();
    return promise;
  }

  /** Nothing more is acknowledged: what the disk has can be found out by a restart only. */
  die(error: unknown): void {
    if (this.#dead !== undefined) return;
    this.#dead = error instanceof Error ? error : new Error(String(error));
    this.#failAll(error);
    for (const told of this.#cursorWaiters.splice(0)) told();
    for (const { resolve } of this.#probes.splice(0)) resolve(false);
    this.#host.died(this.#dead);
  }

  get #hasWork(): boolean {
    const graph = !this.#graphLogged && !this.#host.full();
    return this.#probes.length > 0 || !this.#queue.empty || this.#flushWanted || this.#cursorWaiters.length > 0 || graph;
  }

  async #commitAll(open: OpenLog): Promise<void> {
    try {
      while (this.#hasWork) {
        const [probe] = this.#probes;
        if (probe === undefined) await this.#commitGroup(open, this.#queue.take());
        else await this.#answer(probe, open);
      }
    } catch (error) {
      this.die(error);
    } finally {
      this.#running = undefined; // in the turn in which nothing waited: what comes later starts anew
    }
  }

  async #answer(probe: Probe, { writer }: OpenLog): Promise<void> {
    const room = await writer.hasRoomFor(probe.bytes);
    this.#probes = this.#probes.filter((other) => other !== probe);
    probe.resolve(room);
  }

  async #commitGroup(open: OpenLog, items: readonly Item[]): Promise<void> {
    const { cursors, grew } = this.#host;
    const readers = this.#host.readers();
    const waiters = this.#cursorWaiters.splice(0);
    const moved = readers.unlogged(waiters.length > 0);
    this.#flushWanted = false;
    const records = items.flatMap(({ claim }) => claim.records);
    const places = moved.map((cursor) => ({ type: RECORD_TYPE.cursor, head: encodeJson(cursor) }));
    const drafts = [...items.flatMap(({ claim }) => draftsOf(claim)), ...places];
    try {
      await this.#logGraph(open);
      const written = await this.#write(open, drafts, records.length === 0);
      // Something else on the disk failed meanwhile: nothing is acknowledged after that.
      if (this.#dead !== undefined) throw this.#dead;
      await this.#finish(open, items, written);
      for (const cursor of moved) cursors.apply(cursor);
      this.#folded = open.writer.seq;
      grew(records.reduce((sum, { encoded }) => sum + encoded.bytes.byteLength, 0));
    } catch (error) {
      readers.notLogged(moved);
      this.#fail(items, error);
      if (!(error instanceof FullError)) throw error;
      this.#becomeFull(error);
    } finally {
      for (const told of waiters) told();
    }
  }

  async #finish(open: OpenLog, items: readonly Item[], written: readonly Written[]): Promise<void> {
    let settled = 0;
    for (const [index, item] of items.entries()) {
      if (index > 0 && index % FOLD_SLICE === 0) await nextTurn();
      // Another graph may have been bound: no record is counted under one that a restart would not know.
      if (!this.#graphLogged) await this.#logGraph(open);
      this.#settle(item, written.slice(settled, settled + item.claim.records.length));
      settled += item.claim.records.length;
    }
    setImmediate(() => this.#host.readers().wake());
  }

  #settle({ claim, resolve, reject }: Item, written: readonly Written[]): void {
    this.#host.claims.commit(claim, written[0]?.timeMs ?? 0);
    for (const [index, place] of written.entries()) {
      const record = claim.records[index];
      if (record !== undefined) this.#apply(record, place);
    }
    if (claim.behind.some(({ lost }) => lost)) reject(unavailable('an earlier copy could not be kept'));
    else resolve();
  }

  #apply({ batch, encoded, pipelines, spans }: NewRecord, { seq, timeMs, place }: Written): void {
    const { cursors, folds, holdings, readers } = this.#host;
    holdings.add(place.segment, cursors.graph.since, pipelines, { spans, bytes: encoded.bytes.byteLength });
    folds.apply({ seq, timeMs, batch }, pipelines);
    forgetSpans(batch);
    this.#folded = seq;
    const record: JournalRecord = { seq, timeMs, signal: batch.signal, spans, ...encoded };
    readers().push(record, pipelines, place);
  }

  async #logGraph(open: OpenLog): Promise<void> {
    while (!this.#graphLogged) {
      this.#graphLogged = true;
      const graph = describeGraph(this.#graph, this.#folded);
      try {
        const frozen = this.#host.folds.unlogged;
        const head = encodeJson({ ...graph, frozen: frozen.map(encodeFrozen) });
        await this.#write(open, [{ type: RECORD_TYPE.graph, head }], true);
        this.#host.folds.logged(frozen);
        if (this.#graphLogged) this.#host.cursors.applyGraph(graph);
      } catch (error) {
        this.#graphLogged = false;
        if (!(error instanceof FullError)) throw error;
        return this.#becomeFull(error);
      }
    }
  }

  /** `small`: worth the reserve. */
  async #write({ writer, reserve }: OpenLog, drafts: readonly Draft[], small: boolean): Promise<readonly Written[]> {
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
      this.#host.claims.release(claim);
      claim.fate.lost = true;
      reject(unavailable('the journal cannot keep it', cause));
    }
  }

  #failAll(cause: unknown): void {
    while (!this.#queue.empty) this.#fail(this.#queue.take(), cause);
  }

  #becomeFull(error: Error): void {
    this.#failAll(error);
    this.#host.becameFull(error);
  }
}

export function unavailable(reason: string, cause?: unknown): IntakeError {
  return new IntakeError('unavailable', `cannot take the request: ${reason}`, { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
}

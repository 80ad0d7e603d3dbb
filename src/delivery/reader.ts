/** Drives one exporter from its place in the journal: takes what there is, has it sent, and settles what is done with. */
import type { Context, DeliverySettings, Exporter, Lifecycle } from '../component/contract.ts';
import type { Backlog, Reader, TakeLimit, Taken } from '../journal/contract.ts';
import { countedDeadLetters, type DeadLetters } from './dead-letters.ts';
import { type Limits, limitsOf } from './limits.ts';
import { exceeds, parcelsOf } from './merge.ts';
import { Gate, type Sleep, sleep } from './retry.ts';
import { type DeliveryStatus, Sender } from './sender.ts';

export type DeliveryHost = Pick<Context, 'id' | 'logger' | 'now' | 'diagnostics' | 'fail'> &
  Readonly<{
    /** The journal does not outlive the process: a shutdown sends the backlog first, as far as the deadline lets it. */
    drains: boolean;
    /** Drove this reader until now, under other settings: what it has not settled comes first. */
    before?: Delivery | undefined;
    deadLetters?: DeadLetters | undefined;
    sleep?: Sleep;
    /** Of a clock that nobody sets. */
    elapsedMs?: () => number;
    random?: () => number;
  }>;

/** For the attempts of a delivery that another one replaces. */
const HAND_OVER_MS = 5_000;
/** For attempts that are under way when the daemon stops: the next one sends again what they leave. */
const STOP_MS = 1_000;
/** From one request to the next while no full one waits: each costs as much as some hundred records more in it. */
const PACE_MS = 50;
/** Longest that records wait for the answer to others, to share the next request. As long as a batch waits by default. */
const GATHER_MS = 200;
/** Two of the largest requests: one is compressed while the other is answered, and a backlog does not fill the memory. */
export const UNDER_WAY_BYTES = 8 * 1024 * 1024;
const RESEND_PAUSE_MS = 5_000;

/** Start it after its exporter and stop it before. */
export class Delivery implements Lifecycle {
  readonly #reader: Reader;
  readonly #settings: DeliverySettings;
  readonly #host: DeliveryHost;
  readonly #limits: Limits;
  readonly #gate: Gate;
  readonly #sender: Sender;
  readonly #sleep: Sleep;
  /** Ends taking and waiting; attempts go on until they are cut. */
  readonly #stopping = new AbortController();
  readonly #cut = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  /** Taken and not settled. */
  #underWay: TakeLimit = { bytes: 0, spans: 0 };
  /** Until a request is due again. */
  #paced = Promise.resolve();
  /** Ends the wait for the answer to what is under way. */
  #attempted: (() => void) | undefined;
  /** Taken before by another delivery. */
  #inherited: (readonly Taken[])[] = [];
  /** Taken and not seen through when the end came. */
  readonly #unsettled: (readonly Taken[])[] = [];
  #emptied: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(exporter: Exporter, reader: Reader, settings: DeliverySettings, host: DeliveryHost) {
    const { elapsedMs = () => performance.now(), random = Math.random, sleep: wait = sleep } = host;
    this.#reader = reader;
    this.#settings = settings;
    this.#host = host;
    this.#sleep = wait;
    this.#limits = limitsOf(settings.sending_queue.batch);
    this.#gate = new Gate(settings.retry_on_failure, { elapsedMs, random, sleep: wait });
    const deadLetters = host.deadLetters ?? countedDeadLetters(host.logger, host.diagnostics);
    const stop = { stopping: this.#stopping.signal, cut: this.#cut.signal };
    this.#sender = new Sender(
      exporter,
      settings,
      {
        ...host,
        gate: this.#gate,
        limits: this.#limits,
        deadLetters,
        sleep: wait,
        elapsedMs,
        attempted: () => this.#attempted?.(),
      },
      stop,
    );
  }

  get status(): DeliveryStatus {
    return this.#sender.status;
  }

  get backlog(): Backlog {
    return this.#reader.backlog;
  }

  /** Requests that the destination is answering. */
  get attempts(): number {
    return this.#sender.attempts;
  }

  async start(): Promise<void> {
    this.#running = this.#run();
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    if (this.#running === undefined) return;
    if (this.#host.drains) await this.#drained(deadline);
    // A destination that hangs must not use up the time of the journal, which has to be closed after this.
    await this.handOver(AbortSignal.any([deadline, AbortSignal.timeout(STOP_MS)]));
    const { spans } = this.#reader.backlog;
    if (this.#host.drains && spans > 0) this.#host.logger.error('spans are lost with the process', { spans });
  }

  /** Takes nothing more and lets the attempts that are under way end. Resolves with what was taken and is not settled. */
  async handOver(deadline: AbortSignal): Promise<readonly (readonly Taken[])[]> {
    const cut = () => this.#cut.abort(new Error('stopped'));
    deadline.addEventListener('abort', cut);
    if (deadline.aborted) cut();
    this.#stopping.abort(new Error('stopping'));
    this.#attempted?.();
    await this.#running;
    deadline.removeEventListener('abort', cut);
    return [...this.#unsettled, ...this.#inherited];
  }

  /** What stood in the way may be gone: a pause ends now. */
  retrySoon(): void {
    this.#gate.retrySoon();
  }

  async #drained(deadline: AbortSignal): Promise<void> {
    if (this.#reader.backlog.records === 0 || deadline.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const over = () => resolve();
    this.#emptied = over;
    deadline.addEventListener('abort', over);
    await promise;
    deadline.removeEventListener('abort', over);
  }

  async #run(): Promise<void> {
    let resending: Promise<void> | undefined;
    try {
      this.#inherited = [...((await this.#host.before?.handOver(AbortSignal.timeout(HAND_OVER_MS))) ?? [])];
      resending = this.#resend();
      while (!this.#stopping.signal.aborted) {
        if (this.#inFlight.size >= this.#settings.sending_queue.num_consumers || this.#underWay.bytes >= UNDER_WAY_BYTES) {
          await Promise.race(this.#inFlight);
        } else {
          await this.#gather();
          const takes = await this.#take();
          this.#paced = sleep(PACE_MS, this.#stopping.signal).catch(() => undefined); // stopping ends it
          const delivery: Promise<void> = this.#deliver(takes).finally(() => this.#inFlight.delete(delivery));
          this.#inFlight.add(delivery);
        }
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#host.fail(new Error('cannot read the journal', { cause: error }));
    }
    await Promise.all([...this.#inFlight, resending]);
  }

  /** Dead letters that a person wants sent again, beside the journal and one request after the other. */
  async #resend(): Promise<void> {
    const { id, deadLetters, logger } = this.#host;
    const { signal: stopping } = this.#stopping;
    while (deadLetters?.asked !== undefined && !stopping.aborted) {
      try {
        const { records, settled } = await deadLetters.asked(id, stopping);
        for (const parcel of parcelsOf(records, this.#limits.joined)) await this.#sender.deliver(parcel);
        await settled();
      } catch (error) {
        if (stopping.aborted) return; // those that are not settled are asked for again
        logger.error('cannot send dead letters again, will try later', { error });
        await this.#sleep(RESEND_PAUSE_MS, stopping).catch(() => undefined); // stopping ends the loop
      }
    }
  }

  /** Less than a full request waits for more: who sends what comes record by record pays for each. */
  async #gather(): Promise<void> {
    if (this.#gathering) await this.#paced;
    if (!this.#gathering || this.#inFlight.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#attempted = resolve;
    const timer = setTimeout(resolve, GATHER_MS);
    await promise;
    clearTimeout(timer);
  }

  get #gathering(): boolean {
    const { joined, patience } = this.#limits;
    const { bytes, spans } = this.#reader.backlog;
    const waiting = { bytes: bytes - this.#underWay.bytes, spans: spans - this.#underWay.spans };
    return patience === undefined && this.#gate.open && !this.#stopping.signal.aborted && !exceeds(waiting, joined);
  }

  /** What there is; with patience, as much of it as comes in time. */
  async #take(): Promise<readonly Taken[]> {
    const { joined, patience } = this.#limits;
    const inherited = this.#inherited.shift();
    if (inherited !== undefined) return inherited;
    const takes = [await this.#reader.next(joined, this.#stopping.signal)];
    if (patience === undefined) return takes;
    const over = new AbortController();
    const enough = new AbortController();
    const timer = this.#sleep(patience.flushTimeoutMs, AbortSignal.any([enough.signal, this.#stopping.signal])).catch(() => {
      // Enough came in time, or nothing more is wanted.
    });
    const flush = timer.then(() => over.abort());
    for (let size = sizeOf(takes.flat()); !patience.enough(size) && !over.signal.aborted; ) {
      const rest = { bytes: joined.bytes - size.bytes, spans: joined.spans - size.spans };
      const more = (await this.#reader.next(rest, over.signal).catch(orIfAborted(over.signal))) ?? [];
      takes.push(more);
      size = sizeOf(more, size);
    }
    enough.abort();
    await flush;
    return takes;
  }

  async #deliver(takes: readonly Taken[]): Promise<void> {
    const { bytes, spans } = sizeOf(takes.flat());
    this.#underWay = { bytes: this.#underWay.bytes + bytes, spans: this.#underWay.spans + spans };
    try {
      await this.#settle(takes);
      if (this.#reader.backlog.records === 0) this.#emptied?.();
    } catch {
      // Stopped: what was not settled stays in the journal; whoever drives this reader next sends it again.
      this.#unsettled.push(takes);
    } finally {
      this.#underWay = { bytes: this.#underWay.bytes - bytes, spans: this.#underWay.spans - spans };
      this.#attempted?.();
    }
  }

  /** Also after what nobody has foreseen; rejects when stopped before. */
  async #settle(takes: readonly Taken[]): Promise<void> {
    for (;;) {
      try {
        for (const parcel of parcelsOf(takes.flat(), this.#limits.joined)) await this.#sender.deliver(parcel);
        for (const taken of takes) this.#reader.done(taken);
        return;
      } catch (error) {
        this.#stopping.signal.throwIfAborted();
        this.#host.logger.error('cannot settle a delivery, will try later', { error });
        await this.#sleep(RESEND_PAUSE_MS, this.#stopping.signal);
      }
    }
  }
}

function sizeOf(taken: Taken, before: TakeLimit = { bytes: 0, spans: 0 }): TakeLimit {
  return taken.reduce(
    ({ bytes, spans }, record) => ({ bytes: bytes + record.bytes.byteLength, spans: spans + record.spans }),
    before,
  );
}

function orIfAborted(abort: AbortSignal) {
  return (error: unknown): undefined => {
    if (!abort.aborted) throw error;
  };
}

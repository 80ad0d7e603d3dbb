/** Sees one request through: repeats it, takes it apart when it is called bad, and counts how each span ended. */
import type { Context, DeliverySettings, Exporter, Outcome, Receipt } from '../component/contract.ts';
import type { Batch } from '../data/batch.ts';
import type { DeadLetters } from './dead-letters.ts';
import { LetterKeeper } from './letter-keeper.ts';
import type { Limits } from './limits.ts';
import { batchOf, divisible, encodedOf, exceeds, type Parcel, takeApart } from './merge.ts';
import type { Gate, Pass, Sleep } from './retry.ts';

export type DeliveryStatus = Readonly<{
  /** Blocked: nothing passes until a person acts. */
  state: 'ok' | 'retrying' | 'blocked';
  sinceMs: number;
  lastError?: string | undefined;
}>;

type SenderHost = Pick<Context, 'id' | 'logger' | 'now' | 'diagnostics'> &
  Readonly<{
    gate: Gate;
    limits: Limits;
    deadLetters: DeadLetters;
    sleep: Sleep;
    elapsedMs: () => number;
    /** An attempt has ended. */
    attempted: () => void;
  }>;

/** `stopping` ends waiting, `cut` ends attempts too. */
type Stop = Readonly<{ stopping: AbortSignal; cut: AbortSignal }>;

/** Asked to slow down this often, the reason may be that this request is larger than what ever passes. */
const THROTTLED_TRIES = 20;
const WARNING_EVERY_MS = 60_000;

export class Sender {
  readonly #exporter: Exporter;
  readonly #settings: DeliverySettings;
  readonly #host: SenderHost;
  readonly #stop: Stop;
  #status: DeliveryStatus;
  readonly #keeper: LetterKeeper;
  #warnedMs = Number.NEGATIVE_INFINITY;
  #attempts = 0;

  constructor(exporter: Exporter, settings: DeliverySettings, host: SenderHost, stop: Stop) {
    this.#exporter = exporter;
    this.#settings = settings;
    this.#host = host;
    this.#keeper = new LetterKeeper(host);
    this.#stop = stop;
    this.#status = { state: 'ok', sinceMs: host.now() };
  }

  get status(): DeliveryStatus {
    return this.#keeper.fault ?? this.#status;
  }

  /** Under way now. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Resolves when each of its spans is confirmed or a dead letter; rejects when stopped before. */
  async deliver(parcel: Parcel): Promise<void> {
    const outcome = exceeds(parcel, this.#host.limits.request) ? TOO_LARGE : await this.#untilDecided(parcel);
    if (outcome.status === 'delivered') return this.#confirm(parcel, outcome.partial);
    const parts = outcome.status === 'bad_batch' ? this.#partsOf(parcel) : [];
    if (parts.length === 0) return this.#bury(parcel, parcel.spans, outcome.reason);
    this.#host.logger.debug('request refused, sending its parts', { reason: outcome.reason, spans: parcel.spans });
    for (const part of parts) await this.deliver(part);
  }

  /** Attempts until the answer is about this request and not about the destination. */
  async #untilDecided(parcel: Parcel): Promise<Outcome> {
    const labels = { exporter: this.#host.id, data_type: parcel.signal };
    this.#host.diagnostics.record('otelcol_exporter_queue_batch_send_size', labels, parcel.spans);
    this.#host.diagnostics.record('otelcol_exporter_queue_batch_send_size_bytes', labels, parcel.bytes);
    const batch = batchOf(parcel);
    let firstMs: number | undefined;
    let throttledTries = 0;
    for (;;) {
      const pass = await this.#host.gate.pass(this.#stop.stopping);
      firstMs ??= this.#host.elapsedMs();
      const outcome = await this.#attempt(batch);
      throttledTries = outcome.status === 'unavailable' && outcome.throttled ? throttledTries + 1 : 0;
      const decided = this.#decide(parcel, pass, outcome, { firstMs, throttledTries });
      if (decided !== undefined) return decided;
    }
  }

  /** Undefined: to be sent again, once the gate lets it. */
  #decide(parcel: Parcel, pass: Pass, outcome: Outcome, { firstMs, throttledTries }: Tries): Outcome | undefined {
    switch (outcome.status) {
      case 'unavailable':
        return this.#wait(pass, outcome, firstMs) ?? tooMuchAtOnce(parcel, outcome, throttledTries);
      case 'denied':
        this.#note('blocked', outcome.reason, this.#host.gate.blocked(pass));
        return undefined;
      case 'delivered':
      case 'bad_batch':
      case 'refused':
        if (this.#host.gate.opened(pass)) this.#recovered();
        return outcome;
    }
  }

  async #attempt(batch: Batch): Promise<Outcome> {
    const { timeout } = this.#settings;
    const over = new AbortController();
    const answered = new AbortController();
    const timer =
      timeout > 0 &&
      this.#host.sleep(timeout, answered.signal).then(
        () => over.abort(new Error(`no answer within ${timeout / 1000}s`)),
        () => undefined, // answered in time
      );
    this.#attempts += 1;
    try {
      return await this.#exporter.attempt(batch, AbortSignal.any([this.#stop.cut, over.signal]));
    } catch (error) {
      this.#stop.cut.throwIfAborted();
      this.#host.logger.error('attempt failed in an unforeseen way', { error });
      return { status: 'unavailable', reason: 'the attempt failed in an unforeseen way' };
    } finally {
      this.#attempts -= 1;
      this.#host.attempted();
      answered.abort();
      await timer;
    }
  }

  /** Closes the gate for a while; the end of the request if it may not be sent again after that. */
  #wait(pass: Pass, { reason, retryAfterMs }: Unavailable, firstMs: number): Outcome | undefined {
    this.#stop.cut.throwIfAborted();
    const { enabled, max_elapsed_time } = this.#settings.retry_on_failure;
    if (!enabled) {
      this.#note('retrying', reason, 0);
      return { status: 'refused', reason: `given up at the first failure: ${reason}` };
    }
    const pauseMs = this.#host.gate.closed(pass, retryAfterMs);
    this.#note('retrying', reason, pauseMs);
    if (max_elapsed_time === 0 || this.#host.elapsedMs() + pauseMs - firstMs <= max_elapsed_time) return undefined;
    return { status: 'refused', reason: `given up after ${max_elapsed_time / 1000}s: ${reason}` };
  }

  #partsOf(parcel: Parcel): readonly Parcel[] {
    try {
      return divisible(parcel) ? takeApart(parcel) : [];
    } catch (error) {
      this.#host.logger.error('cannot take a refused request apart', { error });
      return [];
    }
  }

  async #confirm(parcel: Parcel, partial: Receipt | undefined): Promise<void> {
    const rejected = Math.min(partial?.rejected ?? 0, parcel.spans);
    this.#host.diagnostics.count('otelcol_exporter_sent_spans_total', { exporter: this.#host.id }, parcel.spans - rejected);
    if (partial !== undefined && rejected > 0) await this.#bury(parcel, rejected, partial.reason);
    else if (partial !== undefined) this.#warn(partial.reason);
  }

  async #bury(parcel: Parcel, spans: number, reason: string): Promise<void> {
    const { id: exporter, diagnostics, now } = this.#host;
    const { signal, spans: bodySpans } = parcel;
    const letter = { exporter, timeMs: now(), signal, body: encodedOf(parcel), spans, bodySpans, reason };
    await this.#keeper.keep(letter, this.#stop.stopping);
    diagnostics.count('otelcol_exporter_send_failed_spans_total', { exporter }, spans);
  }

  #warn(reason: string): void {
    const nowMs = this.#host.elapsedMs();
    if (nowMs - this.#warnedMs < WARNING_EVERY_MS) return;
    this.#warnedMs = nowMs;
    this.#host.logger.warn('destination took the spans with a warning', { reason });
  }

  #note(state: 'retrying' | 'blocked', reason: string, pauseMs: number): void {
    const news = state !== this.#status.state || reason !== this.#status.lastError;
    const sinceMs = state === this.#status.state ? this.#status.sinceMs : this.#host.now();
    this.#status = { state, sinceMs, lastError: reason };
    const fields = { reason, next_attempt_seconds: Math.round(pauseMs / 1000) };
    if (!news) this.#host.logger.debug('destination still does not take spans', fields);
    else if (state === 'blocked') this.#host.logger.error('destination refuses us; spans wait until that is mended', fields);
    else this.#host.logger.warn('destination cannot take spans', fields);
  }

  #recovered(): void {
    if (this.#status.state === 'ok') return;
    const seconds = Math.round((this.#host.now() - this.#status.sinceMs) / 1000);
    this.#host.logger.info('destination takes spans again', { after_seconds: seconds });
    this.#status = { state: 'ok', sinceMs: this.#host.now() };
  }
}

function tooMuchAtOnce(parcel: Parcel, { reason }: Unavailable, throttledTries: number): Outcome | undefined {
  return throttledTries >= THROTTLED_TRIES && divisible(parcel) ? { status: 'bad_batch', reason } : undefined;
}

type Tries = Readonly<{ firstMs: number; throttledTries: number }>;
type Unavailable = Extract<Outcome, { status: 'unavailable' }>;

const TOO_LARGE: Outcome = { status: 'bad_batch', reason: 'larger than a request may be' };

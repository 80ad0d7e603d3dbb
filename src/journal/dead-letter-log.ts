/** Keeps what destinations have refused for good until a person has it sent again or deleted. */
import type { Diagnostics, Logger } from '../component/contract.ts';
import type { DeadLetter, JournalRecord, Resend } from './contract.ts';
import { Damages } from './damages.ts';
import { codeOf, type Disk } from './disk.ts';
import type { Alarm } from './journal-options.ts';
import { LetterBox } from './letter-box.ts';
import { DEAD_FOLDER, exporterOf, type KeptLetter } from './letter-file.ts';
import { type LetterRequest, readRequest, removeRequest, requestsAmong } from './letter-requests.ts';
import type { Losses } from './losses.ts';

export type DeadLetterHost = Readonly<{
  disk: Disk;
  diagnostics: Diagnostics;
  logger: Logger;
  losses: Losses;
  now: () => number;
  after: Alarm;
  randomBytes: (count: number) => Buffer;
  /** Of one exporter; over it the oldest go. */
  maxBytes?: number;
}>;

type Asked = LetterRequest & Readonly<{ name: string }>;

const MAX_BYTES = 1_073_741_824;
/** A person who asked for something is waiting for it. */
const LOOK_MS = 1_000;

export class DeadLetterLog {
  readonly #host: DeadLetterHost;
  readonly #boxHost: ConstructorParameters<typeof LetterBox>[1];
  readonly #boxByExporter = new Map<string, LetterBox>();
  #newest = 0;
  /** To send again, in the order in which they were found. */
  #asked: readonly Asked[] = [];
  /** Exporters that are there to send something again. */
  readonly #senders = new Set<string>();
  /** Requests that the log has told of. */
  readonly #told = new Set<string>();
  #news = Promise.withResolvers<void>();
  #cancelLook: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(host: DeadLetterHost) {
    const { disk, losses, logger, randomBytes, maxBytes = MAX_BYTES } = host;
    const identity = { id: randomBytes(16), key: randomBytes(4).readUInt32LE() };
    this.#host = host;
    this.#boxHost = {
      disk,
      losses,
      logger,
      damages: new Damages(host),
      maxBytes,
      identity,
      nextNumber: () => this.#nextNumber(),
    };
  }

  /** After the lock of the journal was taken. */
  async start(): Promise<void> {
    const { disk } = this.#host;
    await disk.makeDir(DEAD_FOLDER);
    for (const name of await disk.list(DEAD_FOLDER)) {
      const exporter = exporterOf(name);
      if (name.endsWith('.tmp')) await disk.unlink(`${DEAD_FOLDER}/${name}`);
      else if (exporter !== undefined && requestsAmong([name]).length === 0) await this.#load(exporter);
    }
    await this.#look();
    this.#lookLater();
  }

  /** Durable when it resolves: only then may the cursor pass it. */
  async keep(letter: DeadLetter): Promise<void> {
    const { exporter, spans, reason } = letter;
    await this.#boxOf(exporter).add(letter);
    this.#host.diagnostics.count('spanmeter_dead_letter_spans_total', { exporter }, spans);
    this.#host.logger.error('spans will never be delivered; they are kept as a dead letter', { exporter, spans, reason });
  }

  /** The next letters of an exporter that are to be sent again; waits while there are none. Rejects with the abort reason. */
  async asked(exporter: string, abort: AbortSignal): Promise<Resend> {
    this.#senders.add(exporter);
    const box = this.#boxOf(exporter);
    for (;;) {
      abort.throwIfAborted();
      const request = this.#asked.find((one) => one.exporter === exporter);
      if (request === undefined) {
        await this.#untilNews(abort);
        continue;
      }
      const found = await box.next(request.ranges);
      if (found === undefined) await this.#finish(request);
      else return { records: found.letters.map(recordOf), settled: found.remove };
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelLook?.();
    await this.#looking;
    for (const box of this.#boxByExporter.values()) await box.close();
  }

  async #load(exporter: string): Promise<void> {
    const box = new LetterBox(exporter, this.#boxHost);
    this.#boxByExporter.set(exporter, box);
    try {
      this.#newest = Math.max(this.#newest, await box.load());
    } catch (error) {
      if (codeOf(error) !== 'ENOTDIR') throw error;
      this.#boxByExporter.delete(exporter); // not ours
    }
  }

  #boxOf(exporter: string): LetterBox {
    const box = this.#boxByExporter.get(exporter) ?? new LetterBox(exporter, this.#boxHost);
    this.#boxByExporter.set(exporter, box);
    return box;
  }

  /** Of the time, so that the number of a letter that is gone does not come back. */
  #nextNumber(): number {
    this.#newest = Math.max(this.#newest + 1, this.#host.now());
    return this.#newest;
  }

  #lookLater(): void {
    this.#cancelLook = this.#host.after(LOOK_MS, () => {
      this.#looking = this.#look()
        .catch((error: unknown) => this.#host.logger.debug('cannot look for requests about dead letters', { error }))
        .finally(() => {
          if (!this.#closed) this.#lookLater();
        });
    });
  }

  async #look(): Promise<void> {
    const names = requestsAmong(await this.#host.disk.list(DEAD_FOLDER));
    for (const name of names) {
      const known = this.#asked.find((one) => one.name === name);
      if (known === undefined) await this.#take(name);
      else if (!this.#senders.has(known.exporter)) {
        this.#tell(name, 'dead letters are to be sent again to an exporter that is not in the config', known);
      }
    }
  }

  async #take(name: string): Promise<void> {
    try {
      const request = { ...(await readRequest(this.#host.disk, name)), name };
      this.#newest = request.ranges.reduce((newest, [, last]) => Math.max(newest, last), this.#newest);
      if (request.act === 'purge') {
        await this.#boxOf(request.exporter).remove(request.ranges);
        await this.#finish(request);
      } else {
        this.#asked = [...this.#asked, request];
        this.#news.resolve();
        this.#news = Promise.withResolvers();
      }
    } catch (error) {
      this.#tell(name, 'cannot do what was asked for about dead letters', { error });
    }
  }

  async #finish(request: Asked): Promise<void> {
    await removeRequest(this.#host.disk, request.name);
    this.#asked = this.#asked.filter((one) => one !== request);
    const { act, exporter } = request;
    this.#host.logger.info('what was asked for about dead letters is done', { act, exporter });
  }

  /** Once. */
  #tell(name: string, sentence: string, { exporter, error }: Readonly<{ exporter?: string; error?: unknown }>): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#host.logger.warn(sentence, { request: name, exporter, error });
  }

  async #untilNews(abort: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    abort.addEventListener('abort', stop);
    await Promise.race([this.#news.promise, promise]);
    abort.removeEventListener('abort', stop);
  }
}

function recordOf({ seq, timeMs, signal, body: { encoding, mergeable, bytes }, bodySpans }: KeptLetter): JournalRecord {
  return { seq, timeMs, signal, encoding, mergeable, spans: bodySpans, bytes };
}

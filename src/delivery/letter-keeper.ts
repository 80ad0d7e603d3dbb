/** Keeps what was refused for good, trying for as long as it takes: until then the journal has it. */
import type { Logger } from '../component/contract.ts';
import type { DeadLetter } from '../journal/contract.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Sleep } from './retry.ts';

type KeeperHost = Readonly<{ deadLetters: DeadLetters; logger: Logger; now: () => number; sleep: Sleep }>;

type Fault = Readonly<{ state: 'retrying'; sinceMs: number; lastError: string }>;

const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 30_000;

export class LetterKeeper {
  readonly #host: KeeperHost;
  readonly #faultByLetter = new Map<DeadLetter, Fault>();

  constructor(host: KeeperHost) {
    this.#host = host;
  }

  /** Of the oldest letter that is not safe yet. */
  get fault(): Fault | undefined {
    const [oldest] = this.#faultByLetter.values();
    return oldest;
  }

  /** Resolves when it is safe; rejects when stopped before. */
  async keep(letter: DeadLetter, stopping: AbortSignal): Promise<void> {
    const { deadLetters, logger, now, sleep } = this.#host;
    const sinceMs = now();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LAST_PAUSE_MS)) {
      try {
        await deadLetters.keep(letter);
        this.#faultByLetter.delete(letter);
        return;
      } catch (error) {
        stopping.throwIfAborted();
        const lastError = error instanceof Error ? error.message : String(error);
        this.#faultByLetter.set(letter, { state: 'retrying', sinceMs, lastError });
        logger.error('a dead letter is not safe yet', { error, next_attempt_seconds: pauseMs / 1000 });
        await sleep(pauseMs, stopping);
      }
    }
  }
}

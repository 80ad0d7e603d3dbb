/** Checks passwords against bcrypt hashes beside the main thread, where each would hold up the intake for a tenth of a second. */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import { IntakeError } from '../../component/errors.ts';

type Question = Readonly<{ password: string; hash: string }>;
type Waiting = Readonly<{ resolve: (matches: boolean) => void; reject: (error: unknown) => void }>;

/** This file is the thread's program too. */
const PURPOSE = 'spanmeter bcrypt';
/** Guesses cost a stranger nothing. */
const MAX_WAITING = 32;

export class BcryptThread {
  #worker: Worker | undefined;
  /** In the order in which they are answered. */
  readonly #waiting: Waiting[] = [];

  /** Rejects with an `unavailable` IntakeError if too many are being checked. */
  async matches(password: string, hash: string): Promise<boolean> {
    if (this.#waiting.length >= MAX_WAITING) throw unavailable('too many are being checked');
    this.#worker ??= this.#open();
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.#waiting.push({ resolve, reject });
    this.#worker.postMessage({ password, hash } satisfies Question);
    return promise;
  }

  async shutdown(): Promise<void> {
    await this.#worker?.terminate();
  }

  #open(): Worker {
    const worker = new Worker(new URL(import.meta.url), { workerData: PURPOSE });
    worker.on('message', (matches: boolean) => this.#waiting.shift()?.resolve(matches));
    worker.on('error', () => undefined); // it ends then
    worker.on('exit', () => {
      this.#worker = undefined;
      for (const { reject } of this.#waiting.splice(0)) reject(unavailable('the check was broken off'));
    });
    return worker;
  }
}

function unavailable(cause: string): IntakeError {
  return new IntakeError('unavailable', `cannot check the credentials: ${cause}; try again`);
}

if (workerData === PURPOSE) {
  parentPort?.on('message', ({ password, hash }: Question) => parentPort?.postMessage(compareSync(password, hash)));
}

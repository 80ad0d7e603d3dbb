/** Disturbs the system calls of the thread that works on a daemon's files. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../helpers/daemon.ts';
import { until } from '../helpers/until.ts';
import type { Life } from './life.ts';
import type { Station } from './station.ts';

const START_MS = 120_000;
const GATED = join(ROOT, 'test/fault/gated-daemon.ts');
/** One thread for files; and what the daemon has compiled before, also for what is loaded in front of it. */
const ENVIRONMENT = { UV_THREADPOOL_SIZE: '1', NODE_COMPILE_CACHE: join(ROOT, '.compile-cache') };

/** A daemon that waits at its first step; open() lets it go on. */
export class GatedLife {
  readonly life: Life;
  readonly #thread: number;
  readonly #log: string;
  #tracer: ChildProcess | undefined;

  private constructor(life: Life, thread: number, log: string) {
    this.life = life;
    this.#thread = thread;
    this.#log = log;
  }

  static async begin(station: Station): Promise<GatedLife> {
    const life = station.begin({ main: GATED, environment: ENVIRONMENT });
    const thread = () => /^file thread (\d+)$/m.exec(life.stderr)?.[1];
    await until('the thread is known', () => thread() !== undefined || life.ended !== undefined, START_MS);
    if (life.ended !== undefined) throw new Error(`the daemon ended with ${life.ended}:\n${life.stderr}`);
    return new GatedLife(life, Number(thread()), join(station.folder, `strace-${life.pid}`));
  }

  /** From now on; `rules` as in `strace --inject`: each begins with the names of its calls. */
  async disturb(...rules: readonly string[]): Promise<void> {
    const calls = rules.map((rule) => rule.slice(0, rule.indexOf(':'))).join();
    const injections = rules.flatMap((rule) => ['-e', `inject=${rule}`]);
    const args = ['-p', String(this.#thread), '-qq', '-ttt', '-o', this.#log, '-e', `trace=${calls}`, ...injections];
    const tracer = spawn('strace', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#tracer = tracer;
    await until('strace is attached', () => this.#isTraced() || tracer.exitCode !== null);
    if (tracer.exitCode === null) return;
    // The daemon may have come to its end already, of which this process hears a moment later.
    await until('the daemon has ended, as strace has', () => this.life.ended !== undefined);
  }

  /** Nothing is disturbed any more. */
  async leaveAlone(): Promise<void> {
    const tracer = this.#tracer;
    if (tracer === undefined || tracer.exitCode !== null || tracer.signalCode !== null) return;
    const gone = once(tracer, 'exit');
    tracer.kill('SIGINT'); // lets go of the thread
    await gone;
  }

  async open(): Promise<boolean> {
    this.life.signal('SIGUSR2');
    return this.life.started();
  }

  /** When calls were disturbed by this rule, in ms. */
  disturbedMs(rule: string): readonly number[] {
    const made = new RegExp(` (${rule.slice(0, rule.indexOf(':')).replaceAll(',', '|')})\\(.*\\(INJECTED\\)`);
    return readFileSync(this.#log, 'utf8')
      .split('\n')
      .filter((line) => made.test(line))
      .map((line) => Number(line.split(' ', 1)[0]) * 1_000);
  }

  #isTraced(): boolean {
    try {
      return /^TracerPid:\s+[1-9]/m.test(readFileSync(`/proc/${this.life.pid}/task/${this.#thread}/status`, 'utf8'));
    } catch {
      return true; // it is gone already
    }
  }
}

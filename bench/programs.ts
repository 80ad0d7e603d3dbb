/** Starts the processes of a run, each on its core, and reads from the system what they cost. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What is measured has one core to itself; whoever sends and receives has the other. */
export const CORE = { measured: 0, other: 1 } as const;

export const PINNED = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

const CLOCK_TICK_SECONDS = 0.01; // of /proc on every Linux
const LOG_KEPT = 20_000;
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

for (const posixSignal of ['SIGINT', 'SIGTERM'] as const) process.on(posixSignal, () => process.exit(1));

/** This process to the core of the others, with all that it starts. */
export function pinSelf(): void {
  if (PINNED) spawnSync('taskset', ['-a', '-c', '-p', String(CORE.other), String(process.pid)]);
}

/** The command on that core, where it can be had. */
export function pinned(core: number, command: readonly string[]): readonly string[] {
  return PINNED ? ['taskset', '-c', String(core), ...command] : command;
}

type NodeSettings = Readonly<{ options?: readonly string[]; environment?: NodeJS.ProcessEnv }>;

export class Program {
  readonly #child: ChildProcess;
  readonly #failed: Promise<never>;
  #stderr = '';

  private constructor(child: ChildProcess, name: string) {
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-LOG_KEPT);
    });
    running.add(child);
    this.#failed = once(child, 'exit').then(([code, posixSignal]) => {
      running.delete(child);
      throw new Error(`${name} ended with ${code ?? posixSignal}:\n${this.#stderr}`);
    });
    this.#failed.catch(() => undefined); // whoever waits for it is told
  }

  static start(command: readonly string[], core: number, env: NodeJS.ProcessEnv = {}): Program {
    const [file = '', ...args] = pinned(core, command);
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
    return new Program(spawn(file, args, { stdio: [...stdio], env: { ...process.env, ...env } }), command.join(' '));
  }

  /** A script of this project. */
  static script(path: string, args: readonly string[], core: number, { options = [], environment }: NodeSettings = {}): Program {
    const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
    return Program.start([process.execPath, ...options, file, ...args], core, environment);
  }

  tell(message: unknown): void {
    this.#child.send(message as object);
  }

  /** The next message from it, after it was told something. */
  async ask<T>(message?: unknown): Promise<T> {
    const answer = once(this.#child, 'message');
    if (message !== undefined) this.tell(message);
    const [told] = await Promise.race([answer, this.#failed]);
    return told;
  }

  /** Asks again and again; rejects if it ends before. */
  async until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await Promise.race([holds(), this.#failed])));
  }

  /** User and system time so far, of all its threads. */
  get cpuSeconds(): number {
    const stat = this.#proc('stat');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_SECONDS;
  }

  get highestMebibytes(): number {
    const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(this.#proc('status')) ?? [];
    return Number(kibibytes) / 1024;
  }

  /** Of the highest memory so far, from now on. */
  forgetHighest(): void {
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, '5');
  }

  /** Handed to the disk so far. */
  get writtenBytes(): number {
    const [, bytes] = /^write_bytes: (\d+)/m.exec(this.#proc('io')) ?? [];
    return Number(bytes);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#failed.catch(() => undefined);
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.#child.pid}/${file}`, 'utf8');
  }
}

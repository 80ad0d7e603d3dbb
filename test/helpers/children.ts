/** Starts child processes, collects what they write, and ends those that a test file leaves behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import { until } from './until.ts';

export type Child = Readonly<{
  pid: number;
  /** What it wrote so far. */
  stdout: () => string;
  stderr: () => string;
  /** Exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>;
  kill: (posixSignal: NodeJS.Signals) => void;
}>;

const running = new Set<ChildProcess>();

after(async () => {
  await Promise.all(
    [...running].map((child) => {
      const exit = once(child, 'close');
      child.kill('SIGKILL');
      return exit;
    }),
  );
});
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function startChild(
  command: string,
  args: readonly string[],
  options: Readonly<{ cwd?: string; env?: NodeJS.ProcessEnv; uid?: number; gid?: number }> = {},
): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const exited = once(child, 'close').then(([code, posixSignal]) => {
    running.delete(child);
    return code ?? posixSignal;
  });
  // Whoever awaits it sees the fault (a missing program); whoever does not must not be ended by it.
  exited.catch(() => running.delete(child));
  return {
    pid: child.pid ?? -1,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    kill: (posixSignal) => void child.kill(posixSignal),
  };
}

/** Rejects with what the child wrote when it ends first, or when the condition does not hold in time. */
export async function untilReady(
  child: Child,
  what: string,
  ready: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  let ended: number | NodeJS.Signals | undefined;
  child.exited.then(
    (code) => {
      ended = code;
    },
    () => {
      ended = -1;
    },
  );
  try {
    await until(what, async () => ended !== undefined || (await ready()), timeoutMs);
  } catch (error) {
    throw new Error(`${what} did not become ready:\n${child.stderr()}`, { cause: error });
  }
  if (ended !== undefined)
    throw new Error(`${what} ended with ${ended} before it was ready:\n${child.stdout()}${child.stderr()}`);
}

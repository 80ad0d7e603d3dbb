/** Runs the daemon as a child process, the way a person does, and talks to it over its ports. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild, untilReady } from './children.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const MAIN = join(ROOT, 'src/main.ts');

export type LogLine = Readonly<{ level: string; msg: string; component?: string }> & Readonly<Record<string, unknown>>;

export type Daemon = Readonly<{
  pid: number;
  stderr: () => string;
  /** What it logged so far; a report or a warning of the runtime is no log line. */
  log: () => readonly LogLine[];
  /** Asserts that it ends cleanly and in time. */
  stop: (posixSignal?: 'SIGTERM' | 'SIGINT') => Promise<void>;
}>;

export type Run = Readonly<{ code: number | NodeJS.Signals; stdout: string; stderr: string }>;

/** Daemons of several test files run at once, and by default all of them show their own metrics on one port. */
export const NO_OWN_METRICS = 'service: { telemetry: { metrics: { level: none } } }\n';

/**
 * Resolves when it says that it has started. Without a word about telemetry in its config it shows no metrics of its own.
 * `over` is a second file, which wins.
 */
export async function startDaemon(
  config: string,
  environment: Readonly<Record<string, string>> = {},
  over = '',
): Promise<Daemon> {
  const folder = folderWith(config);
  writeFileSync(join(folder, 'over.yaml'), over);
  writeFileSync(join(folder, 'quiet.yaml'), NO_OWN_METRICS);
  const quiet = config.includes('telemetry:') ? [] : ['-c', join(folder, 'quiet.yaml')];
  const names = over === '' ? ['spanmeter.yaml'] : ['spanmeter.yaml', 'over.yaml'];
  const files = names.flatMap((name) => ['-c', join(folder, name)]);
  const child = startChild(process.execPath, [MAIN, 'run', ...quiet, ...files], {
    cwd: folder,
    env: cleanEnvironment(folder, environment),
  });
  const log = () => logLines(child.stderr());
  void child.exited.finally(() => rmSync(folder, { recursive: true, force: true })).catch(() => undefined);
  await untilReady(child, 'the daemon', () => log().some(({ msg }) => msg === 'started'));
  return {
    pid: child.pid,
    stderr: child.stderr,
    log,
    async stop(posixSignal = 'SIGTERM') {
      const beganMs = performance.now();
      child.kill(posixSignal);
      assert.equal(await child.exited, 0, `exit code after ${posixSignal}:\n${child.stderr()}`);
      assert.ok(performance.now() - beganMs < 11_000, 'stops within its deadline');
    },
  };
}

/** Runs one command line to its end; `spanmeter.yaml` in its working directory holds the config. */
export async function runToEnd(
  args: readonly string[],
  config: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const folder = folderWith(config);
  try {
    const child = startChild(process.execPath, [MAIN, ...args], { cwd: folder, env: cleanEnvironment(folder, environment) });
    const code = await child.exited;
    return { code, stdout: child.stdout(), stderr: child.stderr() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function logLines(stderr: string): readonly LogLine[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line));
}

export function folderWith(config: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-test-'));
  writeFileSync(join(folder, 'spanmeter.yaml'), config);
  return folder;
}

/** Nothing of the person's own settings, so that a test sees what a fresh machine sees; what is kept goes with the test's folder. */
export function cleanEnvironment(home: string, environment: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home, STATE_DIRECTORY: join(home, 'state'), ...environment };
}

/** Runs a command line in this process, with a host of its own. */
import type { Environment } from '../../src/cli/host.ts';
import { runCli } from '../../src/cli/program.ts';

export type CliRun = Readonly<{ exitCode: number; stdout: string; stderr: string }>;

export async function cli(
  argv: readonly string[],
  { directory = '/', environment = {} }: Readonly<{ directory?: string; environment?: Environment }> = {},
): Promise<CliRun> {
  let [stdout, stderr] = ['', ''];
  const exitCode = await runCli(argv, {
    environment,
    directory,
    stdout: {
      write: (text) => {
        stdout += text;
      },
      isTerminal: false,
    },
    stderr: {
      write: (text) => {
        stderr += text;
      },
      isTerminal: false,
    },
    onSignal: () => {},
    exit: () => {},
    now: Date.now,
    random: Math.random,
    readMemory: () => ({ rssBytes: 0, heapLimitBytes: 0, totalBytes: 0 }),
    readUsage: () => ({ uptimeSeconds: 0, cpuSeconds: 0, rssBytes: 0, heapUsedBytes: 0, heapTotalBytes: 0 }),
    nodeVersion: '26.0.0',
  });
  return { exitCode, stdout, stderr };
}

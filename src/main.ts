/** Arguments, environment and signals of the process; nothing else touches it. */
import { enableCompileCache } from 'node:module';
import { totalmem } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import type { Host, Output } from './cli/host.ts';
import type { ProcessUsage } from './telemetry/process-readings.ts';

/** Beside the program, for whoever may write there could change the program as well; a folder for all users would not do. */
const COMPILED = fileURLToPath(new URL('../.compile-cache', import.meta.url));
// A start is quicker with what an earlier one compiled. Where nothing can be written it goes without.
enableCompileCache(COMPILED);

const host: Host = {
  environment: process.env,
  // npm runs scripts in the package's folder and leaves the caller's here.
  directory: process.env['INIT_CWD'] ?? process.cwd(),
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  onSignal: (posixSignal, listener) => void process.on(posixSignal, listener),
  exit: (code) => process.exit(code),
  now: Date.now,
  random: Math.random,
  readMemory: () => ({
    rssBytes: process.memoryUsage.rss(),
    heapLimitBytes: getHeapStatistics().heap_size_limit,
    totalBytes: containerLimit() ?? totalmem(),
  }),
  readUsage,
  nodeVersion: process.versions.node,
};

process.on('uncaughtException', (error) => {
  // State may be half changed: going on could acknowledge what was never kept.
  host.stderr.write(`${JSON.stringify({ level: 'error', msg: 'cannot go on after an unforeseen error', err: error.stack })}\n`);
  process.exit(1);
});

quietAboutSqlite();

const { runCli } = await import('./cli/program.ts'); // behind the cache, which knows only what is imported after it
process.exitCode = await runCli(process.argv.slice(2), host);

function outputOf(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read the output has seen enough (`| head`), or the log's reader is gone: neither is a fault of the daemon.
    if (error.code === 'EPIPE' && stream === process.stdout) process.exit(0);
  });
  return { write: (text) => void stream.write(text), isTerminal: stream.isTTY === true };
}

function readUsage(): ProcessUsage {
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    uptimeSeconds: process.uptime(),
    cpuSeconds: (user + system) / 1e6,
    rssBytes: rss,
    heapUsedBytes: heapUsed,
    heapTotalBytes: heapTotal,
  };
}

/** Node 22 calls it experimental, to people who can do nothing about it; what the journal needs of it has not changed since. */
function quietAboutSqlite(): void {
  const told = process.listeners('warning');
  process.removeAllListeners('warning').on('warning', (warning) => {
    // There is no code to tell it by.
    if (warning.name === 'ExperimentalWarning' && warning.message.startsWith('SQLite ')) return;
    for (const tell of told) tell(warning);
  });
}

/** Without a limit Node says 0, or more than any machine has. */
function containerLimit(): number | undefined {
  const bytes = process.constrainedMemory();
  return bytes > 0 && bytes < totalmem() ? bytes : undefined;
}

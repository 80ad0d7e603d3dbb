/** Keeps connections busy for a while: with wrk where it is installed, else with a sender in Node. */
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sendWithNode } from './node-load.ts';
import { CORE, pinned } from './programs.ts';

export type Job = Readonly<{
  port: number;
  /** Of the files that writeTemplates() made. */
  templates: string;
  connections: number;
  seconds: number;
  seed: number;
  /** Number of the first request: those of several jobs of a run must not be copies. */
  first: number;
  /** How many values a dimension gets. */
  series?: number;
}>;

export type Sent = Readonly<{
  requests: number;
  /** From the first request to the last answer. */
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Answers that say no. */
  refused: number;
}>;

export const SENDER = spawnSync('wrk', ['--version']).error === undefined ? 'wrk' : 'Node';

const SCRIPT = fileURLToPath(new URL('load.lua', import.meta.url));
/** An end of its own has the script; this one is for what never answers. */
const PATIENCE_SECONDS = 60;

export async function load(job: Job): Promise<Sent> {
  return SENDER === 'wrk' ? loadWithWrk(job) : sendWithNode(job);
}

export async function loadWithWrk({ port, templates, connections, seconds, seed, first, series = 1 }: Job): Promise<Sent> {
  const longest = Math.ceil(seconds) + PATIENCE_SECONDS;
  const options = ['-t1', `-c${connections}`, `-d${longest}`, `--timeout=${longest}`, '-s', SCRIPT];
  const [command = '', ...args] = pinned(CORE.other, ['wrk', ...options, `http://127.0.0.1:${port}`]);
  const variables = {
    TEMPLATES: templates,
    CONNECTIONS: connections,
    SECONDS: seconds,
    SEED: seed,
    FIRST: first,
    SERIES: series,
  };
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`LOAD_${name}`, String(value)]));
  const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, ...env } });
  const { answered, failed, ...sent } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  if (answered !== sent.requests || failed > 0) throw new Error(`not every request was answered: ${stdout}`);
  return sent;
}

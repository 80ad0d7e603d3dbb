/** The daemon that is killed again and again: one data directory, one process after the other, the same ports. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { ONE } from '../../src/data/exact.ts';
import { type Child, startChild } from '../helpers/children.ts';
import { cleanEnvironment, logLines, MAIN } from '../helpers/daemon.ts';
import { freePort } from '../helpers/free-ports.ts';
import { until } from '../helpers/until.ts';
import type { Figures } from './oracle.ts';

export type VictimOptions = Readonly<{
  /** For its config; outlives every crash. */
  folder: string;
  dataDirectory: string;
  tempoUrl: string;
  nodeOptions?: readonly string[];
}>;

const DECIMALS = 12;
/** On a machine that does much else. */
const START_MS = 120_000;

export class Victim {
  readonly origin: string;
  readonly #options: VictimOptions;
  readonly #page: string;
  #child: Child | undefined;

  private constructor(options: VictimOptions, intake: number, page: number) {
    this.#options = options;
    this.origin = `http://127.0.0.1:${intake}`;
    this.#page = `http://127.0.0.1:${page}/metrics`;
    writeFileSync(join(options.folder, 'spanmeter.yaml'), configOf(options, intake, page));
  }

  static async create(options: VictimOptions): Promise<Victim> {
    return new Victim(options, await freePort(), await freePort());
  }

  get dataDirectory(): string {
    return this.#options.dataDirectory;
  }

  get pid(): number {
    return this.#running.pid;
  }

  get exited(): Child['exited'] {
    return this.#running.exited;
  }

  get ready(): boolean {
    return logLines(this.#running.stderr()).some(({ msg }) => msg === 'started');
  }

  /** Has the data directory and has not started yet, unless it was too quick to be seen. */
  get recovering(): boolean {
    try {
      const folder = `/proc/${this.pid}/fd`;
      return readdirSync(folder).some((fd) => readlinkSync(join(folder, fd)).endsWith('lock.db')) && !this.ready;
    } catch {
      return false; // a file was closed in between
    }
  }

  spawn(): void {
    const { folder, nodeOptions = [] } = this.#options;
    // The code of the daemon, ready for the next start: half of the time of a round is the start of a process.
    const env = cleanEnvironment(folder, { NODE_COMPILE_CACHE: join(folder, 'compiled') });
    const args = [...nodeOptions, MAIN, 'run', '-c', join(folder, 'spanmeter.yaml')];
    this.#child = startChild(process.execPath, args, { cwd: folder, env });
  }

  async start(): Promise<void> {
    this.spawn();
    const child = this.#running;
    let ended = false;
    void child.exited.then(() => {
      ended = true;
    });
    await until('the daemon has started', () => this.ready || ended, START_MS);
    assert.ok(!ended, `the daemon did not start:\n${child.stderr()}`);
    assert.doesNotMatch(child.stderr(), /damaged/, 'a crash is no damage');
  }

  signal(name: NodeJS.Signals): void {
    this.#running.kill(name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  /** Whether it runs or not. */
  async end(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#child?.exited;
  }

  async stop(): Promise<void> {
    this.signal('SIGTERM');
    assert.equal(await this.exited, 0, this.#running.stderr());
  }

  /** What a scrape shows. */
  async figures(): Promise<Figures> {
    const { body } = await request(this.#page);
    const page = await body.text();
    const sum = (name: string) =>
      [...page.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce(
        (units, [, value = '']) => units + unitsOf(value),
        0n,
      );
    return { cost: sum('openrouter_cost_usd_total'), requests: Number(sum('openrouter_requests_total') / ONE) };
  }

  /** The segment that is written to. */
  newestSegment(): Readonly<{ path: string; bytes: number }> {
    const name =
      readdirSync(this.#log)
        .filter((one) => /^\d{16}\.log$/.test(one))
        .toSorted()
        .at(-1) ?? '';
    const path = join(this.#log, name);
    return { path, bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0 };
  }

  /** All that is kept there, as text. */
  deadLetters(): string {
    const folder = join(this.dataDirectory, 'dead');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));
    return files.map((name) => readFileSync(join(folder, name), 'latin1')).join('');
  }

  get #log(): string {
    return join(this.dataDirectory, 'journal');
  }

  get #running(): Child {
    if (this.#child === undefined) throw new Error('the daemon was not started');
    return this.#child;
  }
}

function configOf({ dataDirectory, tempoUrl }: VictimOptions, intake: number, page: number): string {
  return `
receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${intake}' } } } }
connectors: { genai: {} }
exporters:
  prometheus: { endpoint: '127.0.0.1:${page}' }
  otlp_http/tempo:
    endpoint: '${tempoUrl}'
    compression: none
    retry_on_failure: { initial_interval: 5ms, max_interval: 20ms }
service:
  telemetry: { metrics: { level: none } }
  journal: { storage: disk, directory: '${dataDirectory}', segment_size: 1MiB, max_size: 48MiB, min_free: 1MiB }
  pipelines:
    traces: { receivers: [otlp], exporters: [genai, otlp_http/tempo] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}

function unitsOf(decimal: string): bigint {
  const [whole = '', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(DECIMALS, '0'));
}

/** A data directory, ports and a config that outlive the daemons that are started on them one after the other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exactOfText, ONE } from '../../src/data/exact.ts';
import { cleanEnvironment, type LogLine, logLines, MAIN } from '../helpers/daemon.ts';
import { freePort } from '../helpers/free-ports.ts';
import { type Answer, send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';
import { until } from '../helpers/until.ts';
import type { Figures } from './oracle.ts';

export type StationOptions = Readonly<{
  /** By name, where the spans go. */
  destinations: Readonly<Record<string, string>>;
  /** Settings of service.journal but for the folder. */
  journal?: string;
  /** Settings of every exporter to a destination. */
  delivery?: string;
  processors?: string;
  /** Settings of the connector. */
  genai?: string;
  /** Where the data directory is made; undefined: in a temporary folder. */
  under?: string;
}>;

export type LifeOptions = Readonly<{
  /** What to run in place of the daemon's main file. */
  main?: string;
  environment?: Readonly<Record<string, string>>;
  /** In front of the command line. */
  through?: readonly string[];
}>;

const RETRIES = 'retry_on_failure: { initial_interval: 20ms, max_interval: 200ms }';
const START_MS = 120_000;
/** In memory where there is enough of it: a process that is killed leaves there what it leaves on a disk, and is ready sooner. */
const FOLDER = roomIn('/dev/shm') ? '/dev/shm' : tmpdir();

/** One process. */
export class Life {
  readonly child: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals>;
  #stderr = '';
  #ended: number | NodeJS.Signals | undefined;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#stderr += text;
    });
    this.exited = once(child, 'close').then(([code, posixSignal]) => {
      this.#ended = code ?? posixSignal;
      return code ?? posixSignal;
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get log(): readonly LogLine[] {
    return logLines(this.#stderr);
  }

  get ended(): number | NodeJS.Signals | undefined {
    return this.#ended;
  }

  says(sentence: string): boolean {
    return this.#stderr.includes(`"msg":"${sentence}`);
  }

  /** True when it says that it has started; false when it ended before. */
  async started(): Promise<boolean> {
    await until('the daemon started or ended', () => this.#ended !== undefined || this.says('started'), START_MS);
    return this.#ended === undefined;
  }

  async end(posixSignal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.child.kill(posixSignal);
    return this.exited;
  }
}

export class Station {
  readonly folder = mkdtempSync(join(FOLDER, 'spanmeter-fault-'));
  readonly data: string;
  readonly #config = join(this.folder, 'spanmeter.yaml');
  readonly #ports: Readonly<Record<'intake' | 'metrics' | 'own' | 'health', number>>;
  readonly #lives = new Set<Life>();

  private constructor(ports: Station['ports'], { under, ...options }: StationOptions) {
    this.#ports = ports;
    this.data = under === undefined ? join(this.folder, 'data') : join(under, 'data');
    writeFileSync(this.#config, configOf(ports, this.data, options));
  }

  static async open(options: StationOptions): Promise<Station> {
    const [intake, metrics, own, health] = [await freePort(), await freePort(), await freePort(), await freePort()];
    return new Station({ intake, metrics, own, health }, options);
  }

  get ports() {
    return this.#ports;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#ports.intake}`;
  }

  /** Does not wait for anything. */
  begin({ main = MAIN, environment = {}, through = [] }: LifeOptions = {}): Life {
    const [command = '', ...args] = [...through, process.execPath, main, 'run', '-c', this.#config];
    const env = { ...cleanEnvironment(this.folder, environment), NODE_COMPILE_CACHE: CODE_CACHE };
    const life = new Life(spawn(command, args, { cwd: this.folder, env, stdio: ['pipe', 'ignore', 'pipe'] }));
    this.#lives.add(life);
    void life.exited.then(() => this.#lives.delete(life));
    return life;
  }

  async start(options: LifeOptions = {}): Promise<Life> {
    const life = this.begin(options);
    if (!(await life.started())) throw new Error(`the daemon ended with ${life.ended}:\n${life.stderr}`);
    return life;
  }

  async page(): Promise<Page> {
    return new Page((await this.get('metrics', '/metrics')).body);
  }

  /** A figure of the daemon's own telemetry, over all labels but these. */
  async own(name: string, labels = ''): Promise<number> {
    const { body } = await this.get('own', '/metrics');
    const samples = [...body.matchAll(new RegExp(`^${name}(\\{.*\\})? (\\S+)`, 'gm'))];
    return samples.filter(([, own = '']) => own.includes(labels)).reduce((sum, [, , value]) => sum + Number(value), 0);
  }

  get(port: 'metrics' | 'own' | 'health', path: string): Promise<Answer> {
    return send(`http://127.0.0.1:${this.#ports[port]}${path}`, undefined, { method: 'GET' });
  }

  /** What a scrape shows. */
  async figures(): Promise<Figures> {
    const page = await this.page();
    const sum = (name: string) => BigInt(exactOfText(page.sum(name) ?? '0'));
    return { cost: sum('openrouter_cost_usd_total'), requests: Number(sum('openrouter_requests_total') / ONE) };
  }

  /** All that is kept there, of all exporters or of one, as text. */
  deadLetters(exporter = ''): string {
    const folder = join(this.data, 'dead', encodeURIComponent(exporter));
    if (!existsSync(folder)) return '';
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));
    return files.map((name) => readFileSync(join(folder, name), 'latin1')).join('');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lives].map((life) => life.end('SIGKILL')));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts are what these runs do most. */
const CODE_CACHE = join(tmpdir(), 'spanmeter-code-cache');

function roomIn(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > 4 * 2 ** 30;
}

function configOf(ports: Station['ports'], directory: string, options: Omit<StationOptions, 'under'>): string {
  const { destinations, journal = '', delivery = RETRIES, processors = '', genai = '' } = options;
  const exporters = Object.entries(destinations).map(([name, url]) => [`otlp_http/${name}`, url]);
  const names = [...processors.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
  return `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${ports.intake} } } } }
processors:
${processors}
connectors: { genai: ${genai} }
exporters:
  prometheus: { endpoint: 127.0.0.1:${ports.metrics} }
${exporters.map(([id, url]) => `  ${id}: { endpoint: '${url}', compression: none, ${delivery} }`).join('\n')}
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
service:
  extensions: [health_check]
  telemetry: { metrics: { address: 127.0.0.1:${ports.own} } }
  journal: { storage: disk, directory: '${directory}', min_free: 0MiB, ${journal} }
  pipelines:
    traces: { receivers: [otlp], processors: [${names.join()}], exporters: [genai, ${exporters.map(([id]) => id).join()}] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}

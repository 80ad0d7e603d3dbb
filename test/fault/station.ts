/** A data directory, ports and a config that outlive the daemons that are started on them one after the other. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exactOfText, ONE } from '../../src/data/exact.ts';
import { cleanEnvironment, MAIN } from '../helpers/daemon.ts';
import { freePort } from '../helpers/free-ports.ts';
import { type Answer, send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';
import { atLatestAtExit } from './left-behind.ts';
import { Life } from './life.ts';
import type { Figures } from './oracle.ts';
import { hasTornTail } from './torn.ts';

export type StationOptions = Readonly<{
  /** By name, where the spans go. */
  destinations: Readonly<Record<string, string>>;
  /** Settings of service.journal but for the folder. */
  journal?: string;
  /** Settings of every exporter to a destination. */
  delivery?: string;
  /** Settings of the connector. */
  genai?: string;
  /** Where writes take their time, so that a crash can come in the middle of one, and where there is more room. */
  onDisk?: boolean;
  /** Where the data directory is made; undefined: with all else of it. */
  under?: string;
}>;

export type LifeOptions = Readonly<{
  /** What to run in place of the daemon's main file. */
  main?: string;
  environment?: Readonly<Record<string, string>>;
  /** In front of the command line. */
  through?: readonly string[];
}>;

const MOST_COMPLAINTS = 40;
const RETRIES = 'retry_on_failure: { initial_interval: 20ms, max_interval: 200ms }';
/** In memory where there is enough of it: processes are ready sooner. */
const FOLDER = roomIn('/dev/shm') ? '/dev/shm' : tmpdir();

export class Station {
  readonly folder: string;
  readonly data: string;
  /** Lives that began on a log whose last record is cut. */
  tornTails = 0;
  readonly #config: string;
  readonly #ports: Readonly<Record<'intake' | 'metrics' | 'own' | 'health', number>>;
  readonly #lives = new Set<Life>();
  readonly #complaints: string[] = [];
  readonly #remove = atLatestAtExit(() => rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 }));

  private constructor(ports: Station['ports'], { under, onDisk, ...options }: StationOptions) {
    this.folder = mkdtempSync(join(onDisk ? tmpdir() : FOLDER, 'spanmeter-fault-'));
    this.#config = join(this.folder, 'spanmeter.yaml');
    this.#ports = ports;
    this.data = under === undefined ? join(this.folder, 'data') : join(under, 'data');
    writeFileSync(this.#config, configOf(ports, this.data, options));
  }

  static async open(options: StationOptions): Promise<Station> {
    const [intake, metrics, own, health] = [await freePort(), await freePort(), await freePort(), await freePort()];
    return new Station({ intake, metrics, own, health }, options);
  }

  /** Warnings and errors of all lives, the newest last, for whoever has to find out what went wrong. */
  get complaints(): string {
    for (const life of this.#lives) this.#note(life);
    return this.#complaints.slice(-MOST_COMPLAINTS).join('\n');
  }

  #note({ pid, stderr }: Life): void {
    const lines = stderr.split('\n').filter((line) => /"level":"(warn|error)"/.test(line));
    this.#complaints.push(...lines.map((line) => `${pid} ${line}`));
  }

  get ports() {
    return this.#ports;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#ports.intake}`;
  }

  /** Does not wait for anything. */
  begin({ main = MAIN, environment = {}, through = [] }: LifeOptions = {}): Life {
    const { path, bytes } = this.newestSegment();
    if (bytes > 0 && hasTornTail(path)) this.tornTails += 1;
    const [command = '', ...args] = [...through, process.execPath, main, 'run', '-c', this.#config];
    const life = new Life(command, args, { cwd: this.folder, env: cleanEnvironment(this.folder, environment) });
    this.#lives.add(life);
    void life.exited.then(() => {
      this.#lives.delete(life);
      this.#note(life);
    });
    return life;
  }

  async start(options: LifeOptions = {}): Promise<Life> {
    const life = this.begin(options);
    if (!(await life.started())) throw new Error(`the daemon ended with ${life.ended}:\n${life.stderr}`);
    return life;
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
    const page = new Page((await this.get('metrics', '/metrics')).body);
    const sum = (name: string) => BigInt(exactOfText(page.sum(name) ?? '0'));
    return { cost: sum('openrouter_cost_usd_total'), requests: Number(sum('openrouter_requests_total') / ONE) };
  }

  /** The one that is written to; of no bytes where there is none yet. */
  newestSegment(): Readonly<{ path: string; bytes: number }> {
    const folder = join(this.data, 'journal');
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d{16}\.log$/.test(name)) : [];
    const path = join(folder, names.toSorted().at(-1) ?? '');
    return { path, bytes: names.length === 0 ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0) };
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
    this.#remove();
  }
}

function roomIn(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > 4 * 2 ** 30;
}

function configOf(ports: Station['ports'], directory: string, options: Omit<StationOptions, 'under' | 'onDisk'>): string {
  const { destinations, journal = '', delivery = RETRIES, genai = '' } = options;
  const exporters = Object.entries(destinations).map(([name, url]) => [`otlp_http/${name}`, url]);
  return `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${ports.intake} } } } }
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
    traces: { receivers: [otlp], exporters: [genai, ${exporters.map(([id]) => id).join()}] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}

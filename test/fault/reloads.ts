/** Reloads a daemon again and again under load, every second time with a file that is of no use, and checks that nothing is lost. */
import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { CALL_COST_USD, callOf } from '../helpers/call-body.ts';
import { startChild, untilReady } from '../helpers/children.ts';
import { cleanEnvironment, folderWith, logLines, MAIN } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';
import { until } from '../helpers/until.ts';

export type ReloadFigures = Readonly<{ reloads: number; refused: number; posts: number; failures: readonly string[] }>;

export type Storage = 'disk' | 'memory';
type Ports = Readonly<{
  intake: number;
  spare: number;
  metrics: number;
  own: number;
  taken: number;
  tempo: string;
  storage: Storage;
}>;

const SENDERS = 8;
/** Kept-alive connections and files come and go by a few; what leaks grows by one a reload at least. */
const SPARE_FILES = 12;
const BROKEN = ['receivers: [', 'receivers: {}\nservice: { pipelines: {} }', 'recievers: {}', ''] as const;

/** Throws where something was lost, counted twice, or left open. */
export async function reloadUnderLoad(rounds: number, storage: Storage): Promise<ReloadFigures> {
  const tempo = await Destination.open();
  const blocker = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  const { port: taken } = blocker.address() as { port: number };
  const [intake, spare, metrics, own] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const ports: Ports = { intake, spare, metrics, own, taken, tempo: tempo.url, storage };
  const folder = folderWith(goodConfig(0, ports));
  const file = join(folder, 'spanmeter.yaml');
  const child = startChild(process.execPath, [MAIN, 'run', '-c', file], {
    cwd: folder,
    env: cleanEnvironment(folder, { STATE_DIRECTORY: join(folder, 'data') }),
  });
  const load = new Load(`http://127.0.0.1:${intake}/v1/traces`);
  try {
    await untilReady(child, 'the daemon', () => logLines(child.stderr()).some(({ msg }) => msg === 'started'));
    load.start();
    let filesBefore = 0;
    for (let round = 1; round <= rounds; round += 1) {
      const good = round % 2 === 0;
      const before = await reloadState(own);
      writeFileSync(file, good ? goodConfig(round, ports) : brokenConfig(round, ports));
      // The file is noticed by itself as well: a second reload of the same content changes nothing.
      if (round % 3 === 0) child.kill('SIGHUP');
      await until(`reload ${round}`, async () => {
        const { successful, atSeconds } = await reloadState(own);
        return good ? successful && atSeconds !== before.atSeconds : !successful;
      });
      if (round === 4) filesBefore = openFiles(child.pid);
      await pause(20);
    }
    await load.stop();
    await checkFigures(load, tempo, metrics);
    assert.ok(openFiles(child.pid) <= filesBefore + SPARE_FILES, `${filesBefore} files were open, now ${openFiles(child.pid)}`);
    child.kill('SIGTERM');
    assert.equal(await child.exited, 0, child.stderr());
    return { reloads: rounds, refused: Math.ceil(rounds / 2), posts: load.posts, failures: load.failures };
  } finally {
    await load.stop();
    child.kill('SIGKILL');
    blocker.close();
    await tempo.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each takes turns at changing something that another one does not. */
function goodConfig(round: number, { intake, spare, metrics, own, tempo, storage }: Ports): string {
  const turn = (every: number) => Math.floor(round / 2) % every;
  const second = turn(3) === 1;
  return `
receivers:
  otlp: { protocols: { http: { endpoint: '127.0.0.1:${intake}', idle_timeout: ${60 + turn(2)}s, auth: { authenticator: bearertokenauth } } } }
${second ? `  otlp/spare: { protocols: { http: { endpoint: '127.0.0.1:${spare}' } } }` : ''}
processors:
  attributes: { actions: [{ key: added, action: insert, value: '${turn(5)}' }] }
connectors:
  genai: {}
${second ? '  genai/second: { prefix: second }' : ''}
exporters:
  prometheus: { endpoint: '127.0.0.1:${metrics}', send_timestamps: ${turn(4) === 1} }
  otlp_http/tempo: { endpoint: '${tempo}', headers: { x-round: '${turn(3)}' }, retry_on_failure: { initial_interval: 5ms } }
extensions:
  bearertokenauth: { tokens: [token-${turn(2)}, token] }
service:
  extensions: [bearertokenauth]
  journal: { storage: ${storage}${storage === 'disk' ? ', min_free: 1MiB' : ''} }
  telemetry: { metrics: { address: '127.0.0.1:${own}' } }
  pipelines:
    traces: { receivers: [otlp], processors: [attributes], exporters: [genai, otlp_http/tempo] }
    metrics: { receivers: [genai], exporters: [prometheus] }
${second ? '    traces/second: { receivers: [otlp/spare], exporters: [genai/second] }\n    metrics/second: { receivers: [genai/second], exporters: [prometheus] }' : ''}
`;
}

/** Cannot be read, has faults, or cannot start. */
function brokenConfig(round: number, ports: Ports): string {
  const turn = Math.floor(round / 2) % (BROKEN.length + 1);
  return BROKEN[turn] ?? goodConfig(round + 1, { ...ports, intake: ports.taken });
}

async function reloadState(own: number): Promise<Readonly<{ successful: boolean; atSeconds: string | undefined }>> {
  const { body } = await send(`http://127.0.0.1:${own}/metrics`, undefined, { method: 'GET' });
  const value = (name: string) => new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(body)?.[1];
  return {
    successful: value('spanmeter_config_last_reload_successful') === '1',
    atSeconds: value('spanmeter_config_last_reload_success_timestamp_seconds'),
  };
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

async function checkFigures({ posts, failures }: Load, tempo: Destination, metrics: number): Promise<void> {
  assert.deepEqual(failures, []);
  const { body } = await send(`http://127.0.0.1:${metrics}/metrics`, undefined, { method: 'GET' });
  const page = new Page(body.replace(/^(openrouter_.*\} \S+) \d+$/gm, '$1'));
  const cost = (BigInt(CALL_COST_USD.replace('0.', '')) * BigInt(posts)).toString().padStart(7, '0');
  assert.equal(page.sum('openrouter_requests_total'), String(posts));
  assert.equal(page.sum('openrouter_cost_usd_total'), `${cost.slice(0, -6)}.${cost.slice(-6)}`.replace(/\.?0+$/, ''));
  await until('every span at the destination', () => new Set(tempo.spanIds).size >= posts);
}

/** Sends one call after the other on kept connections. */
class Load {
  posts = 0;
  readonly failures: string[] = [];
  readonly #url: string;
  readonly #agent = new Agent({ connections: SENDERS });
  #going = false;
  #senders: readonly Promise<void>[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  start(): void {
    this.#going = true;
    this.#senders = Array.from({ length: SENDERS }, () => this.#send());
  }

  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#senders);
    await this.#agent.close().catch(() => undefined);
  }

  async #send(): Promise<void> {
    while (this.#going) {
      this.posts += 1;
      const id = this.posts;
      const headers = { 'content-type': 'application/json', authorization: 'Bearer token' };
      try {
        const options = { method: 'POST', dispatcher: this.#agent, headers, body: callOf(id) } as const;
        const { statusCode, body } = await request(this.#url, options);
        await body.dump();
        if (statusCode !== 200) this.failures.push(`${id} was answered ${statusCode}`);
      } catch (error) {
        this.failures.push(`${id}: ${error}`);
      }
      await pause(2);
    }
  }
}

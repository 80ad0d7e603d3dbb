/** Opens the connections of one destination: their number, their age, TLS, a proxy. */
import type { Dispatcher } from 'undici';
import type { Lifecycle, Logger } from '../../component/contract.ts';
import { WatchedFiles } from '../../component/watched-files.ts';
import { type ClientTls, clientTlsOptions, followedFiles } from '../../config/tls-fields.ts';

type ConnectionSettings = Readonly<{
  tls: ClientTls;
  proxy_url?: string | undefined;
  max_conns_per_host: number;
  idle_conn_timeout: number;
  disable_keep_alives: boolean;
}>;

/** By then the daemon listens: what the first attempt needs is loaded outside of the time that it has. */
const PRELOAD_MS = 250;

export class Connections implements Lifecycle {
  readonly #settings: ConnectionSettings;
  readonly #logger: Logger;
  readonly #certificates: WatchedFiles;
  #tls: TlsOptions | undefined;
  #dispatcher: Promise<Dispatcher> | undefined;
  #preload: NodeJS.Timeout | undefined;

  constructor(settings: ConnectionSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    const { tls } = settings;
    const paths = tls.ca_file === undefined || tls.reload_interval === 0 ? [] : [tls.ca_file];
    this.#certificates = new WatchedFiles({
      paths: [...followedFiles(tls), ...paths],
      load: () => this.#renew(),
      logger,
      everyMs: tls.reload_interval || undefined,
    });
  }

  /** Reads the files of `tls`; connects to nobody before the first request. */
  async start(): Promise<void> {
    await this.#certificates.start();
    this.#preload = setTimeout(() => void loadUndici().catch(() => undefined), PRELOAD_MS); // an attempt tells of a failure
    this.#preload.unref();
  }

  /** Breaks off what is under way. */
  async shutdown(): Promise<void> {
    clearTimeout(this.#preload);
    await this.#certificates.shutdown();
    await (await this.#dispatcher)?.destroy();
  }

  get dispatcher(): Promise<Dispatcher> {
    if (this.#tls === undefined) throw new Error('cannot send a request: the exporter has not started');
    this.#dispatcher ??= this.#open(this.#tls);
    return this.#dispatcher;
  }

  #open(tls: TlsOptions): Promise<Dispatcher> {
    const opened = openDispatcher(this.#settings, tls);
    opened.catch(() => {
      if (this.#dispatcher === opened) this.#dispatcher = undefined; // the next attempt may have more luck
    });
    return opened;
  }

  /** Requests that are under way end on the connections that they have. */
  async #renew(): Promise<void> {
    this.#tls = await clientTlsOptions(this.#settings.tls, this.#logger);
    const before = await this.#dispatcher;
    this.#dispatcher = undefined;
    before?.close().catch((error: unknown) => this.#logger.debug('old connections were not closed', { error }));
  }
}

type TlsOptions = Awaited<ReturnType<typeof clientTlsOptions>>;

async function openDispatcher(settings: ConnectionSettings, tls: TlsOptions): Promise<Dispatcher> {
  const { Agent, ProxyAgent } = await loadUndici();
  const options = {
    connections: settings.max_conns_per_host > 0 ? settings.max_conns_per_host : null,
    pipelining: settings.disable_keep_alives ? 0 : 1,
    keepAliveTimeout: settings.idle_conn_timeout,
    keepAliveMaxTimeout: settings.idle_conn_timeout,
    // Whoever asks for an attempt limits it as a whole.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  };
  if (settings.proxy_url === undefined) return new Agent({ ...options, connect: tls });
  return new ProxyAgent({ ...options, uri: settings.proxy_url, requestTls: tls });
}

/** A hundred files that the first request to us need not wait for. */
function loadUndici() {
  return import('undici');
}

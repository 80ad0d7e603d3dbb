/** Opens the connections of one destination: their number, their age, TLS, a proxy. */
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { type ClientTls, clientTlsOptions } from '../../config/tls-fields.ts';

export type ConnectionSettings = Readonly<{
  tls: ClientTls;
  proxy_url?: string | undefined;
  max_conns_per_host: number;
  idle_conn_timeout: number;
  disable_keep_alives: boolean;
}>;

/** Reads the files of `tls`; opens nothing before the first request. */
export async function openDispatcher(settings: ConnectionSettings): Promise<Dispatcher> {
  const tls = await clientTlsOptions(settings.tls);
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

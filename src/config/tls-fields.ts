/** TLS of listeners and of outgoing connections, in the Collector's words and in Node's. */
import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, getCACertificates, type SecureContextOptions, type TlsOptions } from 'node:tls';
import { z } from 'zod';
import type { Logger } from '../component/contract.ts';
import type { ListenerTls } from '../component/http-listener.ts';
import { warnIfOthersRead } from '../component/secrets.ts';
import { duration, secret, unsupported } from './fields.ts';

const Version = z.enum(['1.0', '1.1', '1.2', '1.3']);
const VERSIONS = { '1.0': 'TLSv1', '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;

const shared = {
  cert_file: z.string().min(1).optional().describe('File with our certificate chain in PEM.'),
  cert_pem: z.string().min(1).optional().describe('Our certificate chain in PEM.'),
  key_file: z.string().min(1).optional().describe('File with the private key of the certificate in PEM.'),
  key_pem: secret().min(1).optional().describe('Private key of the certificate in PEM.'),
  min_version: Version.default('1.2').describe('Oldest TLS version to speak.'),
  max_version: Version.or(z.literal('')).default('').describe('Newest TLS version to speak; empty for the newest there is.'),
  reload_interval: duration()
    .prefault('0s')
    .describe('How often to look whether the files of our certificate were renewed; 0 for never.'),
  cipher_suites: unsupported("Go names; set Node's --tls-cipher-list"),
  include_insecure_cipher_suites: unsupported("Go names; set Node's --tls-cipher-list"),
  curve_preferences: unsupported("Go names; set Node's --tls-cipher-list"),
  tpm: unsupported('keys are read from files'),
};

/** For a listener: `tls: serverTls().optional()`. */
export function serverTls() {
  return z
    .strictObject({
      ...shared,
      client_ca_file: z
        .string()
        .min(1)
        .optional()
        .describe('File with the authorities of client certificates, which are then required.'),
      client_ca_file_reload: z.boolean().default(false).describe('Use client_ca_file anew when it is renewed.'),
    })
    .superRefine((tls, context) => {
      for (const [path, present] of [
        ['cert_file', tls.cert_file ?? tls.cert_pem],
        ['key_file', tls.key_file ?? tls.key_pem],
      ] as const) {
        if (present === undefined) context.addIssue({ code: 'custom', path: [path], message: 'needed to listen with TLS' });
      }
    })
    .describe('TLS of the listener.');
}

/** For outgoing connections: `tls: section(clientTls())`. */
export function clientTls() {
  return z
    .strictObject({
      ...shared,
      insecure: z.boolean().default(false).describe('Speak plaintext where the address does not say which.'),
      insecure_skip_verify: z.boolean().default(false).describe('Accept any certificate of the server.'),
      ca_file: z.string().min(1).optional().describe('File with the authorities to trust, in PEM.'),
      ca_pem: z.string().min(1).optional().describe('Authorities to trust, in PEM.'),
      include_system_ca_certs_pool: z.boolean().default(false).describe('Trust the usual authorities beside the given ones.'),
      server_name_override: z.string().min(1).optional().describe('Name to expect in the certificate of the server.'),
    })
    .superRefine((tls, context) => {
      const [cert, key] = [tls.cert_file ?? tls.cert_pem, tls.key_file ?? tls.key_pem];
      if (cert !== undefined && key === undefined)
        context.addIssue({ code: 'custom', path: ['key_file'], message: 'needed beside a certificate' });
      if (cert === undefined && key !== undefined)
        context.addIssue({ code: 'custom', path: ['cert_file'], message: 'needed beside a key' });
    })
    .describe('TLS of the connection.');
}

type ServerTls = z.output<ReturnType<typeof serverTls>>;
export type ClientTls = z.output<ReturnType<typeof clientTls>>;
/** Without address and port, which belong to the connection. */
type ClientTlsOptions = SecureContextOptions & Pick<ConnectionOptions, 'servername' | 'rejectUnauthorized'>;

/** For a listener. */
export function listenerTls(tls: ServerTls, logger: Logger): ListenerTls {
  const { client_ca_file, client_ca_file_reload, reload_interval } = tls;
  return {
    read: () => serverTlsOptions(tls, logger),
    followed: [...followedFiles(tls), ...(client_ca_file_reload && client_ca_file ? [client_ca_file] : [])],
    everyMs: reload_interval || undefined,
  };
}

/** Our own certificate, where `reload_interval` asks for that. */
export function followedFiles({ cert_file, key_file, reload_interval }: ServerTls | ClientTls): readonly string[] {
  return reload_interval > 0 ? [cert_file, key_file].filter((file) => file !== undefined) : [];
}

/** Reads the files: call it from start(). */
export async function serverTlsOptions(tls: ServerTls, logger: Logger): Promise<TlsOptions> {
  const ca = await pem('client_ca_file', tls.client_ca_file, undefined);
  return { ...(await sharedOptions(tls, logger)), ...(ca && { ca, requestCert: true, rejectUnauthorized: true }) };
}

/** Reads the files: call it from start(). */
export async function clientTlsOptions(tls: ClientTls, logger: Logger): Promise<ClientTlsOptions> {
  const ca = await pem('ca_file', tls.ca_file, tls.ca_pem);
  const usual = tls.include_system_ca_certs_pool ? getCACertificates('default') : [];
  return {
    ...(await sharedOptions(tls, logger)),
    ...(ca && { ca: [...usual, ca] }),
    ...(tls.server_name_override && { servername: tls.server_name_override }),
    rejectUnauthorized: !tls.insecure_skip_verify,
  };
}

async function sharedOptions(tls: ServerTls | ClientTls, logger: Logger) {
  const cert = await pem('cert_file', tls.cert_file, tls.cert_pem);
  const key = await pem('key_file', tls.key_file, tls.key_pem);
  if (tls.key_file !== undefined) await warnIfOthersRead(tls.key_file, logger);
  return {
    ...(cert && { cert }),
    ...(key && { key }),
    minVersion: VERSIONS[tls.min_version],
    ...(tls.max_version && { maxVersion: VERSIONS[tls.max_version] }),
  };
}

async function pem(field: string, file: string | undefined, text: string | undefined): Promise<string | undefined> {
  if (file === undefined) return text;
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Error(`cannot read tls.${field} "${file}"`, { cause });
  }
}

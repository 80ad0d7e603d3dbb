/** Makes certificates with the openssl command, in a folder that goes with the test file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export type Certificate = Readonly<{ certFile: string; keyFile: string; cert: string; key: string }>;

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export class Authority {
  readonly certFile: string;
  readonly cert: string;
  readonly #folder: string;

  constructor(name = 'Test authority') {
    this.#folder = mkdtempSync(join(tmpdir(), 'spanmeter-tls-'));
    after(() => rmSync(this.#folder, { recursive: true }));
    this.certFile = join(this.#folder, 'ca.crt');
    const key = join(this.#folder, 'ca.key');
    openssl(['req', '-x509', ...KEY, '-keyout', key, '-out', this.certFile, '-days', '2', '-subj', `/CN=${name}`]);
    this.cert = readFileSync(this.certFile, 'utf8');
  }

  /** For a name or address; of -1 days it has expired. */
  issue(host: string, days = 2): Certificate {
    const [certFile, keyFile, request] = ['crt', 'key', 'csr'].map((ending) =>
      join(this.#folder, `${host}-${days}.${ending}`),
    ) as [string, string, string];
    const subjectAltName = /^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`;
    openssl([
      'req',
      '-new',
      ...KEY,
      '-keyout',
      keyFile,
      '-out',
      request,
      '-subj',
      '/CN=test',
      '-addext',
      `subjectAltName=${subjectAltName}`,
    ]);
    const signing = ['-CA', this.certFile, '-CAkey', join(this.#folder, 'ca.key'), '-CAcreateserial', '-copy_extensions', 'copy'];
    openssl(['x509', '-req', '-in', request, ...signing, '-days', String(days), '-out', certFile]);
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

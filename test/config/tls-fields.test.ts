import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { connect, createServer } from 'node:tls';
import type { z } from 'zod';
import { clientTls, clientTlsOptions, serverTls, serverTlsOptions } from '../../src/config/tls-fields.ts';
import { Observer } from '../helpers/observer.ts';

const { logger } = new Observer().context('tls');
const folder = join(import.meta.dirname, '../fixtures/tls');
const [cert_file, key_file] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
const [cert_pem, key_pem] = [readFileSync(cert_file, 'utf8'), readFileSync(key_file, 'utf8')];

/** What a client gets told by such a server. */
async function handshake(
  server: z.input<ReturnType<typeof serverTls>>,
  client: z.input<ReturnType<typeof clientTls>>,
): Promise<string> {
  const listener = createServer(await serverTlsOptions(serverTls().parse(server), logger), (socket) => socket.end('hello'));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    const { port } = listener.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', ...(await clientTlsOptions(clientTls().parse(client), logger)) });
    const [data] = await once(socket, 'data');
    return `${data} ${socket.getProtocol()}`;
  } finally {
    listener.close();
  }
}

describe('TLS', () => {
  it('takes certificates from files and from text', async () => {
    assert.equal(await handshake({ cert_file, key_file }, { ca_file: cert_file }), 'hello TLSv1.3');
    assert.equal(
      await handshake({ cert_pem, key_pem }, { ca_pem: cert_pem, server_name_override: 'localhost' }),
      'hello TLSv1.3',
    );
  });

  it('speaks the versions that are asked for', async () => {
    assert.equal(await handshake({ cert_file, key_file, max_version: '1.2' }, { ca_file: cert_file }), 'hello TLSv1.2');
    await assert.rejects(handshake({ cert_file, key_file, min_version: '1.3' }, { ca_file: cert_file, max_version: '1.2' }));
  });

  it('refuses a server that nobody vouches for, unless told to', async () => {
    await assert.rejects(handshake({ cert_file, key_file }, {}), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    assert.equal(await handshake({ cert_file, key_file }, { insecure_skip_verify: true }), 'hello TLSv1.3');
  });

  it('refuses a server of another name', async () => {
    const client = { ca_file: cert_file, server_name_override: 'other.example' };
    await assert.rejects(handshake({ cert_file, key_file }, client), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('asks for a client certificate where its authority is given', async () => {
    const server = { cert_file, key_file, client_ca_file: cert_file };
    await assert.rejects(handshake(server, { ca_file: cert_file }));
    assert.equal(await handshake(server, { ca_file: cert_file, cert_file, key_file }), 'hello TLSv1.3');
  });

  it('trusts the usual authorities beside its own where asked', async () => {
    const { ca } = await clientTlsOptions(clientTls().parse({ ca_pem: cert_pem, include_system_ca_certs_pool: true }), logger);
    assert.ok(Array.isArray(ca) && ca.length > 1 && ca.includes(cert_pem));
  });

  it('names the field whose file cannot be read', async () => {
    const tls = serverTls().parse({ cert_file, key_file: '/nonexistent/key.pem' });
    await assert.rejects(serverTlsOptions(tls, logger), { message: 'cannot read tls.key_file "/nonexistent/key.pem"' });
  });
});

describe('TLS settings', () => {
  const cases: [name: string, schema: z.ZodType, settings: object, paths: string[]][] = [
    ['a listener without certificate and key', serverTls(), {}, ['cert_file', 'key_file']],
    ['a listener without key', serverTls(), { cert_pem }, ['key_file']],
    ['a client with a certificate and no key', clientTls(), { cert_file }, ['key_file']],
    ['a client with a key and no certificate', clientTls(), { key_file }, ['cert_file']],
    ['a version that there is not', clientTls(), { min_version: '1.4' }, ['min_version']],
  ];
  for (const [name, schema, settings, paths] of cases) {
    it(`refuse ${name}`, () =>
      assert.deepEqual(
        schema.safeParse(settings).error?.issues.map(({ path }) => path.join('.')),
        paths,
      ));
  }
});

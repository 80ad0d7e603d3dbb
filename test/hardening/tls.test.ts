/** The receiver behind TLS: who gets in, who does not, and certificates that are renewed while it runs. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { Authority, type Certificate } from '../helpers/certificates.ts';
import { RawClient, rawExchange } from '../helpers/raw-client.ts';
import { until } from '../helpers/until.ts';
import { openReceiver } from '../receivers/otlp/open-receiver.ts';

const BODY = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"s"}]}]}]}';
const REQUEST = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

const authority = new Authority('ours');
const stranger = new Authority('of others');
const server = authority.issue('127.0.0.1');
const folder = mkdtempSync(join(tmpdir(), 'spanmeter-renewed-'));
after(() => rmSync(folder, { recursive: true }));

const filesOf = ({ certFile, keyFile }: Certificate) => `cert_file: ${certFile}, key_file: ${keyFile}`;

/** Rejects for a handshake that fails, also where the other side says so only afterwards (TLS 1.3). */
async function post(port: number, options: ConnectionOptions = {}): Promise<Readonly<{ answer: string; serial: string }>> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.cert, ...options });
  try {
    await once(socket, 'secureConnect');
    socket.write(REQUEST);
    const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [undefined])]);
    if (answer === undefined) throw new Error('closed without an answer');
    return { answer: String(answer).slice(0, 12), serial: serialOf(socket) };
  } finally {
    socket.destroy();
  }
}

function serialOf(socket: TLSSocket): string {
  return socket.getPeerCertificate().serialNumber;
}

describe('a sender of TLS', async () => {
  const { port, consumed, log } = await openReceiver({ http: [`tls: { ${filesOf(server)} }`] });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`is taken with ${version}`, async () => {
      assert.equal((await post(port, { minVersion: version, maxVersion: version })).answer, 'HTTP/1.1 200');
    });
  }

  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    it(`is refused with ${version}`, async () => {
      // Whatever the library here thinks of it, it is to offer the old version.
      const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
      await assert.rejects(post(port, old), /alert protocol version|unsupported protocol|no protocols available/i);
    });
  }

  it('does not take us for another, nor trusts a stranger', async () => {
    await assert.rejects(post(port, { servername: 'other.example' }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await assert.rejects(post(port, { ca: stranger.cert }), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });

  it('that does not speak TLS gets nothing, and costs nothing', async () => {
    const before = consumed.length;
    for (const bytes of ['POST / HTTP/1.1\r\n\r\n', Buffer.alloc(500, 0x16), Buffer.from([0x16, 0x03, 0x01, 0xff, 0xff])]) {
      const client = await RawClient.open(port);
      client.write(bytes);
      client.socket.end();
      assert.doesNotMatch(await client.untilClosed(), /^HTTP/);
    }
    assert.doesNotMatch(await rawExchange(port, REQUEST), /^HTTP/);
    assert.equal((await post(port)).answer, 'HTTP/1.1 200');
    assert.equal(consumed.length, before + 1);
    assert.deepEqual(
      log.map(({ message }) => message),
      ['listening'],
    );
  });
});

describe('a handshake', () => {
  it('that does not end is ended when headers would be', async () => {
    const { port } = await openReceiver({ http: [`tls: { ${filesOf(server)} }`, 'read_header_timeout: 50ms'] });
    const client = await RawClient.open(port);
    await client.untilClosed();
  });
});

describe('a sender that has to show a certificate', async () => {
  const tls = `tls: { ${filesOf(server)}, client_ca_file: ${authority.certFile} }`;
  const { port, consumed } = await openReceiver({ http: [tls] });
  const issued = authority.issue('sender.example');

  it('is taken with one of its authority', async () => {
    assert.equal((await post(port, { cert: issued.cert, key: issued.key })).answer, 'HTTP/1.1 200');
  });

  const foreign = stranger.issue('sender.example');
  const expired = authority.issue('late.example', -1);
  for (const [what, shown] of [
    ['none', {}],
    ['one of another authority', { cert: foreign.cert, key: foreign.key }],
    ['one that has expired', { cert: expired.cert, key: expired.key }],
  ] as const) {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`is refused with ${what}, over ${maxVersion}`, async () => {
        const before = consumed.length;
        await assert.rejects(post(port, { ...shown, maxVersion }));
        assert.equal(consumed.length, before);
      });
    }
  }
});

describe('a certificate', () => {
  /** The receiver's own copies, to be overwritten. */
  function own(name: string, { certFile, keyFile }: Certificate): Certificate {
    const copy = { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`), cert: '', key: '' };
    copyFileSync(certFile, copy.certFile);
    copyFileSync(keyFile, copy.keyFile);
    return copy;
  }

  it('that is renewed is shown to who connects from then on, and cuts nobody off', async () => {
    const files = own('renewed', server);
    const { port } = await openReceiver({ http: [`tls: { ${filesOf(files)}, reload_interval: 1h }`] });
    const kept = connect({ port, host: '127.0.0.1', ca: authority.cert });
    await once(kept, 'secureConnect');
    const { serial } = await post(port);
    const next = new Authority('next').issue('127.0.0.1');
    own('renewed', next);
    await until('the new certificate', async () => {
      const shown = await post(port, { rejectUnauthorized: false });
      return shown.serial !== serial;
    });
    kept.write(REQUEST);
    assert.match(String((await once(kept, 'data'))[0]), /^HTTP\/1\.1 200 /);
    kept.destroy();
  });

  it('that is broken, or does not fit its key, is not taken, and the old one is shown', async () => {
    const files = own('broken', server);
    const { port, log } = await openReceiver({ http: [`tls: { ${filesOf(files)}, reload_interval: 1h }`] });
    const { serial } = await post(port);
    const warnings = () => log.filter(({ level, message }) => level === 'warn' && message.startsWith('cannot use renewed files'));
    for (const [nth, text] of ['no certificate', authority.issue('127.0.0.1', 3).cert].entries()) {
      writeFileSync(files.certFile, text);
      await until('the warning', () => warnings().length > nth);
      assert.equal((await post(port)).serial, serial);
    }
  });

  it('is read at start alone unless the config says otherwise', async () => {
    const files = own('static', server);
    const { port } = await openReceiver({ http: [`tls: { ${filesOf(files)} }`] });
    const { serial } = await post(port);
    own('static', authority.issue('127.0.0.1', 4));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await post(port)).serial, serial);
  });

  it('of an authority of senders is renewed where the config says so', async () => {
    const ca = join(folder, 'senders.crt');
    copyFileSync(stranger.certFile, ca);
    const { port } = await openReceiver({
      http: [`tls: { ${filesOf(server)}, client_ca_file: ${ca}, client_ca_file_reload: true }`],
    });
    const { cert, key } = authority.issue('sender.example', 5);
    await assert.rejects(post(port, { cert, key }));
    copyFileSync(authority.certFile, ca);
    await until('the sender is taken', () =>
      post(port, { cert, key }).then(
        ({ answer }) => answer === 'HTTP/1.1 200',
        () => false,
      ),
    );
  });

  it('whose key others can read is warned of', async () => {
    const files = own('open', server);
    rmSync(files.keyFile);
    writeFileSync(files.keyFile, server.key, { mode: 0o644 });
    const { log } = await openReceiver({ http: [`tls: { ${filesOf(files)} }`] });
    const warnings = log.filter(({ level }) => level === 'warn');
    assert.deepEqual(warnings, [
      { level: 'warn', message: 'secret file can be read by other users', fields: { path: files.keyFile } },
    ]);
  });
});

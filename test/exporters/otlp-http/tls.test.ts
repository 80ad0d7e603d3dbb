/** TLS towards a destination: only who is proved gets the spans. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { Authority } from '../../helpers/certificates.ts';
import { bodyOf } from '../../helpers/delivery-rig.ts';
import { ACCEPT, Destination, type Reply } from '../../helpers/destination.ts';
import { startExporter } from '../../helpers/otlp-http-exporter.ts';
import { until } from '../../helpers/until.ts';

const authority = new Authority();
const stranger = new Authority('Somebody else');
const good = authority.issue('127.0.0.1');

const listen = (tls: TlsOptions = good) => Destination.open(undefined, { tls: { cert: good.cert, key: good.key, ...tls } });

async function attemptAt(destination: Destination, tls: string) {
  const { attempt, observer } = await startExporter(`endpoint: ${destination.url}\ntls: { ${tls} }`);
  return { outcome: await attempt(bodyOf(1)), observer };
}

describe('TLS towards a destination', () => {
  it('delivers to who has a certificate of a trusted authority', async () => {
    const destination = await listen();
    const { outcome, observer } = await attemptAt(destination, `ca_file: ${authority.certFile}`);
    assert.equal(outcome.status, 'delivered');
    assert.equal(destination.arrived.length, 1);
    assert.deepEqual(observer.sentences('warn'), []);
  });

  const untrusted = [
    { what: 'of an unknown authority', certificate: good, tls: '', reason: /unable to verify|self-signed|local issuer/ },
    {
      what: 'of another authority',
      certificate: good,
      tls: `ca_file: ${stranger.certFile}`,
      reason: /unable to verify|signature|local issuer/,
    },
    {
      what: 'that has expired',
      certificate: authority.issue('127.0.0.1', -1),
      tls: `ca_file: ${authority.certFile}`,
      reason: /expired/,
    },
    {
      what: 'of another host',
      certificate: authority.issue('tempo.example'),
      tls: `ca_file: ${authority.certFile}`,
      reason: /127\.0\.0\.1 is not in the cert/,
    },
  ];
  for (const { what, certificate, tls, reason } of untrusted) {
    it(`sends nothing to who has a certificate ${what}, and says so`, async () => {
      const destination = await listen({ cert: certificate.cert, key: certificate.key });
      const { outcome } = await attemptAt(destination, tls);
      assert.ok(outcome.status === 'unavailable');
      assert.match(outcome.reason, reason);
      assert.equal(destination.arrived.length, 0);
    });
  }

  it('sends nothing to who speaks an old TLS only', async () => {
    const destination = await listen({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    const { outcome } = await attemptAt(destination, `ca_file: ${authority.certFile}`);
    assert.ok(outcome.status === 'unavailable');
    assert.match(outcome.reason, /protocol version|unsupported protocol|alert/i);
  });

  it('sends nothing to who speaks no TLS', async () => {
    const plain = await Destination.open();
    const { attempt } = await startExporter(`endpoint: https://127.0.0.1:${plain.port}`);
    const outcome = await attempt(bodyOf(1));
    assert.ok(outcome.status === 'unavailable');
    assert.match(outcome.reason, /wrong version number|packet length|SSL/i);
    assert.equal(plain.arrived.length, 0);
  });

  it('expects the name of server_name_override instead of the address', async () => {
    const { cert, key } = authority.issue('tempo.example');
    const destination = await listen({ cert, key });
    const { outcome } = await attemptAt(destination, `ca_file: ${authority.certFile}, server_name_override: tempo.example`);
    assert.equal(outcome.status, 'delivered');
  });

  it('takes any certificate with insecure_skip_verify, and warns of it at start', async () => {
    const destination = await listen();
    const { outcome, observer } = await attemptAt(destination, 'insecure_skip_verify: true');
    assert.equal(outcome.status, 'delivered');
    assert.deepEqual(observer.sentences('warn'), ['certificates of the destination are not verified']);
  });

  it('verifies with "insecure: true" all the same: the URL says that it is TLS', async () => {
    const { outcome } = await attemptAt(await listen(), 'insecure: true');
    assert.equal(outcome.status, 'unavailable');
  });

  it('shows its own certificate to who asks for one', async () => {
    const ours = authority.issue('spanmeter.example');
    const destination = await listen({ requestCert: true, rejectUnauthorized: true, ca: authority.cert });
    const trusting = `ca_file: ${authority.certFile}`;
    assert.equal((await attemptAt(destination, trusting)).outcome.status, 'unavailable');
    const proving = `${trusting}, cert_file: ${ours.certFile}, key_file: ${ours.keyFile}`;
    assert.equal((await attemptAt(destination, proving)).outcome.status, 'delivered');
  });

  it('does not start when a file cannot be read, and names it', async () => {
    const started = startExporter('endpoint: https://127.0.0.1:1\ntls: { ca_file: /no/such/ca.pem }');
    await assert.rejects(started, { message: 'cannot read tls.ca_file "/no/such/ca.pem"' });
  });
});

describe('files of TLS towards a destination', () => {
  it('are read again where the config says so: an authority that is renewed', async (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'spanmeter-renewed-'));
    test.after(() => rmSync(folder, { recursive: true }));
    const ca = join(folder, 'ca.crt');
    copyFileSync(stranger.certFile, ca);
    const destination = await listen();
    const { attempt, observer } = await startExporter(
      `endpoint: ${destination.url}\ntls: { ca_file: ${ca}, reload_interval: 1h }`,
    );
    assert.equal((await attempt(bodyOf(1))).status, 'unavailable');
    copyFileSync(authority.certFile, ca);
    await until('a delivery', async () => (await attempt(bodyOf(1))).status === 'delivered');
    assert.deepEqual(observer.sentences('warn'), []);
  });

  it('are read again while requests are under way, which end as they began', async (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'spanmeter-renewed-'));
    test.after(() => rmSync(folder, { recursive: true }));
    const ca = join(folder, 'ca.crt');
    copyFileSync(authority.certFile, ca);
    const destination = await listen();
    const answer = Promise.withResolvers<Reply>();
    destination.script = () => answer.promise;
    const { attempt, observer } = await startExporter(
      `endpoint: ${destination.url}\ntls: { ca_file: ${ca}, reload_interval: 1h }`,
    );
    const underWay = attempt(bodyOf(1));
    await destination.untilArrived(1);
    copyFileSync(stranger.certFile, ca);
    await until('the renewal', () => observer.sentences('info').includes('renewed files are in use'));
    answer.resolve(ACCEPT);
    assert.equal((await underWay).status, 'delivered');
    assert.equal((await attempt(bodyOf(2))).status, 'unavailable', 'whom nobody vouches for any more');
  });
});

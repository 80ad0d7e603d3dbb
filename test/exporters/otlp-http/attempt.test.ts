/** What leaves, and what each answer comes to, over real sockets. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bodyOf } from '../../helpers/delivery-rig.ts';
import { ACCEPT, Destination, HANG, type Reply } from '../../helpers/destination.ts';
import { startExporter } from '../../helpers/otlp-http-exporter.ts';
import { encodeByOracle } from '../../helpers/otlp-protobuf-oracle.ts';
import { protobufOf } from '../../helpers/protobuf.ts';
import { FaultyProxy } from '../../helpers/proxy.ts';
import { SAMPLES } from '../../helpers/samples.ts';
import { until } from '../../helpers/until.ts';

const BODY = bodyOf(1);

/** One attempt against this reply. */
async function outcomeOf(reply: Reply, timeoutMs?: number) {
  const destination = await Destination.open(() => reply);
  const { attempt } = await startExporter(`endpoint: ${destination.url}`);
  const outcome = await attempt(BODY, timeoutMs);
  await destination.close();
  return { outcome, destination, url: `${destination.url}/v1/traces` };
}

/** Bytes on the socket, as they are. */
const raw =
  (text: string | Buffer, end = true): Reply =>
  (socket: Socket) => {
    socket.write(text);
    if (end) socket.end();
  };

describe('an attempt', () => {
  it('posts the bytes that came, with what describes them', async () => {
    const destination = await Destination.open();
    const { attempt } = await startExporter(`endpoint: ${destination.url}\ncompression: none`);
    for (const { body } of SAMPLES) assert.deepEqual(await attempt(body), { status: 'delivered', partial: undefined });
    assert.deepEqual(
      destination.arrived.map((request) => request.raw),
      SAMPLES.map(({ body }) => body),
    );
    const [{ method, path, headers } = assert.fail()] = destination.arrived;
    assert.deepEqual(
      [method, path, headers['content-type'], headers['user-agent']],
      ['POST', '/v1/traces', 'application/json', 'spanmeter'],
    );
    assert.equal(headers['content-encoding'], undefined);
    assert.equal(headers['content-length'], String(SAMPLES[0]!.body.length));
  });

  it('posts protobuf as protobuf', async () => {
    const destination = await Destination.open();
    const { attempt } = await startExporter(`endpoint: ${destination.url}`);
    const bodies = SAMPLES.map(({ body }) => protobufOf(body));
    for (const body of bodies) await attempt(body, 5000, 'protobuf');
    assert.deepEqual(destination.accepted, bodies);
    assert.equal(destination.arrived[0]?.headers['content-type'], 'application/x-protobuf');
  });

  for (const [written, came, type] of [
    ['proto', 'json', 'application/x-protobuf'],
    ['proto', 'protobuf', 'application/x-protobuf'],
    ['json', 'json', 'application/json'],
    ['json', 'protobuf', 'application/json'],
  ] as const) {
    it(`encodes as "encoding: ${written}" says what came as ${came}`, async () => {
      const destination = await Destination.open();
      const { attempt } = await startExporter(`endpoint: ${destination.url}\nencoding: ${written}`);
      for (const { name, body } of SAMPLES) {
        const protobuf = protobufOf(body);
        const outcome = await attempt(came === 'json' ? body : protobuf, 5000, came);
        assert.deepEqual(outcome, { status: 'delivered', partial: undefined });
        const arrived = destination.accepted.at(-1) ?? assert.fail();
        assert.deepEqual(written === 'json' ? protobufOf(arrived) : arrived, protobuf, name);
        assert.equal(destination.arrived.at(-1)?.headers['content-type'], type);
      }
    });
  }

  const compressions = [
    { yaml: '', coding: 'gzip' },
    { yaml: 'compression: gzip\ncompression_params: { level: 1 }', coding: 'gzip' },
    { yaml: 'compression: zstd', coding: 'zstd' },
    { yaml: 'compression: zstd\ncompression_params: { level: 19 }', coding: 'zstd' },
    { yaml: 'compression: zlib', coding: 'zlib' },
    { yaml: 'compression: deflate\ncompression_params: { level: 9 }', coding: 'deflate' },
  ];
  for (const { yaml, coding } of compressions) {
    it(`compresses with ${coding} (${yaml.replaceAll('\n', ', ') || 'by default'})`, async () => {
      const destination = await Destination.open();
      const { attempt } = await startExporter(`endpoint: ${destination.url}\n${yaml}`);
      await attempt(SAMPLES[0]!.body);
      assert.equal(destination.arrived[0]!.headers['content-encoding'], coding);
      assert.deepEqual(destination.arrived[0]!.body, SAMPLES[0]!.body);
      assert.ok(destination.arrived[0]!.raw.length < SAMPLES[0]!.body.length);
    });
  }

  it('adds the headers of the config; a blank that was written as %20 is one', async () => {
    const destination = await Destination.open();
    const { attempt } = await startExporter(
      `endpoint: ${destination.url}\nheaders: { Authorization: "Basic%20abc", X-Scope-OrgID: a%20b, Content-Type: text/html }`,
    );
    await attempt(BODY);
    const { headers } = destination.arrived[0]!;
    assert.deepEqual(
      [headers.authorization, headers['x-scope-orgid'], headers['content-type']],
      ['Basic abc', 'a%20b', 'application/json'],
    );
  });

  it('adds what its authenticator proves, over a header of the same name', async () => {
    const destination = await Destination.open();
    const yaml = `endpoint: ${destination.url}\nauth: { authenticator: a }\nheaders: { authorization: old }`;
    const { attempt } = await startExporter(yaml, { credentials: () => ({ Authorization: 'Bearer new' }) });
    await attempt(BODY);
    assert.equal(destination.arrived[0]!.headers.authorization, 'Bearer new');
  });

  it('is impossible with an authenticator that can only check others', async () => {
    const yaml = 'endpoint: http://127.0.0.1:1\nauth: { authenticator: basicauth/in }';
    await assert.rejects(startExporter(yaml, { identify: () => undefined }), {
      message: 'cannot use "basicauth/in" for requests: it has no credentials to send',
    });
  });

  it('uses one connection for requests that follow each other', async () => {
    const destination = await Destination.open((_, nth) => (nth % 2 ? ACCEPT : { status: 503, body: 'x'.repeat(1000) }));
    const { attempt } = await startExporter(`endpoint: ${destination.url}`);
    for (let request = 0; request < 6; request++) await attempt(BODY);
    assert.equal(destination.connections, 1);
  });

  it('uses a connection each where keep-alive is off', async () => {
    const destination = await Destination.open();
    const { attempt } = await startExporter(`endpoint: ${destination.url}\ndisable_keep_alives: true`);
    for (let request = 0; request < 3; request++) await attempt(BODY);
    assert.equal(destination.connections, 3);
  });

  it('opens no more connections than it may', async () => {
    const destination = await Destination.open();
    const { attempt } = await startExporter(`endpoint: ${destination.url}\nmax_conns_per_host: 1`);
    await Promise.all([attempt(BODY), attempt(BODY), attempt(BODY)]);
    assert.equal(destination.connections, 1);
  });

  it('closes a connection that was not used for idle_conn_timeout', async () => {
    const destination = await Destination.open();
    const { attempt } = await startExporter(`endpoint: ${destination.url}\nidle_conn_timeout: 20ms`);
    await attempt(BODY);
    await until('no connection', () => destination.open === 0);
  });
});

describe('the outcome of an attempt', () => {
  const statuses = [
    { status: 200, outcome: 'delivered' },
    { status: 202, outcome: 'delivered' },
    { status: 204, outcome: 'delivered' },
    ...[429, 502, 503, 504].map((status) => ({ status, outcome: 'unavailable' })),
    ...[400, 413, 431].map((status) => ({ status, outcome: 'bad_batch' })),
    ...[300, 301, 302, 303, 304, 307, 308, 401, 403, 404, 405, 407].map((status) => ({ status, outcome: 'denied' })),
    ...[402, 406, 408, 409, 410, 411, 412, 414, 415, 418, 421, 422, 423, 425, 426, 451, 500, 501, 505, 507, 511, 599].map(
      (status) => ({ status, outcome: 'refused' }),
    ),
  ];
  it('follows from the status', async () => {
    const destination = await Destination.open(() => ({ status: statuses[destination.arrived.length]!.status }));
    const { attempt } = await startExporter(`endpoint: ${destination.url}`);
    for (const { status, outcome } of statuses) {
      const got = await attempt(BODY);
      assert.equal(got.status, outcome, String(status));
      if (got.status !== 'delivered')
        assert.ok(got.reason.startsWith(`${destination.url}/v1/traces answered ${status}`), got.reason);
    }
    assert.equal(destination.arrived.length, statuses.length, 'each was sent once');
  });

  it('tells too many requests from an absent destination', async () => {
    const { outcome } = await outcomeOf({ status: 429, headers: { 'retry-after': '7' } });
    assert.deepEqual({ ...outcome, reason: '' }, { status: 'unavailable', reason: '', retryAfterMs: 7000, throttled: true });
  });

  for (const status of [301, 302, 303, 307, 308]) {
    it(`is a refusal after ${status}: nothing goes to the other address, least of all credentials`, async () => {
      const other = await Destination.open();
      const destination = await Destination.open(() => ({ status, headers: { location: `${other.url}/v1/traces` } }));
      const { attempt } = await startExporter(`endpoint: ${destination.url}\nheaders: { authorization: secret }`);
      assert.equal((await attempt(BODY)).status, 'denied');
      assert.equal(other.connections, 0);
    });
  }

  const json = { 'content-type': 'application/json' };
  const bodies: readonly { what: string; reply: Reply }[] = [
    { what: 'nothing', reply: { status: 200 } },
    { what: 'text that is no JSON', reply: { status: 200, headers: json, body: '{"partialSucc' } },
    { what: 'JSON of another form', reply: { status: 200, headers: json, body: '[{"partialSuccess":7}]' } },
    { what: 'null', reply: { status: 200, headers: json, body: 'null' } },
    {
      what: 'a field that every object inherits',
      reply: { status: 200, headers: json, body: '{"partialSuccess":"constructor"}' },
    },
    {
      what: 'protobuf',
      reply: { status: 200, headers: { 'content-type': 'application/x-protobuf' }, body: Buffer.from([10, 0]) },
    },
    { what: 'HTML', reply: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' } },
    { what: 'gzip that is none', reply: { status: 200, headers: { 'content-encoding': 'gzip' }, body: 'no gzip' } },
    {
      what: 'gzip that is cut off',
      reply: { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync('{"a":1}'.repeat(99)).subarray(0, 20) },
    },
    { what: 'less than announced', reply: raw('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}') },
    { what: 'more than announced', reply: raw('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}{}{}{}') },
    { what: 'a broken chunk', reply: raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n') },
  ];
  for (const { what, reply } of bodies) {
    it(`is a delivery when the text of a 200 is ${what}`, async () => {
      assert.deepEqual((await outcomeOf(reply)).outcome, { status: 'delivered', partial: undefined });
    });
  }

  it('is a delivery when a 200 comes but its text never ends', async () => {
    const { outcome } = await outcomeOf(raw('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{', false), 40);
    assert.equal(outcome.status, 'delivered');
  });

  const partial = '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}';
  const partialProtobuf = Buffer.from(encodeByOracle('ExportTraceServiceResponse', JSON.parse(partial)));
  const partials: readonly { what: string; headers: Record<string, string>; body: string | Buffer }[] = [
    { what: 'as JSON', headers: json, body: partial },
    { what: 'with a wrong content type', headers: { 'content-type': 'text/plain' }, body: partial },
    { what: 'without a content type', headers: {}, body: partial },
    { what: 'compressed', headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync(partial) },
    { what: 'as protobuf', headers: { 'content-type': 'application/x-protobuf' }, body: partialProtobuf },
    { what: 'as protobuf with a wrong content type', headers: json, body: partialProtobuf },
    { what: 'as protobuf without a content type', headers: {}, body: partialProtobuf },
  ];
  for (const { what, headers, body } of partials) {
    it(`tells of a partial success ${what}`, async () => {
      const { outcome } = await outcomeOf({ status: 200, headers, body });
      assert.deepEqual(outcome, { status: 'delivered', partial: { rejected: 3, reason: 'too old' } });
    });
  }

  it('cuts the message of a partial success and takes our own secrets out of it', async () => {
    const errorMessage = `bad token canary-token ${'x'.repeat(1000)}`;
    const destination = await Destination.open(() => ({
      status: 200,
      body: JSON.stringify({ partialSuccess: { rejectedSpans: 1, errorMessage } }),
    }));
    const { attempt } = await startExporter(`endpoint: ${destination.url}\nheaders: { authorization: Bearer canary-token }`);
    const outcome = await attempt(BODY);
    assert.ok(outcome.status === 'delivered');
    const { reason = '' } = outcome.partial ?? {};
    assert.ok(reason.startsWith('bad token [REDACTED] xxx'));
    assert.equal(reason.length, 256);
  });

  const hundredMegabytes =
    (head: string): Reply =>
    (socket) => {
      socket.write(`HTTP/1.1 ${head}\r\ncontent-length: 100000000\r\n\r\n`);
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, ' ')));
      };
      socket.on('drain', more);
      more();
    };
  const long: readonly { what: string; reply: Reply; outcome: string }[] = [
    { what: '200 with 100 MB', reply: hundredMegabytes('200 OK'), outcome: 'refused' },
    {
      what: '200 with a gzip bomb',
      reply: { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(50_000_000)) },
      outcome: 'refused',
    },
    { what: '200 with 64 KiB', reply: { status: 200, body: ' '.repeat(65_536) }, outcome: 'delivered' },
    { what: '503 with 100 MB', reply: hundredMegabytes('503 Busy'), outcome: 'unavailable' },
  ];
  for (const { what, reply, outcome } of long) {
    it(`is "${outcome}" after ${what}, of which 64 KiB are read`, async () => {
      const destination = await Destination.open(() => reply);
      const { attempt } = await startExporter(`endpoint: ${destination.url}`);
      assert.equal((await attempt(BODY)).status, outcome);
      if (what.endsWith('100 MB')) await until('the connection is closed', () => destination.open === 0);
    });
  }

  const broken: readonly { what: string; reply: Reply; reason: RegExp }[] = [
    { what: 'a reset before the answer', reply: (socket) => socket.resetAndDestroy(), reason: /ECONNRESET|other side closed/ },
    {
      what: 'a reset within the headers',
      reply: (socket) => socket.write('HTTP/1.1 200 OK\r\ncont', () => socket.resetAndDestroy()),
      reason: /ECONNRESET|other side closed/,
    },
    { what: 'the end of the connection', reply: (socket) => socket.end(), reason: /other side closed/ },
    { what: 'something that is not HTTP', reply: raw('SSH-2.0-OpenSSH\r\n'), reason: /Expected HTTP|Invalid/i },
    {
      what: 'endless headers',
      reply: (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}`),
      reason: /Headers Overflow/,
    },
    { what: 'no answer in time', reply: HANG, reason: /timeout/ },
    { what: 'headers that take too long', reply: (socket) => socket.write('HTTP/1.1 200'), reason: /timeout/ },
  ];
  for (const { what, reply, reason } of broken) {
    it(`is "unavailable" after ${what}`, async () => {
      // Only what waits for a timeout is to have a short one.
      const { outcome, url } = await outcomeOf(reply, reason.test('timeout') ? 100 : 20_000);
      assert.equal(outcome.status, 'unavailable');
      assert.ok(outcome.status === 'unavailable' && outcome.reason.startsWith(`cannot reach ${url}: `));
      assert.match(outcome.reason, reason);
    });
  }

  for (const fault of [{ kind: 'cut', afterBytes: 50 }, { kind: 'stall' }, { kind: 'half_open' }] as const) {
    it(`is "unavailable" behind a network that has the fault ${fault.kind}, and a delivery once it is mended`, async () => {
      const destination = await Destination.open();
      const proxy = await FaultyProxy.open(destination.port);
      proxy.fault = fault;
      const { attempt } = await startExporter(`endpoint: ${proxy.url}`);
      assert.equal((await attempt(BODY, 60)).status, 'unavailable');
      proxy.fault = { kind: 'none' };
      proxy.cutAll();
      assert.equal((await attempt(BODY)).status, 'delivered');
    });
  }

  it('is a delivery behind a slow network', async () => {
    const destination = await Destination.open();
    const proxy = await FaultyProxy.open(destination.port);
    proxy.fault = { kind: 'delay', ms: 30 };
    const { attempt } = await startExporter(`endpoint: ${proxy.url}`);
    assert.equal((await attempt(BODY)).status, 'delivered');
  });

  it('names every address that was tried, where there are several', async () => {
    const destination = await Destination.open();
    await destination.close();
    const { attempt } = await startExporter(`endpoint: http://localhost:${destination.port}`);
    const outcome = await attempt(BODY);
    assert.ok(outcome.status === 'unavailable');
    assert.match(outcome.reason, /connect ECONNREFUSED (127\.0\.0\.1|::1)/);
  });

  it('is "unavailable" when the name cannot be resolved', async () => {
    const { attempt } = await startExporter('endpoint: http://nowhere.invalid:4318');
    const outcome = await attempt(BODY);
    assert.ok(outcome.status === 'unavailable');
    assert.match(outcome.reason, /nowhere\.invalid/);
  });
});

describe('what the exporter says about itself', () => {
  it('names the final URL at start, without its query', async () => {
    const { observer } = await startExporter('endpoint: http://127.0.0.1:4318?token=canary');
    assert.match(observer.text, /"msg":"sending traces".*"url":"http:\/\/127\.0\.0\.1:4318\/v1\/traces\?…"/);
    assert.doesNotMatch(observer.text, /canary/);
  });

  it('warns of credentials without TLS, but not on this machine', async () => {
    const credentials = () => ({ authorization: 'x' });
    const there = await startExporter('endpoint: http://tempo:4318\nauth: { authenticator: a }', { credentials });
    const here = await startExporter('endpoint: http://localhost:4318\nauth: { authenticator: a }', { credentials });
    assert.deepEqual(
      [there, here].map(({ observer }) => observer.sentences('warn')),
      [['credentials are sent without TLS'], []],
    );
  });

  it('never holds a secret, whatever the destination answers', async () => {
    const echo: Reply = {
      status: 401,
      headers: { 'www-authenticate': 'canary-header' },
      body: 'wrong: canary-header canary-token',
    };
    const destination = await Destination.open(() => echo);
    const yaml = `endpoint: ${destination.url}\nauth: { authenticator: a }\nheaders: { x-key: canary-header }`;
    const { attempt, observer } = await startExporter(yaml, { credentials: () => ({ authorization: 'Bearer canary-token' }) });
    for (const status of [200, 400, 401, 429, 500]) {
      destination.script = () => ({ ...echo, status });
      assert.doesNotMatch(JSON.stringify(await attempt(BODY)), /canary/);
    }
    assert.doesNotMatch(observer.text, /canary/);
  });
});

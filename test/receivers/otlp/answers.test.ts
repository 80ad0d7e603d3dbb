import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type IntakeCode, IntakeError } from '../../../src/component/errors.ts';
import { send } from '../../helpers/http.ts';
import { PROTOBUF_TYPE } from '../../helpers/protobuf.ts';
import { SAMPLES, sample } from '../../helpers/samples.ts';
import { checkReceiver, countsOf, DOORKEEPER, openReceiver } from './open-receiver.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const SPAN = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"s"}]}]}]}';
const NO_PROTOBUF = Buffer.from([0x0a]);

describe('what the OTLP receiver takes', async () => {
  const { url, consumed } = await openReceiver();
  const last = () => consumed.at(-1);

  for (const { name, body } of SAMPLES) {
    it(`sample ${name}, byte for byte`, async () => {
      const before = consumed.length;
      const { status, headers, body: answer } = await send(`${url}/v1/traces`, body, { headers: JSON_TYPE });
      assert.deepEqual([status, answer], [200, '{}']);
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(consumed.length - before, name === 'S10b' ? 0 : 1, 'what holds no span is handed to nobody');
      if (name !== 'S10b') assert.deepEqual(last()?.encoded?.bytes, body);
    });
  }

  for (const method of ['POST', 'PUT']) {
    for (const [body, type] of [
      [undefined, undefined],
      ['', 'application/json'],
      ['', 'application/x-protobuf'],
      ['', 'text/plain'],
      ['{}', 'application/json'],
      ['{"resourceSpans":[]}', 'application/json'],
      ['{"resourceSpans":[{"scopeSpans":[{"spans":[]}]}]}', 'application/json'],
      [' \r\n\t ', 'application/json'],
    ] as const) {
      it(`${method} of ${JSON.stringify(body)} as ${type}, which is nothing`, async () => {
        const before = consumed.length;
        const answer = await send(url, body, { method, headers: type === undefined ? {} : { 'content-type': type } });
        assert.deepEqual([answer.status, answer.body], [200, type === 'application/x-protobuf' ? '' : '{}']);
        assert.equal(consumed.length, before);
      });
    }
  }

  for (const type of ['application/json; charset=utf-8', 'Application/JSON', ' application/json ;q=1']) {
    it(`media type "${type}"`, async () => {
      assert.equal((await send(url, SPAN, { headers: { 'content-type': type } })).status, 200);
    });
  }

  for (const path of ['', '/', '/v1/traces', '/otlp/v1/traces', '/v1/traces?token=x', '/?x', '/v1/traces?']) {
    it(`path "${path}"`, async () => {
      const before = consumed.length;
      assert.equal((await send(url + path, SPAN, { headers: JSON_TYPE })).status, 200);
      assert.equal(consumed.length, before + 1);
    });
  }
});

describe("OpenRouter's connection test", async () => {
  const { url, consumed } = await openReceiver({ http: ['auth: { authenticator: door }'], authenticator: DOORKEEPER });
  const headers = { authorization: 'Bearer right', 'x-test-connection': 'true' };

  for (const [what, body, more] of [
    ['no JSON', '{"resourceSpans":', JSON_TYPE],
    ['another shape', '[]', JSON_TYPE],
    ['an unknown media type', 'hello', { 'content-type': 'text/plain' }],
    ['no protobuf', NO_PROTOBUF, PROTOBUF_TYPE],
    ['an unknown encoding', SPAN, { ...JSON_TYPE, 'content-encoding': 'br' }],
    ['broken gzip', SPAN, { ...JSON_TYPE, 'content-encoding': 'gzip' }],
  ] as const) {
    it(`passes with ${what}`, async () => {
      assert.equal((await send(url, body, { headers: { ...headers, ...more } })).status, 200);
      assert.equal(consumed.length, 0);
    });
  }

  it('fails with wrong credentials', async () => {
    assert.equal((await send(url, '', { headers: { ...headers, authorization: 'Bearer wrong' } })).status, 401);
  });

  it('takes the spans that it does send', async () => {
    assert.equal((await send(url, sample('S10a'), { headers: { ...headers, ...JSON_TYPE } })).status, 200);
    assert.equal(consumed.length, 1);
  });
});

describe('what the OTLP receiver refuses', async () => {
  const { url, consumed, log, charged } = await openReceiver();

  async function assertRefused(status: number, grpc: number, ...request: Parameters<typeof send>) {
    const answer = await send(...request);
    assert.equal(answer.status, status);
    assert.equal(answer.headers['content-type'], 'application/json');
    const { code, message, details } = JSON.parse(answer.body);
    assert.equal(code, grpc);
    assert.match(message, /\w{3,}/);
    assert.doesNotMatch(answer.body, /secret/);
    assert.equal(consumed.length, 0);
    assert.equal(charged(), 0);
    return { headers: answer.headers, details };
  }

  for (const body of ['secret', '[]', 'null', '{"resourceSpans":[}', Buffer.from([0xff])]) {
    it(`400: ${JSON.stringify(body)}, with the field at fault, as often as it comes`, async () => {
      for (let time = 0; time < 2; time += 1) {
        const { details } = await assertRefused(400, 3, url, body, { headers: JSON_TYPE });
        assert.equal(details[0]['@type'], 'type.googleapis.com/google.rpc.BadRequest');
        assert.equal(details[0].fieldViolations[0].field, 'body');
      }
    });
  }

  for (const path of ['/v1/traces/', '//v1/traces', '/v1/metrics', '/v1/logs', '/V1/TRACES', '/x?/v1/traces', '/metrics']) {
    it(`404: ${path}`, async () => {
      await assertRefused(404, 12, url + path, SPAN, { headers: JSON_TYPE });
    });
  }

  for (const method of ['GET', 'OPTIONS', 'DELETE', 'PATCH', 'TRACE']) {
    it(`405: ${method}`, async () => {
      const { allow } = (await assertRefused(405, 12, `${url}/v1/traces`, undefined, { method })).headers;
      assert.equal(allow, 'POST, PUT');
    });
  }

  it('405: HEAD, without a body', async () => {
    const { status, headers, body } = await send(url, undefined, { method: 'HEAD' });
    const { allow } = headers;
    assert.deepEqual([status, allow, body], [405, 'POST, PUT', '']);
  });

  for (const type of ['application/protobuf', 'text/plain', 'application/jsonx', undefined]) {
    it(`415: ${type}`, async () => {
      const headers = type === undefined ? {} : { 'content-type': type };
      const answer = await assertRefused(415, 12, url, SPAN, { headers });
      assert.equal(answer.headers['accept-encoding'], undefined);
    });
  }

  it('logs none of it', () =>
    assert.deepEqual(
      log.map(({ message }) => message),
      ['listening'],
    ));
});

describe('authentication', async () => {
  const { url, consumed, counters } = await openReceiver({ http: ['auth: { authenticator: door }'], authenticator: DOORKEEPER });

  for (const [path, method, authorization] of [
    ['/v1/traces', 'POST', undefined],
    ['/v1/traces', 'POST', 'Bearer wrong'],
    ['/v1/traces', 'POST', ''],
    ['/v1/traces', 'POST', 'Basic right'],
    ['/nowhere', 'POST', undefined],
    ['/v1/traces', 'DELETE', undefined],
  ] as const) {
    it(`is asked for first: ${method} ${path} with ${authorization}`, async () => {
      const headers = { ...JSON_TYPE, ...(authorization !== undefined && { authorization }) };
      const answer = await send(url + path, method === 'POST' ? 'not even JSON' : undefined, { method, headers });
      assert.equal(answer.status, 401);
      assert.equal(answer.headers['www-authenticate'], 'Bearer realm="spanmeter"');
      assert.deepEqual(JSON.parse(answer.body), { code: 16, message: 'credentials are missing or wrong' });
    });
  }

  it('lets in who is known', async () => {
    const headers = { ...JSON_TYPE, authorization: 'Bearer right' };
    assert.equal((await send(url, SPAN, { headers })).status, 200);
    assert.equal(consumed.length, 1);
    assert.equal(
      countsOf(counters)['otelcol_receiver_requests_total{"receiver":"otlp","transport":"http","outcome":"failure"}'],
      6,
    );
  });
});

describe('what the journal says', () => {
  for (const [code, status, grpc, retryAfter] of [
    ['malformed', 400, 3, undefined],
    ['unauthenticated', 401, 16, undefined],
    ['forbidden', 403, 7, undefined],
    ['not_found', 404, 12, undefined],
    ['bad_method', 405, 12, undefined],
    ['too_large', 413, 8, undefined],
    ['unsupported_media_type', 415, 12, undefined],
    ['unsupported_encoding', 415, 12, undefined],
    ['throttled', 429, 14, '1'],
    ['unavailable', 503, 14, '1'],
  ] as const satisfies readonly (readonly [IntakeCode, number, number, string | undefined])[]) {
    it(`is answered: ${code} ${status}`, async () => {
      const { url, log, charged } = await openReceiver({ consume: () => Promise.reject(new IntakeError(code, 'as it is')) });
      const answer = await send(url, SPAN, { headers: JSON_TYPE });
      assert.equal(answer.status, status);
      assert.equal(answer.headers['retry-after'], retryAfter);
      const body = JSON.parse(answer.body);
      assert.deepEqual([body.code, body.message], [grpc, 'as it is']);
      assert.equal(log.length, 1, 'who is told need not be logged');
      assert.equal(charged(), 0);
    });
  }

  for (const [seconds, header] of [
    [10, '10'],
    [0, '1'],
    [2.2, '3'],
  ] as const) {
    it(`to try again after ${seconds} s is rounded up to a whole second: ${header}`, async () => {
      const error = new IntakeError('unavailable', 'full', { retryAfterSeconds: seconds });
      const { url } = await openReceiver({ consume: () => Promise.reject(error) });
      assert.equal((await send(url, SPAN, { headers: JSON_TYPE })).headers['retry-after'], header);
    });
  }

  it('unforeseen is logged and answered 503, since nobody tries again after 500', async () => {
    const bug = new TypeError('secret is not a function');
    const { url, log, counters } = await openReceiver({ consume: () => Promise.reject(bug) });
    const answer = await send(url, SPAN, { headers: JSON_TYPE });
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '1']);
    assert.doesNotMatch(answer.body, /secret/);
    assert.deepEqual(log.at(-1), { level: 'error', message: 'cannot take a request', fields: { error: bug } });
    assert.deepEqual(countsOf(counters), {
      'otelcol_receiver_refused_spans_total{"receiver":"otlp","transport":"http"}': 1,
      'otelcol_receiver_requests_total{"receiver":"otlp","transport":"http","outcome":"refused"}': 1,
    });
  });

  it('is awaited before the answer', async () => {
    let take: () => void = assert.fail;
    const held = new Promise<void>((resolve) => (take = resolve));
    const { url } = await openReceiver({ consume: () => held.then(() => ({ rejected: 0, reason: '' })) });
    let answered = false;
    const sent = send(url, SPAN, { headers: JSON_TYPE }).finally(() => (answered = true));
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(answered, false);
    take();
    assert.equal((await sent).status, 200);
  });

  it('is cut at 1 KiB, between characters', async () => {
    const { url } = await openReceiver({ consume: () => Promise.reject(new IntakeError('malformed', `x${'é'.repeat(2000)}`)) });
    const { message } = JSON.parse((await send(url, SPAN, { headers: JSON_TYPE })).body);
    assert.equal(message, `x${'é'.repeat(511)}`);
  });
});

describe('a refusal', () => {
  it('says what the authenticator wants', async () => {
    const authenticator = { ...DOORKEEPER, challenge: 'Basic realm="x"' };
    const { url } = await openReceiver({ http: ['auth: { authenticator: door }'], authenticator });
    const { status, headers } = await send(url, SPAN, { headers: JSON_TYPE });
    assert.deepEqual([status, headers['www-authenticate']], [401, 'Basic realm="x"']);
  });

  it('says which encodings are taken here', async () => {
    const { url } = await openReceiver({ http: ['compression_algorithms: [zstd, zlib, snappy]'] });
    const { status, headers } = await send(url, SPAN, { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } });
    assert.deepEqual([status, headers['accept-encoding']], [415, 'zstd']);
  });
});

describe('a partial success', () => {
  const MIXED = '{"resourceSpans":[7,{"scopeSpans":[{"spans":[{"name":"s","kind":"?"},{},null]}]}]}';

  it('counts what could not be read, and hands on the rest', async () => {
    const { url, consumed, counters } = await openReceiver();
    const { status, body } = await send(url, MIXED, { headers: JSON_TYPE });
    assert.equal(status, 200);
    const { partialSuccess } = JSON.parse(body);
    assert.equal(partialSuccess.rejectedSpans, '2');
    assert.match(partialSuccess.errorMessage, /^cannot read /);
    assert.deepEqual(consumed, [{ signal: 'traces', resources: [{ scopeSpans: [{ spans: [{ name: 's' }, {}] }] }] }]);
    assert.deepEqual(countsOf(counters), {
      'otelcol_receiver_accepted_spans_total{"receiver":"otlp","transport":"http"}': 2,
      'otelcol_receiver_failed_spans_total{"receiver":"otlp","transport":"http"}': 2,
      'otelcol_receiver_requests_total{"receiver":"otlp","transport":"http","outcome":"success"}': 1,
      'spanmeter_receiver_field_faults_total{"field":"span.kind"}': 1,
    });
  });

  it('adds what the pipelines refused', async () => {
    const { url, counters } = await openReceiver({ consume: async () => ({ rejected: 1, reason: 'too odd' }) });
    const { body } = await send(url, MIXED, { headers: JSON_TYPE });
    assert.equal(JSON.parse(body).partialSuccess.rejectedSpans, '3');
    assert.match(
      JSON.parse(body).partialSuccess.errorMessage,
      /^cannot read .*; too odd; 1 field could not be read: span\.kind$/,
    );
    assert.equal(countsOf(counters)['otelcol_receiver_accepted_spans_total{"receiver":"otlp","transport":"http"}'], 1);
  });

  it('may be a warning that rejects nothing', async () => {
    const { url } = await openReceiver({ consume: async () => ({ rejected: 0, reason: 'mind the gap' }) });
    const { body } = await send(url, SPAN, { headers: JSON_TYPE });
    assert.deepEqual(JSON.parse(body), { partialSuccess: { errorMessage: 'mind the gap' } });
  });

  it('names the fields that could not be read, and not what they held', async () => {
    const { url, consumed } = await openReceiver();
    const body = SPAN.replace('"name":"s"', '"name":"s","kind":"secret","attributes":["secret",7],"events":{"secret":1}');
    const answer = await send(url, body, { headers: JSON_TYPE });
    assert.equal(answer.status, 200);
    assert.deepEqual(JSON.parse(answer.body), {
      partialSuccess: { errorMessage: '4 fields could not be read: span.kind, span.attributes, span.events' },
    });
    assert.equal(consumed.length, 1);
  });

  it('may be all there is', async () => {
    const { url, consumed } = await openReceiver();
    const { status, body } = await send(url, '{"resourceSpans":[1,2]}', { headers: JSON_TYPE });
    assert.equal(status, 200);
    assert.equal(JSON.parse(body).partialSuccess.rejectedSpans, '2');
    assert.equal(consumed.length, 0);
  });
});

describe('settings of the OTLP receiver', () => {
  it('traces_url_path moves traces to one path, with or without its slash', async () => {
    for (const written of ['/in', 'in']) {
      const { url } = await openReceiver({ http: [`traces_url_path: ${written}`] });
      assert.equal((await send(`${url}/in`, SPAN, { headers: JSON_TYPE })).status, 200);
      for (const path of ['/', '/v1/traces', '/otlp/v1/traces']) assert.equal((await send(url + path, '', {})).status, 404);
    }
  });

  it('without a pipeline for traces there is nothing to be found', async () => {
    const { url } = await openReceiver({ signals: [] });
    assert.equal((await send(`${url}/v1/traces`, SPAN, { headers: JSON_TYPE })).status, 404);
  });

  it('keep_alives_enabled: false closes after each answer', async () => {
    const { url } = await openReceiver({ http: ['keep_alives_enabled: false'] });
    const { connection } = (await send(url, SPAN, { headers: JSON_TYPE })).headers;
    assert.equal(connection, 'close');
  });

  for (const [yaml, code, text] of [
    ['protocols:', 'missing_key', /protocols.http/],
    ['protocols:\n  http:\n  grpc:', 'unsupported', /gRPC is not available yet; use protocols.http/],
    ['protocols:\n  http:\n    cors: {}', 'unsupported', /put a proxy in front/],
    ['protocols:\n  http:\n    transport: unix', 'unsupported', /TCP/],
    ['protocols:\n  http:\n    write_timeout: 5s', 'no_effect', /a few bytes/],
    ['protocols:\n  http:\n    max_request_body_size: 0', 'wrong_value', /more than 0/],
    ['protocols:\n  http:\n    endpont: x', 'unknown_key', /endpoint/],
  ] as const) {
    it(`are checked: ${JSON.stringify(yaml)} is ${code}`, () => {
      const { faults } = checkReceiver(yaml);
      assert.deepEqual(
        faults.map((fault) => fault.code),
        [code],
      );
      assert.match(JSON.stringify(faults), text);
    });
  }

  it('have defaults for all of "http:"', () => {
    const { config, faults } = checkReceiver('protocols:\n  http:');
    assert.deepEqual(faults, []);
    const { endpoint, max_request_body_size } = config?.protocols.http ?? {};
    assert.deepEqual(
      { endpoint, max_request_body_size },
      { endpoint: { host: 'localhost', port: 4318 }, max_request_body_size: 20_971_520 },
    );
  });
});

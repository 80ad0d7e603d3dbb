import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type IntakeCode, IntakeError } from '../../../src/component/errors.ts';
import { send } from '../../helpers/http.ts';
import { canonical, decodeByOracle } from '../../helpers/otlp-protobuf-oracle.ts';
import { PROTOBUF_TYPE, protobufOf } from '../../helpers/protobuf.ts';
import { RawClient } from '../../helpers/raw-client.ts';
import { SAMPLES, sample } from '../../helpers/samples.ts';
import { DOORKEEPER, openReceiver } from './open-receiver.ts';

const SPAN = protobufOf('{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"s"}]}]}]}');
const TYPE = PROTOBUF_TYPE['content-type'];

describe('protobuf to the OTLP receiver', async () => {
  const { url, port, consumed } = await openReceiver();

  for (const { name, body } of SAMPLES) {
    it(`is taken, byte for byte, and means the same as JSON: ${name}`, async () => {
      const before = consumed.length;
      const bytes = protobufOf(body);
      const { status, headers, bytes: answer } = await send(`${url}/v1/traces`, bytes, { headers: PROTOBUF_TYPE });
      assert.deepEqual([status, answer.length, headers['content-length']], [200, 0, '0']);
      assert.equal(headers['content-type'], TYPE);
      assert.equal(consumed.length - before, name === 'S10b' ? 0 : 1, 'what holds no span is handed to nobody');
      if (name === 'S10b') return;
      const batch = consumed.at(-1) ?? assert.fail();
      assert.deepEqual(batch.encoded, { encoding: 'protobuf', bytes, mergeable: true });
      assert.deepEqual(canonical({ resourceSpans: batch.resources }), decodeByOracle('ExportTraceServiceRequest', bytes));
    });
  }

  for (const type of ['application/x-protobuf; charset=utf-8', 'Application/X-Protobuf', ' application/x-protobuf ;q=1']) {
    it(`is told by its media type: "${type}"`, async () => {
      const { status, headers } = await send(url, SPAN, { headers: { 'content-type': type } });
      assert.deepEqual([status, headers['content-type']], [200, TYPE]);
    });
  }

  it('may be compressed', async () => {
    const bytes = protobufOf(sample('S02'));
    const headers = { ...PROTOBUF_TYPE, 'content-encoding': 'gzip' };
    assert.equal((await send(url, gzipSync(bytes), { headers })).status, 200);
    assert.deepEqual(Buffer.from(consumed.at(-1)?.encoded?.bytes ?? []), bytes);
  });

  it('and JSON come on one connection, each answered in its own encoding', async () => {
    const client = await RawClient.open(port);
    const head = (type: string, length: number) =>
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
    client.socket.write(Buffer.concat([Buffer.from(head(TYPE, SPAN.length)), SPAN]));
    client.socket.write(`${head('application/json', 2)}{}`);
    assert.deepEqual(await client.untilStatuses(2), [200, 200]);
    assert.match(client.received, /x-protobuf[\s\S]*\r\n\r\nHTTP\/1\.1 200 [\s\S]*application\/json[\s\S]*\{\}$/);
    client.socket.destroy();
  });

  it('made of white space is not mistaken for nothing', async () => {
    assert.equal((await send(url, ' ', { headers: PROTOBUF_TYPE })).status, 400);
  });
});

describe('a refusal of protobuf', () => {
  for (const [code, status, grpc] of [
    ['malformed', 400, 3],
    ['unauthenticated', 401, 16],
    ['too_large', 413, 8],
    ['throttled', 429, 14],
    ['unavailable', 503, 14],
  ] as const satisfies readonly (readonly [IntakeCode, number, number])[]) {
    it(`is a google.rpc.Status in protobuf: ${code}`, async () => {
      const { url } = await openReceiver({ consume: () => Promise.reject(new IntakeError(code, 'as it is')) });
      const { status: answered, headers, bytes } = await send(url, SPAN, { headers: PROTOBUF_TYPE });
      assert.deepEqual([answered, headers['content-type']], [status, TYPE]);
      const { details, ...rest } = decodeByOracle('RpcStatus', bytes) as { details?: { typeUrl: string; value: string }[] };
      assert.deepEqual(rest, { code: grpc, message: 'as it is' });
      if (code !== 'malformed') return assert.equal(details, undefined);
      assert.equal(details?.[0]?.typeUrl, 'type.googleapis.com/google.rpc.BadRequest');
      assert.deepEqual(decodeByOracle('BadRequest', Buffer.from(details[0].value, 'base64')), {
        fieldViolations: [{ field: 'body', description: 'as it is' }],
      });
    });
  }

  for (const [what, body, path, status] of [
    ['what is no message', Buffer.from('secret'), '/', 400],
    ['a message that is cut', SPAN.subarray(0, -1), '/', 400],
    ['JSON under its name', Buffer.from('{"resourceSpans":[]}'), '/', 400],
    ['an unknown path', SPAN, '/v1/metrics', 404],
  ] as const) {
    it(`answers ${status} to ${what}`, async () => {
      const { url, consumed, log, charged } = await openReceiver();
      const { status: answered, headers, bytes } = await send(url + path, body, { headers: PROTOBUF_TYPE });
      assert.deepEqual([answered, headers['content-type']], [status, TYPE]);
      assert.doesNotMatch(JSON.stringify(decodeByOracle('RpcStatus', bytes)), /secret/);
      assert.deepEqual([consumed.length, log.length, charged()], [0, 1, 0]);
    });
  }

  it('for its credentials comes before its body is looked at', async () => {
    const { url } = await openReceiver({ http: ['auth: { authenticator: door }'], authenticator: DOORKEEPER });
    const { status, bytes } = await send(url, Buffer.from('?'), { headers: PROTOBUF_TYPE });
    assert.equal(status, 401);
    assert.deepEqual(decodeByOracle('RpcStatus', bytes), { code: 16, message: 'credentials are missing or wrong' });
  });
});

describe('a partial success in protobuf', () => {
  it('counts what the pipelines refused', async () => {
    const { url } = await openReceiver({ consume: async () => ({ rejected: 1, reason: 'too odd' }) });
    const { status, bytes } = await send(url, SPAN, { headers: PROTOBUF_TYPE });
    assert.equal(status, 200);
    assert.deepEqual(decodeByOracle('ExportTraceServiceResponse', bytes), {
      partialSuccess: { rejectedSpans: '1', errorMessage: 'too odd' },
    });
  });

  it('is a warning where a field could not be read', async () => {
    const { url } = await openReceiver();
    const kind = Buffer.from([0x0a, 0x06, 0x12, 0x04, 0x12, 0x02, 0x30, 0x63]); // kind 99
    const { status, bytes } = await send(url, kind, { headers: PROTOBUF_TYPE });
    assert.equal(status, 200);
    assert.deepEqual(decodeByOracle('ExportTraceServiceResponse', bytes), {
      partialSuccess: { errorMessage: '1 field could not be read: span.kind' },
    });
  });
});

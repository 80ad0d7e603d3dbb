/** Spans about the daemon's own work, sent to a real socket. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { trace } from '@opentelemetry/api';
import { IntakeError } from '../../src/component/errors.ts';
import { Telemetry } from '../../src/config/telemetry-fields.ts';
import { OwnTracer } from '../../src/telemetry/tracer.ts';
import { configOf } from '../helpers/component.ts';
import { type Arrived, Destination, HANG, type Script } from '../helpers/destination.ts';
import { Observer } from '../helpers/observer.ts';

type Sent = Readonly<{
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  status: object;
  attributes: readonly Readonly<{ key: string; value: object }>[];
}>;

async function open(
  test: TestContext,
  { script, settings = '', now }: { script?: Script; settings?: string; now?: () => number } = {},
) {
  const destination = await Destination.open(script);
  const observer = new Observer();
  const otlp = `{ endpoint: '${destination.url}'${settings} }`;
  const { processors } = configOf(Telemetry, `traces: { processors: [{ batch: { exporter: { otlp: ${otlp} } } }] }`).traces;
  const resource = { 'service.name': 'spanmeter', 'service.version': '1.2.3' };
  const tracer = new OwnTracer({ processors, resource }, observer.context('telemetry/traces', now));
  test.after(() => tracer.shutdown(AbortSignal.abort()));
  await tracer.start();
  return { tracer, destination, observer, flush: () => tracer.shutdown(AbortSignal.timeout(5_000)) };
}

function resourcesIn({ body }: Arrived) {
  return JSON.parse(body.toString()).resourceSpans;
}

function spansIn(destination: Destination): readonly Sent[] {
  return destination.arrived.flatMap((request) =>
    resourcesIn(request).flatMap((one: { scopeSpans: { spans: Sent[] }[] }) => one.scopeSpans[0]?.spans ?? []),
  );
}

describe('spans of the daemon', () => {
  it('arrive as JSON, with headers of the config, and say whose they are', async (test) => {
    const { tracer, destination, flush } = await open(test, {
      settings: ', headers: { x-scope-orgid: me }, protocol: http/protobuf',
    });
    tracer.begin('receive', {})?.end();
    await flush();
    const [request] = destination.arrived;
    assert.deepEqual(
      [request?.path, request?.headers['content-type'], request?.headers['x-scope-orgid']],
      ['/v1/traces', 'application/json', 'me'],
    );
    assert.deepEqual(resourcesIn(request!)[0].resource.attributes, [
      { key: 'service.name', value: { stringValue: 'spanmeter' } },
      { key: 'service.version', value: { stringValue: '1.2.3' } },
    ]);
  });

  it('keep the path of an endpoint that has one', async (test) => {
    const destination = await Destination.open();
    const { processors } = configOf(
      Telemetry,
      `traces: { processors: [{ batch: { exporter: { otlp: { endpoint: '${destination.url}/otlp/v1/traces' } } } }] }`,
    ).traces;
    const tracer = new OwnTracer({ processors, resource: {} }, new Observer().context('telemetry/traces'));
    test.after(() => tracer.shutdown(AbortSignal.abort()));
    tracer.begin('receive', {})?.end();
    await tracer.shutdown(AbortSignal.timeout(5_000));
    assert.equal(destination.arrived[0]?.path, '/otlp/v1/traces');
  });

  it('stand within each other', async (test) => {
    const { tracer, destination, flush } = await open(test);
    const outer = tracer.begin('receive', { 'spanmeter.receiver': 'otlp' });
    assert.ok(outer);
    await tracer.watch(outer, () => tracer.watch(tracer.beginWithin(outer, 'append'), async () => undefined));
    await flush();
    const [append, receive] = spansIn(destination);
    assert.deepEqual([append?.name, append?.parentSpanId, append?.traceId], ['append', receive?.spanId, receive?.traceId]);
    assert.deepEqual(receive?.attributes, [{ key: 'spanmeter.receiver', value: { stringValue: 'otlp' } }]);
  });

  it('tell of a failure by its code, never by its words', async (test) => {
    const { tracer, destination, flush } = await open(test);
    for (const error of [new IntakeError('unavailable', 'canary'), new Error('canary')]) {
      const span = tracer.begin('receive', {});
      assert.ok(span);
      await assert.rejects(
        tracer.watch(span, () => Promise.reject(error)),
        error,
      );
    }
    await flush();
    assert.deepEqual(
      spansIn(destination).map(({ status }) => status),
      [
        { code: 2, message: 'unavailable' },
        { code: 2, message: 'unforeseen' },
      ],
    );
    assert.doesNotMatch(destination.arrived.map(({ body }) => body.toString()).join(), /canary/);
  });

  it('are ten a second of each kind at most', async (test) => {
    const clock = { ms: 1_000_000 };
    const { tracer } = await open(test, { now: () => clock.ms });
    const begun = (name: string) => Array.from({ length: 25 }, () => tracer.begin(name, {})).filter((span) => span !== undefined);
    assert.deepEqual([begun('receive').length, begun('deliver').length], [10, 10]);
    clock.ms += 1_000;
    assert.equal(begun('receive').length, 10);
  });

  it('do not become those of anybody else: nothing is registered', async (test) => {
    const { destination, flush } = await open(test);
    trace.getTracer('elsewhere').startSpan('leaked').end();
    await flush();
    assert.deepEqual(destination.arrived, []);
  });
});

describe('a destination of own spans that fails', () => {
  it('is named in the log, without what it was sent', async (test) => {
    const script: Script = () => ({ status: 400, body: 'canary' });
    const { tracer, destination, observer, flush } = await open(test, {
      script,
      settings: ', headers: { authorization: secret-canary }',
    });
    tracer.begin('receive', {})?.end();
    await flush();
    const line = observer.lines.map((one) => JSON.parse(one)).find(({ level }) => level === 'warn');
    assert.deepEqual(
      [line?.msg, line?.url, line?.spans],
      ['cannot send spans about this daemon', `${destination.url}/v1/traces`, 1],
    );
    assert.doesNotMatch(observer.text, /canary/);
  });

  it('does not hold up the end beyond the deadline', async (test) => {
    const { tracer, destination } = await open(test, { script: () => HANG, settings: ', timeout: 300' });
    tracer.begin('receive', {})?.end();
    const deadline = new AbortController();
    const stopped = tracer.shutdown(deadline.signal);
    await destination.untilArrived(1);
    deadline.abort();
    await stopped;
  });
});

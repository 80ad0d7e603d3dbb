/** Spans of the daemon's own around requests and deliveries. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Telemetry } from '../../src/config/telemetry-fields.ts';
import { OwnTracer } from '../../src/telemetry/tracer.ts';
import { configOf } from '../helpers/component.ts';
import { bodyOf } from '../helpers/delivery-rig.ts';
import { Destination } from '../helpers/destination.ts';
import { configFor, GraphRig } from '../helpers/graph-rig.ts';
import { post } from '../helpers/http.ts';
import { Observer } from '../helpers/observer.ts';
import { SAMPLES } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

type OwnSpan = Readonly<{
  name: string;
  parentSpanId?: string;
  attributes: readonly { key: string; value: object }[];
  status: object;
}>;

/** What the daemon tells about a request to it, with a destination that answers so. */
async function spansAbout(test: TestContext, bodies: readonly (string | Uint8Array)[], statuses: readonly number[]) {
  const [observatory, tempo] = [
    await Destination.open(),
    await Destination.open((_request, nth) => ({ status: statuses[nth] ?? 200 })),
  ];
  const otlp = `traces: { processors: [{ batch: { exporter: { otlp: { endpoint: '${observatory.url}' } } } }] }`;
  const settings = { processors: configOf(Telemetry, otlp).traces.processors, resource: {} };
  const tracer = new OwnTracer(settings, new Observer().context('telemetry/traces'));
  const rig = await new GraphRig(test, configFor(tempo.url), { tracer }).start();
  for (const body of bodies) assert.equal((await post(`${rig.urlOf('receiver/otlp')}/v1/traces`, body)).status, 200);
  await until('delivered', () => tempo.accepted.length > 0);
  await rig.stop();
  await tracer.shutdown(AbortSignal.timeout(5_000));
  const text = observatory.accepted.join('\n');
  const spans: readonly OwnSpan[] = observatory.accepted.flatMap((body) =>
    JSON.parse(body.toString()).resourceSpans.flatMap(
      (one: { scopeSpans: { spans: OwnSpan[] }[] }) => one.scopeSpans[0]?.spans ?? [],
    ),
  );
  return { text, named: (name: string) => spans.filter((span) => span.name === name) };
}

function attributesOf(span: OwnSpan | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));
}

describe('a request to a daemon that is watched', () => {
  it('is a span with the append within it', async (test) => {
    const body = bodyOf(1, 2);
    const { named } = await spansAbout(test, [body], []);
    const [[receive], [append]] = [named('receive'), named('append')];
    assert.deepEqual(attributesOf(receive), {
      'spanmeter.receiver': 'otlp',
      'spanmeter.signal': 'traces',
      'spanmeter.bytes': body.length,
    });
    assert.deepEqual(attributesOf(append), { 'spanmeter.spans.added': 2, 'spanmeter.spans.duplicate': 0 });
    assert.ok(append?.parentSpanId);
  });

  it('is followed by a span per attempt to deliver it, with the outcome', async (test) => {
    const { named } = await spansAbout(test, [bodyOf(1)], [503, 503]);
    const outcomes = named('deliver').map((span) => attributesOf(span)['spanmeter.outcome']);
    assert.deepEqual(outcomes, ['unavailable', 'unavailable', 'delivered']);
    assert.deepEqual(
      named('deliver').map(({ status }) => status),
      [{ code: 2, message: 'unavailable' }, { code: 2, message: 'unavailable' }, { code: 0 }],
    );
    assert.equal(attributesOf(named('deliver')[0])['spanmeter.exporter'], 'otlp_http/tempo');
  });

  it('leaves nothing of its content there', async (test) => {
    const { text } = await spansAbout(
      test,
      SAMPLES.map(({ body }) => body),
      [],
    );
    for (const { body } of SAMPLES) {
      const values = [...body.toString().matchAll(/"stringValue":"([^"\\]{6,})"/g)].map(([, value = '']) => value);
      assert.deepEqual(
        values.filter((value) => !['spanmeter', 'openrouter', 'unknown'].includes(value) && text.includes(value)),
        [],
      );
    }
  });
});

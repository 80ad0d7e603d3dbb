/** How much goes into one request, over real sockets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, bodyOfOneResource, type Rig, spanId, startRig } from '../helpers/delivery-rig.ts';
import { ACCEPT, Destination, spanIdsIn } from '../helpers/destination.ts';
import { SAMPLES } from '../helpers/samples.ts';
import { until } from '../helpers/until.ts';

const untilSettled = ({ reader }: Rig) => until('everything settled', () => reader.backlog.records === 0);
const batch = (settings: string) => `timeout: 0s\nsending_queue: { batch: { ${settings} } }`;
const ids = (...numbers: readonly number[]) => numbers.map(spanId);

/** What each request held, after all of the backlog went out. */
async function requestsFor(
  yaml: string,
  backlog: readonly string[],
): Promise<{ spans: number[]; rig: Rig; destination: Destination }> {
  const destination = await Destination.open();
  const rig = await startRig(destination.url, { yaml, backlog });
  if (rig.clock.pauses.length > 0) await rig.clock.advance(200);
  await untilSettled(rig);
  await rig.stop();
  return { spans: destination.arrived.map(({ body }) => spanIdsIn(body).length).sort(), rig, destination };
}

describe('a request', () => {
  it('carries what came, byte for byte, where nothing is joined', async () => {
    for (const { name, body } of SAMPLES) {
      const destination = await Destination.open();
      const rig = await startRig(destination.url);
      await rig.append(body);
      if (rig.reader.backlog.records > 0) {
        await destination.untilArrived(1);
        assert.deepEqual(destination.arrived[0]!.body, body, name);
      }
      await rig.stop(1000);
    }
  });

  it('carries at most 8,192 spans by default', async () => {
    const backlog = Array.from({ length: 9 }, (_, index) =>
      bodyOf(...Array.from({ length: 1000 }, (__, span) => index * 1000 + span + 1)),
    );
    const { spans } = await requestsFor('timeout: 0s', backlog);
    assert.deepEqual(spans, [1000, 8000]);
  });

  it('carries at most 4 MiB by default, and a larger record alone', async () => {
    const padding = { key: 'x', value: { stringValue: 'y'.repeat(3_000_000) } };
    const large = (id: number, attributes: unknown[]) =>
      bodyOf(id).replace('"attributes":[]', `"attributes":${JSON.stringify(attributes)}`);
    const { spans } = await requestsFor('timeout: 0s', [large(1, [padding]), large(2, [padding]), large(3, [padding, padding])]);
    assert.deepEqual(spans, [1, 1, 1]);
  });

  it('carries all that came while another was being answered', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const destination = await Destination.open((_, nth) => (nth === 0 ? held.then(() => ACCEPT) : ACCEPT));
    const rig = await startRig(destination.url, { yaml: 'timeout: 0s' });
    await rig.append(bodyOf(1));
    await destination.untilArrived(1);
    for (const id of [2, 3, 4]) await rig.append(bodyOf(id));
    release();
    await untilSettled(rig);
    assert.deepEqual(
      destination.arrived.map(({ body }) => spanIdsIn(body)),
      [ids(1), ids(2, 3, 4)],
    );
    await rig.stop();
  });

  it('is shared by what comes in quick succession, though each is answered at once', async () => {
    const destination = await Destination.open();
    const rig = await startRig(destination.url, { yaml: 'timeout: 0s' });
    const beganMs = performance.now();
    for (let id = 1; id <= 60; id++) {
      await rig.append(bodyOf(id));
      await sleep(5);
    }
    await untilSettled(rig);
    assert.equal(new Set(destination.spanIds).size, 60);
    // Twenty a second, and those at both ends; on a slow machine there is time for more.
    const most = (performance.now() - beganMs) / 45 + 2;
    assert.ok(destination.arrived.length <= most, `${destination.arrived.length} requests, at most ${most}`);
    await rig.stop();
  });

  it('does not wait for long for the answer to another', async () => {
    const destination = await Destination.open((_, nth) => (nth === 0 ? () => undefined : ACCEPT));
    const rig = await startRig(destination.url, { yaml: 'timeout: 0s' });
    await rig.append(bodyOf(1));
    await destination.untilArrived(1);
    await rig.append(bodyOf(2));
    await destination.untilArrived(2);
    assert.deepEqual(spanIdsIn(destination.arrived[1]!.body), ids(2));
    await rig.stop();
  });

  it('does not wait where another one is full', async () => {
    const destination = await Destination.open(() => () => undefined);
    const full = (first: number) => bodyOf(...Array.from({ length: 5000 }, (_, span) => first + span));
    const rig = await startRig(destination.url, { yaml: 'timeout: 0s', backlog: [full(1), full(5001), full(10_001)] });
    await destination.untilArrived(3);
    await rig.stop();
  });

  it('waits for min_size, up to flush_timeout', async () => {
    const destination = await Destination.open();
    const rig = await startRig(destination.url, { yaml: batch('min_size: 4, flush_timeout: 300ms') });
    await rig.append(bodyOf(1));
    assert.equal(await rig.clock.untilSleeping(), 300);
    await rig.append(bodyOf(2));
    await rig.clock.advance(299);
    assert.equal(destination.arrived.length, 0);
    await rig.clock.advance(1);
    await destination.untilArrived(1);
    await rig.append(bodyOf(3));
    await rig.append(bodyOf(4, 5));
    await rig.append(bodyOf(6));
    await destination.untilArrived(2);
    assert.deepEqual(
      destination.arrived.map(({ body }) => spanIdsIn(body)),
      [ids(1, 2), ids(3, 4, 5, 6)],
    );
    await rig.stop(1000);
  });

  it('holds at most max_size spans; a record with more is split', async () => {
    const { spans, destination } = await requestsFor(batch('min_size: 0, max_size: 3'), [
      bodyOf(1, 2),
      bodyOf(3),
      bodyOf(4),
      bodyOfOneResource(5, 6, 7, 8, 9),
    ]);
    assert.deepEqual(spans, [1, 2, 3, 3]);
    assert.deepEqual(destination.spanIds.toSorted(), ids(1, 2, 3, 4, 5, 6, 7, 8, 9));
  });

  it('holds at most max_size bytes; a lone span beyond that is a dead letter and is never sent', async () => {
    const size = bodyOf(1).length;
    const large = bodyOf(2).replace('"call"', `"${'x'.repeat(size)}"`);
    const yaml = batch(`min_size: 0, sizer: bytes, max_size: ${size + 10}`);
    const { spans, rig, destination } = await requestsFor(yaml, [bodyOf(1), large, bodyOf(3, 4)]);
    assert.deepEqual(spans, [1, 1, 1]);
    assert.deepEqual(destination.spanIds.toSorted(), ids(1, 3, 4));
    assert.equal(rig.observer.count('spanmeter_dead_letter_spans_total'), 1);
    assert.match(rig.observer.text, /larger than a request may be/);
  });
});

describe('deliveries side by side', () => {
  it('do not wait for each other: a dead destination delays only itself', async () => {
    const dead = await Destination.open(() => () => undefined);
    const alive = await Destination.open();
    const [stuck, free] = await Promise.all([startRig(dead.url), startRig(alive.url)]);
    for (const rig of [stuck, free]) await rig.append(bodyOf(1));
    await dead.untilArrived(1);
    await untilSettled(free);
    assert.equal(stuck.reader.backlog.records, 1);
    assert.deepEqual(alive.spanIds, ids(1));
    await Promise.all([stuck.stop(), free.stop()]);
  });

  it('bring everything through when most requests fail', async () => {
    // A fixed sequence of 70 % failures, so that a red run can be repeated.
    const failures = [503, 200, 429, 502, 504, 200, 503, 429, 503, 200];
    const destination = await Destination.open((_, nth) => {
      const status = failures[nth % failures.length]!;
      return status === 200 ? ACCEPT : { status };
    });
    const yaml =
      'retry_on_failure: { initial_interval: 1ms, max_interval: 3ms }\nsending_queue: { batch: { min_size: 0, max_size: 100 } }';
    const rig = await startRig(destination.url, { yaml, realTime: true });
    for (let request = 0; request < 200; request++) {
      await rig.append(bodyOf(...Array.from({ length: 50 }, (_, span) => request * 50 + span + 1)));
    }
    await until('everything settled', () => rig.reader.backlog.records === 0, 20_000);
    assert.equal(new Set(destination.spanIds).size, 10_000);
    assert.equal(rig.observer.count('otelcol_exporter_sent_spans_total'), 10_000);
    assert.ok(destination.arrived.length > destination.accepted.length * 2, 'most requests failed');
    await rig.stop();
  });
});

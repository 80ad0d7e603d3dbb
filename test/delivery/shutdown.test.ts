/** How a delivery ends, over real sockets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bodyOf, spanId, startRig } from '../helpers/delivery-rig.ts';
import { ACCEPT, Destination, HANG, type Reply } from '../helpers/destination.ts';
import { until } from '../helpers/until.ts';

const NO_TIMEOUT = 'timeout: 0s';

describe('the shutdown of a delivery', () => {
  it('is safe before the start and twice', async () => {
    const rig = await startRig('http://127.0.0.1:1', { yaml: NO_TIMEOUT });
    await rig.stop();
    await rig.stop();
  });

  it('sends the backlog first where the journal does not outlive the process', async () => {
    const held: (() => void)[] = [];
    const destination = await Destination.open(() => new Promise<Reply>((resolve) => held.push(() => resolve(ACCEPT))));
    const yaml = `${NO_TIMEOUT}\nsending_queue: { num_consumers: 1 }`;
    const rig = await startRig(destination.url, { yaml, drains: true });
    await rig.append(bodyOf(1));
    await destination.untilArrived(1);
    await rig.append(bodyOf(2));
    const stopped = rig.stop(5000);
    held.shift()?.();
    await destination.untilArrived(2);
    held.shift()?.();
    await stopped;
    assert.deepEqual(destination.spanIds, [spanId(1), spanId(2)]);
    assert.equal(rig.reader.backlog.records, 0);
    assert.deepEqual(rig.observer.sentences('error'), []);
  });

  it('goes on trying until the deadline while it sends the backlog', async () => {
    const destination = await Destination.open((_, nth) => (nth === 0 ? { status: 503 } : ACCEPT));
    const rig = await startRig(destination.url, { yaml: NO_TIMEOUT, drains: true, backlog: [bodyOf(1)] });
    await rig.clock.untilSleeping();
    const stopped = rig.stop(5000);
    await rig.clock.advance(5000);
    await stopped;
    assert.deepEqual(destination.spanIds, [spanId(1)]);
  });

  it('tells how many spans are lost when the deadline comes first', async () => {
    const destination = await Destination.open(() => HANG);
    const rig = await startRig(destination.url, { yaml: NO_TIMEOUT, drains: true, backlog: [bodyOf(1, 2)] });
    await destination.untilArrived(1);
    await rig.stop(30);
    assert.equal(rig.reader.backlog.spans, 2);
    assert.deepEqual(rig.observer.sentences('error'), ['spans are lost with the process']);
    assert.deepEqual(rig.observer.sentences('warn'), []);
  });

  it('finishes the attempt that is under way, and takes nothing new, where the journal is durable', async () => {
    let release = () => {};
    const destination = await Destination.open(
      () =>
        new Promise<Reply>((resolve) => {
          release = () => resolve(ACCEPT);
        }),
    );
    const yaml = `${NO_TIMEOUT}\nsending_queue: { num_consumers: 1 }`;
    const rig = await startRig(destination.url, { yaml });
    await rig.append(bodyOf(1));
    await destination.untilArrived(1);
    await rig.append(bodyOf(2));
    const stopped = rig.stop(5000);
    release();
    await stopped;
    assert.deepEqual(destination.spanIds, [spanId(1)]);
    assert.equal(rig.reader.backlog.records, 1);
    assert.deepEqual(rig.observer.sentences('error'), []);
  });

  it('does not wait for the end of a pause', async () => {
    const destination = await Destination.open(() => ({ status: 503 }));
    const rig = await startRig(destination.url, { yaml: NO_TIMEOUT, backlog: [bodyOf(1)] });
    await rig.clock.untilSleeping();
    await rig.stop(60_000);
    assert.equal(rig.reader.backlog.records, 1);
    assert.deepEqual(rig.clock.pauses, []);
  });

  it('cuts an attempt that hangs at the deadline, and leaves nothing open', async () => {
    const destination = await Destination.open(() => HANG);
    const rig = await startRig(destination.url, { backlog: [bodyOf(1)] });
    await destination.untilArrived(1);
    const startedMs = performance.now();
    await rig.stop(30);
    assert.ok(performance.now() - startedMs < 1000);
    assert.equal(rig.reader.backlog.records, 1);
    assert.deepEqual(rig.clock.pauses, []);
    await until('no connection', () => destination.open === 0);
  });

  it('leaves time to close the journal though an attempt hangs', async () => {
    const destination = await Destination.open(() => HANG);
    const rig = await startRig(destination.url, { backlog: [bodyOf(1)] });
    await destination.untilArrived(1);
    const deadline = AbortSignal.timeout(60_000);
    await rig.delivery.shutdown(deadline);
    assert.equal(deadline.aborted, false);
    assert.equal(rig.reader.backlog.records, 1);
    await rig.stop();
  });
});

/** What a delivery does with each outcome, over real sockets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeadLetters } from '../../src/delivery/dead-letters.ts';
import { bodyOf, type Rig, type RigOptions, spanId, startRig } from '../helpers/delivery-rig.ts';
import { ACCEPT, CLOSE, Destination, HANG, RESET, type Reply, spanIdsIn } from '../helpers/destination.ts';
import { until } from '../helpers/until.ts';

const NO_TIMEOUT = 'timeout: 0s';

/** A destination that gives these replies and accepts from then on. */
function replying(...replies: readonly Reply[]): Promise<Destination> {
  return Destination.open((_, nth) => replies[nth] ?? ACCEPT);
}

async function withRig(url: string, options: RigOptions, test: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = await startRig(url, { yaml: NO_TIMEOUT, ...options });
  try {
    await test(rig);
  } finally {
    await rig.stop();
  }
}

const untilSettled = ({ reader }: Rig) => until('everything settled', () => reader.backlog.records === 0);

const counts = ({ observer }: Rig) => ({
  sent: observer.count('otelcol_exporter_sent_spans_total'),
  failed: observer.count('otelcol_exporter_send_failed_spans_total'),
  dead: observer.count('spanmeter_dead_letter_spans_total'),
});

const ids = (...numbers: readonly number[]) => numbers.map(spanId);

describe('a delivery', () => {
  it('sends the backlog as one request and settles it', async () => {
    const destination = await replying();
    await withRig(destination.url, { backlog: [bodyOf(1, 2), bodyOf(3)] }, async (rig) => {
      await untilSettled(rig);
      assert.deepEqual(destination.accepted.map(String), [bodyOf(1, 2, 3)]);
      assert.deepEqual(counts(rig), { sent: 3, failed: 0, dead: 0 });
      assert.equal(rig.delivery.status.state, 'ok');
    });
  });

  it('sends what comes later at once', async () => {
    const destination = await replying();
    await withRig(destination.url, {}, async (rig) => {
      await rig.append(bodyOf(1));
      await destination.untilArrived(1);
      await rig.append(bodyOf(2));
      await untilSettled(rig);
      assert.deepEqual(destination.spanIds, ids(1, 2));
    });
  });

  for (const status of [429, 502, 503, 504]) {
    it(`sends the same bytes again after ${status}, when the pause is over`, async () => {
      const destination = await replying({ status }, { status });
      await withRig(destination.url, { backlog: [bodyOf(1)] }, async (rig) => {
        assert.equal(await rig.clock.untilSleeping(), 5000);
        assert.deepEqual(
          { ...rig.delivery.status, sinceMs: 0 },
          { state: 'retrying', sinceMs: 0, lastError: `${destination.url}/v1/traces answered ${status}` },
        );
        await rig.clock.advance(5000);
        assert.equal(await rig.clock.untilSleeping(), 7500);
        await rig.clock.advance(7500);
        await untilSettled(rig);
        assert.equal(destination.arrived.length, 3);
        assert.equal(new Set(destination.arrived.map(({ raw }) => raw.toString('hex'))).size, 1);
        assert.deepEqual(counts(rig), { sent: 1, failed: 0, dead: 0 });
        assert.equal(rig.delivery.status.state, 'ok');
        assert.deepEqual(rig.observer.sentences('warn'), ['destination cannot take spans']);
      });
    });
  }

  for (const [name, reply] of [
    ['a reset', RESET],
    ['a connection that is closed without an answer', CLOSE],
  ] as const) {
    it(`sends again after ${name}`, async () => {
      const destination = await replying(reply);
      await withRig(destination.url, { backlog: [bodyOf(1)] }, async (rig) => {
        await rig.clock.advance(await rig.clock.untilSleeping());
        await untilSettled(rig);
        assert.deepEqual(destination.spanIds, ids(1));
      });
    });
  }

  it('sends again after a destination that was down came up', async () => {
    const before = await replying();
    await before.close();
    await withRig(`http://127.0.0.1:${before.port}`, { backlog: [bodyOf(1)] }, async (rig) => {
      await rig.clock.untilSleeping();
      assert.match(rig.delivery.status.lastError ?? '', /^cannot reach http:.*: connect ECONNREFUSED/);
      const destination = await Destination.open(() => ACCEPT, { port: before.port });
      await rig.append(bodyOf(2));
      await rig.clock.advance(5000);
      await untilSettled(rig);
      assert.deepEqual(destination.spanIds.toSorted(), ids(1, 2));
    });
  });

  it('sends again what got no answer in time', async () => {
    const destination = await replying(HANG);
    await withRig(destination.url, { yaml: 'timeout: 10s', backlog: [bodyOf(1)] }, async (rig) => {
      await destination.untilArrived(1);
      await rig.clock.advance(10_000);
      await until('a pause', () => rig.clock.pauses[0] === 5000);
      assert.match(rig.delivery.status.lastError ?? '', /: no answer within 10s$/);
      await rig.clock.advance(5000);
      await untilSettled(rig);
      assert.deepEqual(destination.spanIds, ids(1));
    });
  });

  const told: readonly { header: string | readonly string[]; pause: number }[] = [
    { header: '3', pause: 5000 },
    { header: '42', pause: 42_000 },
    { header: 'Thu, 01 Jan 2026 00:01:00 GMT', pause: 60_000 },
    { header: 'Thu, 01 Jan 2015 00:00:00 GMT', pause: 5000 },
    { header: '0', pause: 5000 },
    { header: '-1', pause: 5000 },
    { header: 'abc', pause: 5000 },
    { header: '1000000000', pause: 600_000 },
    { header: ['20', '40'], pause: 40_000 },
  ];
  for (const { header, pause } of told) {
    it(`waits ${pause} ms after Retry-After: ${header}`, async () => {
      const destination = await replying({ status: 429, headers: { 'retry-after': header } });
      await withRig(destination.url, { backlog: [bodyOf(1)] }, async (rig) => {
        assert.equal(await rig.clock.untilSleeping(), pause);
        await rig.clock.advance(pause - 1);
        assert.equal(destination.arrived.length, 1);
        await rig.clock.advance(1);
        await untilSettled(rig);
      });
    });
  }

  it('keeps one pause for all its requests', async () => {
    const destination = await Destination.open(() => ({ status: 503 }));
    const yaml = `${NO_TIMEOUT}\nsending_queue: { num_consumers: 3 }`;
    await withRig(destination.url, { yaml }, async (rig) => {
      await rig.append(bodyOf(1));
      await rig.clock.untilSleeping();
      for (const id of [2, 3, 4]) await rig.append(bodyOf(id));
      const failed = destination.arrived.length;
      for (let tries = 1; tries <= 5; tries++) {
        await rig.clock.advance(await rig.clock.untilSleeping());
        await destination.untilArrived(failed + tries);
        await rig.clock.untilSleeping();
        assert.equal(destination.arrived.length, failed + tries);
      }
      destination.script = () => ACCEPT;
      await rig.clock.advance(30_000);
      await untilSettled(rig);
      assert.deepEqual(destination.spanIds.toSorted(), ids(1, 2, 3, 4));
    });
  });

  it('has no more requests in flight than it may', async () => {
    const held: (() => void)[] = [];
    const destination = await Destination.open(() => new Promise<Reply>((resolve) => held.push(() => resolve(ACCEPT))));
    const yaml = `${NO_TIMEOUT}\nsending_queue: { num_consumers: 2 }`;
    await withRig(destination.url, { yaml }, async (rig) => {
      for (const id of [1, 2, 3, 4]) {
        await rig.append(bodyOf(id));
        if (id <= 2) await destination.untilArrived(id);
      }
      assert.equal(destination.arrived.length, 2);
      held.shift()?.();
      await destination.untilArrived(3);
      assert.deepEqual(spanIdsIn(destination.arrived[2]!.body), ids(3, 4));
      for (const release of held) release();
      await untilSettled(rig);
    });
  });
});

describe('a refused request', () => {
  const holdsBad = (body: Buffer, ...bad: readonly number[]) => spanIdsIn(body).some((id) => ids(...bad).includes(id));

  for (const status of [400, 413, 431]) {
    it(`is taken apart after ${status}; what stays bad alone is a dead letter`, async () => {
      const destination = await Destination.open(({ body }) => (holdsBad(body, 2, 5) ? { status } : ACCEPT));
      await withRig(destination.url, { backlog: [bodyOf(1), bodyOf(2), bodyOf(3, 4, 5, 6)] }, async (rig) => {
        await untilSettled(rig);
        assert.deepEqual(destination.spanIds.toSorted(), ids(1, 3, 4, 6));
        assert.deepEqual(counts(rig), { sent: 4, failed: 2, dead: 2 });
        const bodies = destination.arrived.map(({ body }) => body.toString());
        assert.equal(new Set(bodies).size, bodies.length, 'a request was repeated');
        assert.equal(rig.delivery.status.state, 'ok');
      });
    });
  }

  it('costs at most 20 tries for one bad span in a thousand', async () => {
    const destination = await Destination.open(({ body }) => (holdsBad(body, 777) ? { status: 400 } : ACCEPT));
    const backlog = Array.from({ length: 1000 }, (_, index) => bodyOf(index + 1));
    await withRig(destination.url, { backlog }, async (rig) => {
      await untilSettled(rig);
      assert.deepEqual(counts(rig), { sent: 999, failed: 1, dead: 1 });
      assert.ok(destination.arrived.length <= 21, `${destination.arrived.length} requests`);
    });
  });

  for (const status of [402, 415, 500, 501]) {
    it(`is a dead letter as a whole after ${status}, and is not sent again`, async () => {
      const destination = await replying({ status });
      await withRig(destination.url, { backlog: [bodyOf(1), bodyOf(2)] }, async (rig) => {
        await untilSettled(rig);
        await rig.append(bodyOf(3));
        await destination.untilArrived(2);
        await untilSettled(rig);
        assert.deepEqual(destination.spanIds, ids(3));
        assert.deepEqual(counts(rig), { sent: 1, failed: 2, dead: 2 });
        assert.deepEqual(rig.observer.sentences('error'), ['spans will never be delivered']);
      });
    });
  }

  it('stays in the journal until it is safe as a dead letter, and the delivery is not well meanwhile', async () => {
    const destination = await replying({ status: 500 });
    let full = true;
    const kept: number[] = [];
    const deadLetters: DeadLetters = {
      async keep({ spans }) {
        if (full) throw new Error('cannot keep a dead letter: ENOSPC');
        kept.push(spans);
      },
    };
    await withRig(destination.url, { backlog: [bodyOf(1, 2)], deadLetters }, async (rig) => {
      for (const pauseMs of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
        assert.equal(await rig.clock.untilSleeping(), pauseMs);
        const { state, lastError } = rig.delivery.status;
        assert.deepEqual([state, lastError], ['retrying', 'cannot keep a dead letter: ENOSPC']);
        assert.equal(rig.reader.backlog.spans, 2);
        await rig.clock.advance(pauseMs);
      }
      await rig.append(bodyOf(3));
      await destination.untilArrived(2);
      assert.equal(rig.delivery.status.state, 'retrying', 'though the destination takes others');
      full = false;
      await rig.clock.advance(30_000);
      await untilSettled(rig);
      assert.deepEqual(kept, [2]);
      assert.deepEqual(destination.spanIds, ids(3));
      assert.equal(rig.delivery.status.state, 'ok');
      assert.equal(destination.arrived.length, 2, 'it was refused once');
    });
  });

  for (const status of [301, 302, 307, 308, 401, 403, 404, 405, 407]) {
    it(`waits for a person after ${status}: one probe a minute, nothing is skipped`, async () => {
      const destination = await Destination.open(() => ({ status, headers: { location: 'http://127.0.0.1:1/' } }));
      await withRig(destination.url, { backlog: [bodyOf(1)] }, async (rig) => {
        for (let probe = 1; probe <= 3; probe++) {
          assert.equal(await rig.clock.untilSleeping(), 60_000);
          assert.equal(destination.arrived.length, probe);
          await rig.append(bodyOf(probe + 1));
          await rig.clock.advance(60_000);
        }
        await rig.clock.untilSleeping();
        assert.equal(rig.delivery.status.state, 'blocked');
        assert.deepEqual(counts(rig), { sent: 0, failed: 0, dead: 0 });
        assert.deepEqual(rig.observer.sentences('error'), ['destination refuses us; spans wait until that is mended']);
        destination.script = () => ACCEPT;
        await rig.clock.advance(60_000);
        await untilSettled(rig);
        assert.deepEqual(destination.spanIds.toSorted(), ids(1, 2, 3, 4));
        assert.equal(rig.delivery.status.state, 'ok');
      });
    });
  }

  it('is taken apart after 20 times 429, as it may be larger than what ever passes', async () => {
    const destination = await Destination.open(({ body }) => (spanIdsIn(body).length > 1 ? { status: 429 } : ACCEPT));
    await withRig(destination.url, { backlog: [bodyOf(1, 2)] }, async (rig) => {
      for (let tries = 1; tries < 20; tries++) {
        await rig.clock.untilSleeping();
        assert.equal(destination.arrived.length, tries);
        await rig.clock.advance(30_000);
      }
      await rig.clock.advance(await rig.clock.untilSleeping());
      await untilSettled(rig);
      assert.equal(destination.arrived.length, 22);
      assert.deepEqual(counts(rig), { sent: 2, failed: 0, dead: 0 });
    });
  });

  it('is sent on and on after 429 when it is a lone span', async () => {
    const destination = await Destination.open((_, nth) => (nth < 25 ? { status: 429 } : ACCEPT));
    await withRig(destination.url, { backlog: [bodyOf(1)] }, async (rig) => {
      for (let tries = 1; tries <= 25; tries++) {
        await rig.clock.untilSleeping();
        await rig.clock.advance(30_000);
      }
      await untilSettled(rig);
      assert.deepEqual(counts(rig), { sent: 1, failed: 0, dead: 0 });
    });
  });
});

describe('a partial success', () => {
  const partial = (rejectedSpans: unknown, errorMessage?: string): Reply => ({
    ...ACCEPT,
    status: 200,
    body: JSON.stringify({ partialSuccess: { rejectedSpans, errorMessage } }),
  });
  const rows = [
    { reply: partial('2', 'too old'), sent: 1, failed: 2 },
    { reply: partial(1), sent: 2, failed: 1 },
    { reply: partial('99', 'more than there were'), sent: 0, failed: 3 },
    { reply: partial('0'), sent: 3, failed: 0 },
    { reply: partial('-1'), sent: 3, failed: 0 },
  ];
  for (const { reply, sent, failed } of rows) {
    it(`of ${JSON.stringify(reply)} is counted and not sent again`, async () => {
      const destination = await replying(reply);
      await withRig(destination.url, { backlog: [bodyOf(1, 2, 3)] }, async (rig) => {
        await untilSettled(rig);
        assert.equal(destination.arrived.length, 1);
        assert.deepEqual(counts(rig), { sent, failed, dead: failed });
      });
    });
  }

  it('that only warns is logged once a minute', async () => {
    const destination = await Destination.open(() => partial('0', 'attributes were cut'));
    await withRig(destination.url, {}, async (rig) => {
      const sendAnother = async (id: number) => {
        await rig.append(bodyOf(id));
        await untilSettled(rig);
      };
      const warnings = () =>
        rig.observer.sentences('warn').filter((line) => line === 'destination took the spans with a warning');
      await sendAnother(1);
      await sendAnother(2);
      assert.equal(warnings().length, 1);
      await rig.clock.advance(60_000);
      await sendAnother(3);
      assert.equal(warnings().length, 2);
      assert.deepEqual(counts(rig), { sent: 3, failed: 0, dead: 0 });
    });
  });
});

describe('limits of retrying', () => {
  it('drop spans at the first failure where retrying is off', async () => {
    const destination = await replying({ status: 503 });
    const yaml = `${NO_TIMEOUT}\nretry_on_failure: { enabled: false }`;
    await withRig(destination.url, { yaml, backlog: [bodyOf(1)] }, async (rig) => {
      await untilSettled(rig);
      await rig.append(bodyOf(2));
      await untilSettled(rig);
      assert.deepEqual(destination.spanIds, ids(2));
      assert.deepEqual(counts(rig), { sent: 1, failed: 1, dead: 1 });
    });
  });

  it('drop spans that were not delivered for max_elapsed_time', async () => {
    const destination = await replying({ status: 503 }, { status: 503 }, { status: 503 });
    const yaml = `${NO_TIMEOUT}\nretry_on_failure: { max_elapsed_time: 20s }`;
    await withRig(destination.url, { yaml, backlog: [bodyOf(1)] }, async (rig) => {
      await rig.clock.advance(await rig.clock.untilSleeping());
      await rig.clock.advance(await rig.clock.untilSleeping());
      await untilSettled(rig);
      assert.equal(destination.arrived.length, 3);
      assert.deepEqual(counts(rig), { sent: 0, failed: 1, dead: 1 });
      assert.match(rig.observer.text, /given up after 20s: .* answered 503/);
    });
  });

  it('do not apply to what only a person can mend', async () => {
    const destination = await Destination.open(() => ({ status: 401 }));
    const yaml = `${NO_TIMEOUT}\nretry_on_failure: { max_elapsed_time: 1s }`;
    await withRig(destination.url, { yaml, backlog: [bodyOf(1)] }, async (rig) => {
      for (let probe = 0; probe < 3; probe++) await rig.clock.advance(await rig.clock.untilSleeping());
      await rig.clock.untilSleeping();
      assert.deepEqual(counts(rig), { sent: 0, failed: 0, dead: 0 });
    });
  });
});

describe('the log of a delivery', () => {
  it('holds neither headers nor content, even when the destination echoes them', async () => {
    const statuses = [503, 401, 400, 500, 200];
    const destination = await Destination.open(({ body, headers }, nth) => ({
      status: statuses[nth % statuses.length]!,
      body: `${headers.authorization} ${body}`,
    }));
    const yaml = `${NO_TIMEOUT}\nheaders: { authorization: Bearer canary-token }`;
    const backlog = [bodyOf(1, 2).replaceAll('"call"', '"canary prompt"')];
    await withRig(destination.url, { yaml, backlog }, async (rig) => {
      await rig.clock.advance(await rig.clock.untilSleeping());
      await rig.clock.advance(await rig.clock.untilSleeping());
      await untilSettled(rig);
      assert.equal(destination.arrived.length, 5);
      assert.deepEqual(counts(rig), { sent: 1, failed: 1, dead: 1 });
      assert.doesNotMatch(rig.observer.text, /canary/);
    });
  });
});

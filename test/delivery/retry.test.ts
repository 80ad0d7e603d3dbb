import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Gate, sleep } from '../../src/delivery/retry.ts';
import { VirtualClock } from '../helpers/virtual-clock.ts';

const SETTINGS = {
  enabled: true,
  initial_interval: 5000,
  max_interval: 30_000,
  multiplier: 1.5,
  randomization_factor: 0.5,
  max_elapsed_time: 0,
};
const NEVER = new AbortController().signal;

function openGate(random = 0.5) {
  const clock = new VirtualClock();
  return { clock, gate: new Gate(SETTINGS, { elapsedMs: clock.now, sleep: clock.sleep, random: () => random }) };
}

/** Whether a promise is settled after everything that needs no time has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return settled;
}

describe('the gate of a destination', () => {
  it('lets everybody pass while nothing fails', async () => {
    const { gate, clock } = openGate();
    await Promise.all([gate.pass(NEVER), gate.pass(NEVER), gate.pass(NEVER)]);
    assert.deepEqual(clock.pauses, []);
  });

  it('makes each pause half as long again, up to the longest', async () => {
    const { gate, clock } = openGate();
    const pauses: number[] = [];
    for (let failure = 0; failure < 7; failure++) {
      const passing = gate.pass(NEVER);
      await clock.advance(30_000);
      pauses.push(gate.closed(await passing));
    }
    assert.deepEqual(pauses, [5000, 7500, 11_250, 16_875, 25_312.5, 30_000, 30_000]);
  });

  for (const { random, pause } of [
    { random: 0, pause: 2500 },
    { random: 0.25, pause: 3750 },
    { random: 1, pause: 7500 },
  ]) {
    it(`spreads pauses: ${pause} ms of 5000 for a die of ${random}`, async () => {
      const { gate } = openGate(random);
      assert.equal(gate.closed(await gate.pass(NEVER)), pause);
    });
  }

  it('keeps the longest pause even with jitter', async () => {
    const { gate, clock } = openGate(1);
    let pause = 0;
    for (let failure = 0; failure < 10; failure++) {
      const passing = gate.pass(NEVER);
      await clock.advance(30_000);
      pause = gate.closed(await passing);
    }
    assert.equal(pause, 30_000);
  });

  const asked = [
    { told: 3000, pause: 5000 },
    { told: 20_000, pause: 20_000 },
    { told: 0, pause: 5000 },
    { told: undefined, pause: 5000 },
    { told: 1e12, pause: 600_000 },
  ];
  for (const { told, pause } of asked) {
    it(`waits ${pause} ms when the destination asks for ${told}`, async () => {
      const { gate } = openGate();
      assert.equal(gate.closed(await gate.pass(NEVER), told), pause);
    });
  }

  it('lengthens the pause once for requests that failed together', async () => {
    const { gate } = openGate();
    const [first, second, third] = await Promise.all([gate.pass(NEVER), gate.pass(NEVER), gate.pass(NEVER)]);
    assert.equal(gate.closed(first), 5000);
    assert.equal(gate.closed(second), 5000);
    assert.equal(gate.closed(third, 9000), 9000);
  });

  it('lets one request try after the pause; the others wait for what becomes of it', async () => {
    const { gate, clock } = openGate();
    gate.closed(await gate.pass(NEVER));
    const [first, second] = [gate.pass(NEVER), gate.pass(NEVER)];
    await clock.advance(4999);
    assert.equal(await isSettled(first), false);
    await clock.advance(1);
    const pass = await first;
    assert.equal(await isSettled(second), false);
    assert.equal(gate.opened(pass), true);
    await second;
  });

  it('hands the next try to another one after a failed one', async () => {
    const { gate, clock } = openGate();
    gate.closed(await gate.pass(NEVER));
    const [first, second] = [gate.pass(NEVER), gate.pass(NEVER)];
    await clock.advance(5000);
    gate.closed(await first);
    await clock.advance(7499);
    assert.equal(await isSettled(second), false);
    await clock.advance(1);
    await second;
  });

  it('stays closed when a request from before the failure succeeds late', async () => {
    const { gate, clock } = openGate();
    const [late, failing] = await Promise.all([gate.pass(NEVER), gate.pass(NEVER)]);
    gate.closed(failing);
    assert.equal(gate.opened(late), false);
    const next = gate.pass(NEVER);
    assert.equal(await isSettled(next), false);
    assert.deepEqual(clock.pauses, [5000]);
  });

  it('begins with short pauses again after a success', async () => {
    const { gate, clock } = openGate();
    gate.closed(await gate.pass(NEVER));
    const passing = gate.pass(NEVER);
    await clock.advance(5000);
    gate.opened(await passing);
    assert.equal(gate.closed(await gate.pass(NEVER)), 5000);
  });

  it('tries once a minute while it is blocked', async () => {
    const { gate, clock } = openGate();
    for (let probe = 0; probe < 3; probe++) {
      const passing = gate.pass(NEVER);
      await clock.advance(probe === 0 ? 0 : 59_999);
      if (probe > 0) assert.equal(await isSettled(passing), false);
      await clock.advance(1);
      assert.equal(gate.blocked(await passing), 60_000);
    }
  });

  it('rejects everybody who waits when it is told to stop', async () => {
    const { gate } = openGate();
    const stop = new AbortController();
    gate.closed(await gate.pass(NEVER));
    const waiting = [gate.pass(stop.signal), gate.pass(stop.signal)];
    stop.abort(new Error('stopping'));
    for (const one of waiting) await assert.rejects(one, { message: 'stopping' });
    await assert.rejects(gate.pass(stop.signal), { message: 'stopping' });
  });

  it('lets another one try when who was about to gave up', async () => {
    const { gate, clock } = openGate();
    const stop = new AbortController();
    gate.closed(await gate.pass(NEVER));
    const [first, second] = [gate.pass(stop.signal), gate.pass(NEVER)];
    stop.abort(new Error('stopping'));
    await assert.rejects(first);
    await clock.advance(5000);
    await second;
  });
});

describe('a pause', () => {
  it('ends by itself', () => sleep(1, NEVER));

  it('ends early by rejecting, and leaves no timer', async () => {
    const stop = new AbortController();
    const pause = sleep(60_000, stop.signal);
    stop.abort(new Error('stopping'));
    await assert.rejects(pause, { message: 'stopping' });
    assert.ok(!process.getActiveResourcesInfo().includes('Timeout'));
  });
});

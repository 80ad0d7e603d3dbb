/** Signals: the first asks for a clean stop, a later one insists. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exitCodeOf, stopSignal } from '../../src/cli/foreground.ts';
import type { Host, PosixSignal } from '../../src/cli/host.ts';

function signalled() {
  const listeners = new Map<PosixSignal, () => void>();
  const exits: number[] = [];
  const clock = { ms: 0 };
  const silent = { write() {}, isTerminal: false };
  const host: Host = {
    environment: {},
    directory: '/',
    stdout: silent,
    stderr: silent,
    onSignal: (posixSignal, listener) => void listeners.set(posixSignal, listener),
    exit: (code) => void exits.push(code),
    now: () => clock.ms,
    random: () => 0,
    nodeVersion: '26.0.0',
    readMemory: () => ({ rssBytes: 0, heapLimitBytes: 0, totalBytes: 0 }),
    readUsage: () => ({ cpuSeconds: 0, rssBytes: 0, heapUsedBytes: 0, heapTotalBytes: 0, uptimeSeconds: 0 }),
  };
  const stopped = stopSignal(host);
  return { stopped, exits, clock, send: (posixSignal: PosixSignal) => listeners.get(posixSignal)?.() };
}

describe('a signal', () => {
  it('asks for a clean stop', async () => {
    const { stopped, exits, send } = signalled();
    send('SIGTERM');
    assert.equal(await stopped, undefined);
    assert.deepEqual(exits, []);
  });

  it('that comes twice for one key press is one', async () => {
    const { stopped, exits, send, clock } = signalled();
    send('SIGINT');
    clock.ms = 40;
    send('SIGINT');
    await stopped;
    assert.deepEqual(exits, []);
  });

  for (const [posixSignal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`that comes again later ends the process at once: ${posixSignal}`, async () => {
      const { stopped, exits, send, clock } = signalled();
      send('SIGTERM');
      clock.ms = 1_000;
      send(posixSignal);
      await stopped;
      assert.deepEqual(exits, [exitCode]);
    });
  }
});

describe('the exit code of a daemon that cannot go on', () => {
  const coded = Object.assign(new Error('disk failed'), { exitCode: 74 });
  for (const [what, error, exitCode] of [
    ['1', new Error('port taken'), 1],
    ['that of the error', coded, 74],
    ['that of its cause', new Error('cannot start', { cause: new Error('journal', { cause: coded }) }), 74],
    ['1 for what is no error', 'odd', 1],
  ] as const) {
    it(`is ${what}`, () => assert.equal(exitCodeOf(error), exitCode));
  }
});

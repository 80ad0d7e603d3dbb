/** Sends traffic at a steady pace. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Application } from './application.ts';
import type { Traffic } from './traffic.ts';
import type { Visitor } from './visitor.ts';

type Sending = Readonly<{
  traffic: Traffic;
  sender: Visitor;
  /** Is asked once in so many deliveries. */
  application: Application;
  deliveriesPerSecond: number;
  now: () => number;
}>;

const DELIVERIES_PER_QUESTION = 10;
/** More than that wait for the daemon. */
const MAX_IN_FLIGHT = 64;

/** Until it is told to stop; resolves once everything is answered, rejects if something was refused. */
export async function sendTraffic(sending: Sending, stop: AbortSignal): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  const refused = new AbortController();
  const over = AbortSignal.any([stop, refused.signal]);
  const beganMs = performance.now();
  for (let sent = 0; await itsTime(beganMs + (sent * 1000) / sending.deliveriesPerSecond, over); sent += 1) {
    if (inFlight.size >= MAX_IN_FLIGHT) await Promise.race(inFlight);
    const delivery = deliver(sending, sent);
    inFlight.add(delivery);
    delivery.then(
      () => inFlight.delete(delivery),
      () => refused.abort(), // and it stays, for whoever waits
    );
  }
  await Promise.all(inFlight);
}

/** Resolves with false when it is time to stop. */
async function itsTime(atMs: number, stop: AbortSignal): Promise<boolean> {
  try {
    await pause(Math.max(0, atMs - performance.now()), undefined, { signal: stop });
    return true;
  } catch {
    return false;
  }
}

async function deliver({ traffic, sender, application, now }: Sending, nth: number): Promise<void> {
  if (nth % DELIVERIES_PER_QUESTION === 0) application.ask();
  const { status, body } = await sender.post(traffic.next(now()).body);
  if (status !== 200) throw new Error(`cannot deliver made-up traffic: the daemon answered ${status}: ${Buffer.from(body)}`);
}

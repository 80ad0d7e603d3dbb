/** Requests from a sender in Node: where wrk is not installed, and for numbers and rates that it cannot be told. */
import type { Sent } from './load.ts';
import { CORE, Program } from './programs.ts';
import type { SenderJob } from './sender.ts';

export type NodeLoad = Readonly<{
  /** When every request has its answer. */
  done: Promise<Sent>;
  /** Begin no more. */
  stop: () => void;
}>;

export async function startNodeLoad(job: SenderJob): Promise<NodeLoad> {
  const sender = Program.script('bench/sender.ts', [], CORE.other);
  await sender.ask();
  const done = sender.ask<Sent>(job).then(async (sent) => {
    await sender.stop();
    return sent;
  });
  return { done, stop: () => sender.tell('stop') };
}

export async function sendWithNode(job: SenderJob): Promise<Sent> {
  const { done } = await startNodeLoad(job);
  return done;
}

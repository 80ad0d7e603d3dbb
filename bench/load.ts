/** The sender, a process of its own: keeps a number of connections busy for a while and tells what was answered. */
import process from 'node:process';
import { SIZES, templatesOf } from './bodies.ts';
import { Connection, type Request } from './connection.ts';
import { freshen } from './fresh-ids.ts';

export type Job = Readonly<{
  port: number;
  token: string;
  size: string;
  connections: number;
  seconds: number;
  seed: number;
  /** Number of the first request: those of several jobs of a run must not be copies. */
  first: number;
}>;

export type Sent = Readonly<{ requests: number; byStatus: Readonly<Record<number, number>>; seconds: number }>;

process.on('message', (job: Job) => {
  void send(job).then((sent) => process.send?.(sent));
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });

/** Resolves when every request that was sent has its answer. */
async function send({ port, token, size, connections, seconds, seed, first }: Job): Promise<Sent> {
  const requests = requestsOf(size, port, token, seed);
  const byStatus: Record<number, number> = {};
  let nth = first;
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const beganMs = performance.now();
  const deadlineMs = beganMs + seconds * 1000;
  await Promise.all(
    open.map(async (connection) => {
      while (performance.now() < deadlineMs) {
        const request = requests[nth % requests.length]!;
        const number = nth++;
        const status = await connection.exchange(request, (bytes, offset, places) =>
          freshen(bytes, offset, places, seed, number),
        );
        byStatus[status] = (byStatus[status] ?? 0) + 1;
      }
    }),
  );
  const elapsedMs = performance.now() - beganMs;
  for (const connection of open) connection.close();
  return { requests: nth - first, byStatus, seconds: elapsedMs / 1000 };
}

function requestsOf(name: string, port: number, token: string, seed: number): readonly Request[] {
  const size = SIZES.find((candidate) => candidate.name === name);
  if (size === undefined) throw new Error(`no size "${name}"`);
  return templatesOf(size, seed, Date.now()).map(({ body, ids }) => {
    const head = Buffer.from(
      [
        'POST /v1/traces HTTP/1.1',
        `host: 127.0.0.1:${port}`,
        'content-type: application/json',
        `authorization: Bearer ${token}`,
        `content-length: ${body.length}`,
        '\r\n',
      ].join('\r\n'),
    );
    return { bytes: Buffer.concat([head, body]), bodyAt: head.length, places: ids };
  });
}

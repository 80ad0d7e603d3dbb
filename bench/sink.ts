/** The destination of the spans, a process of its own: takes everything, or nothing, and tells what it was. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { spanIdsIn } from './span-ids.ts';

/** `copies` of `spans` distinct spans since the last `forget`; `lastMs` is when the newest request was there, in ms since the epoch. */
export type Received = Readonly<{
  requests: number;
  bytes: number;
  spans: number;
  copies: number;
  firstMs: number;
  lastMs: number;
}>;
/** `count` looks into what came, `look` does not; `close`: from now on it takes nothing. */
export type SinkTask = 'count' | 'look' | 'forget' | 'open' | 'close';

type Kept = Readonly<{ body: Buffer; encoding: string | undefined; protobuf: boolean }>;

const RETRY_SECONDS = '1';
const NOTHING = { requests: 0, bytes: 0, copies: 0, firstMs: 0, lastMs: 0 };
let received = NOTHING;
/** Looked into when somebody asks: while the load runs that would take its core. */
let kept: Kept[] = [];
let ids = new Set<string>();
let takes = true;

const server = createServer(async (request, response) => {
  const body = await read(request);
  response.setHeader('content-type', 'application/json');
  if (!takes) {
    response.writeHead(503, { 'retry-after': RETRY_SECONDS }).end('{}');
    return;
  }
  const { 'content-encoding': encoding, 'content-type': type } = request.headers;
  const nowMs = Date.now();
  received = {
    ...received,
    requests: received.requests + 1,
    bytes: received.bytes + body.length,
    firstMs: received.firstMs || nowMs,
    lastMs: nowMs,
  };
  kept.push({ body, encoding, protobuf: type === 'application/x-protobuf' });
  response.end('{}');
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
process.on('message', (task: SinkTask) => {
  switch (task) {
    case 'count':
      for (const request of kept) count(request);
      kept = [];
      break;
    case 'forget':
      received = NOTHING;
      ids = new Set();
      kept = [];
      break;
    case 'look':
      break;
    case 'open':
    case 'close':
      takes = task === 'open';
  }
  process.send?.({ ...received, spans: ids.size });
});

function count({ body, encoding, protobuf }: Kept): void {
  const found = spanIdsIn(plain(body, encoding), protobuf);
  for (const id of found) ids.add(id);
  received = { ...received, copies: received.copies + found.length };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function plain(body: Buffer, encoding: string | undefined): Buffer {
  return encoding === 'gzip' ? gunzipSync(body) : encoding === 'zstd' ? zstdDecompressSync(body) : body;
}

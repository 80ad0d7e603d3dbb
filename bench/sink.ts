/** The destination of the spans, a process of its own: takes everything and tells how much it was. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

export type Received = Readonly<{ requests: number; bytes: number; spans: number }>;

/** Counting spans costs more than taking them: only where nobody looks at times. */
const countsSpans = process.argv.includes('--count-spans');
const received = { requests: 0, bytes: 0, spans: 0 };

const server = createServer(async (request, response) => {
  const body = await read(request);
  received.requests += 1;
  received.bytes += body.length;
  if (countsSpans) received.spans += spansIn(body, request.headers['content-encoding']);
  response.setHeader('content-type', 'application/json').end('{}');
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', () => process.send?.(received));
process.on('disconnect', () => process.exit());

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function spansIn(body: Buffer, encoding: string | undefined): number {
  const text = encoding === 'gzip' ? gunzipSync(body) : encoding === 'zstd' ? zstdDecompressSync(body) : body;
  return text.toString().split('"spanId":').length - 1;
}

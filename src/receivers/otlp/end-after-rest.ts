/** Answers a request whose body was not read to its end, in a way that the sender gets to see. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Closing while the sender still writes would reset the connection, and the answer would be lost with it. */
const LINGER_MS = 500;
const LINGER_BYTES = 67_108_864;

/** Sends the answer at once; ends the connection when the sender is done, has had enough time, or goes on and on. */
export function endAfterRest(request: IncomingMessage, response: ServerResponse, body: string | Uint8Array): void {
  let bytesLeft = LINGER_BYTES;
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  response.write(body);
  request.once('close', end);
  request.on('data', (chunk: Buffer) => {
    bytesLeft -= chunk.length;
    if (bytesLeft < 0) end();
  });
}

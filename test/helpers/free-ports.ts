/** Finds TCP ports for programs that must be told theirs before they start. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range that the system takes for outgoing connections, so that only another listener can be in the way. */
const LOWEST = 15_000;
const HIGHEST = 31_999;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (await free(port)) return port;
  }
}

async function free(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

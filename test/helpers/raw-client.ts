/** Speaks to a listener byte by byte, for what no HTTP client would send. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after } from 'node:test';
import { until } from './until.ts';

const open = new Set<Socket>();

after(() => {
  for (const socket of open) socket.destroy();
});

export class RawClient {
  readonly socket: Socket;
  received = '';
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.received += text;
    });
    socket.on('error', () => undefined); // a reset shows as a close
    socket.on('close', () => {
      this.closed = true;
      open.delete(socket);
    });
    open.add(socket);
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  write(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** Of the answers so far. */
  get statuses(): readonly number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  async untilStatuses(count: number): Promise<readonly number[]> {
    await until(`${count} answers, there are ${this.statuses}`, () => this.statuses.length >= count);
    return this.statuses;
  }

  async untilClosed(): Promise<string> {
    await until('the connection is closed', () => this.closed);
    return this.received;
  }
}

/** All that is answered to these bytes until the other side closes. */
export async function rawExchange(port: number, text: string | Uint8Array): Promise<string> {
  const client = await RawClient.open(port);
  client.write(text);
  return client.untilClosed();
}

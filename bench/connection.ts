/** One kept-alive HTTP connection with one request at a time, at as little cost as can be: the sender shares its core. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export class Connection {
  readonly #socket: Socket;
  /** Its own: what is written must not change before it is sent. */
  #copy = Buffer.alloc(0);
  #answer = '';
  #settle: PromiseWithResolvers<number> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1').on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () => this.#settle?.reject(new Error('the server closed the connection')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** Resolves with the status of the answer; `freshen` changes a copy. */
  exchange(request: Buffer, freshen: (copy: Buffer) => void): Promise<number> {
    if (this.#copy.length < request.length) this.#copy = Buffer.allocUnsafeSlow(request.length);
    request.copy(this.#copy);
    freshen(this.#copy);
    this.#settle = Promise.withResolvers();
    this.#socket.write(this.#copy.subarray(0, request.length));
    return this.#settle.promise;
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#answer += text;
    const bodyAt = this.#answer.indexOf('\r\n\r\n') + 4;
    if (bodyAt < 4) return;
    const bodyLength = /^content-length: *(\d+)/im.exec(this.#answer)?.[1];
    if (bodyLength === undefined) {
      this.#settle?.reject(new Error(`cannot read an answer without a length: ${this.#answer}`));
      return;
    }
    if (this.#answer.length < bodyAt + Number(bodyLength)) return;
    const status = Number(this.#answer.slice(9, 12));
    this.#answer = '';
    this.#settle?.resolve(status);
  }
}

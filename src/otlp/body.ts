/** Reads the body of an HTTP request, and no more of it than may be. */
import type { IncomingMessage } from 'node:http';
import { IntakeError } from '../component/errors.ts';
import type { Charge } from './charge.ts';

/** Throws for a body that by its own word is too large, before any of it is read. */
export function checkDeclaredLength({ headers }: IncomingMessage, maxBytes: number, charge: Charge): void {
  const declared = Number(headers['content-length'] ?? 0); // the HTTP parser has refused everything but digits
  if (declared > maxBytes) throw tooLarge(maxBytes);
  charge.probe(declared);
}

/** Rejects as soon as it is too much; the rest is then left unread. */
export function readBody(request: IncomingMessage, maxBytes: number, charge: Charge): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (request.destroyed) throw endedEarly(); // while its sender was being identified
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer) => {
      length += chunk.length;
      try {
        if (length > maxBytes) throw tooLarge(maxBytes);
        charge.grow(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        request.off('data', take).pause();
        reject(error);
      }
    };
    request.on('data', take);
    request.on('end', () => resolve(join(chunks, length)));
    request.on('close', () => {
      if (!request.readableEnded) reject(endedEarly());
    });
  });
}

function endedEarly(): IntakeError {
  return new IntakeError('malformed', 'cannot read the body: it ended early');
}

export function tooLarge(maxBytes: number): IntakeError {
  return new IntakeError('too_large', `cannot take the body: it is larger than ${maxBytes} bytes`);
}

function join(chunks: readonly Buffer[], length: number): Uint8Array {
  const [first] = chunks;
  return first?.length === length ? first : Buffer.concat(chunks, length);
}

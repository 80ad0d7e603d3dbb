/** Sends requests to a listener under test and keeps what can be asserted of the answer. */
import { Agent, request } from 'undici';

export type Answer = Readonly<{
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
  bytes: Buffer;
}>;

type Options = Readonly<{ method?: string; headers?: Readonly<Record<string, string>> }>;

/** A connection per request: what one answer does to its connection must not reach the next test. */
const dispatcher = new Agent({ pipelining: 0 });

export async function send(url: string, body: string | Uint8Array | undefined, options: Options = {}): Promise<Answer> {
  const response = await request(url, {
    dispatcher,
    method: (options.method ?? 'POST') as 'POST',
    headers: { ...options.headers },
    body: body ?? null,
  });
  const bytes = Buffer.from(await response.body.arrayBuffer());
  const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, value?.toString()]));
  return { status: response.statusCode, headers, body: bytes.toString(), bytes };
}

export function post(url: string, body: string | Uint8Array): Promise<Answer> {
  return send(url, body, { headers: { 'content-type': 'application/json' } });
}

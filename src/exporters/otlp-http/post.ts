/** Posts one request body and tells what became of it. */
import { type Dispatcher, request } from 'undici';
import type { Outcome } from '../../component/contract.ts';
import type { Encoded } from '../../data/batch.ts';
import { MEDIA_TYPE } from '../../otlp/media-type.ts';
import { partialSuccess, readAnswer, retryAfterMs, statusMessage } from './answer.ts';
import { type Compression, compress } from './compression.ts';
import { shownUrl } from './endpoint.ts';
import { judge } from './judge.ts';
import { loggable } from './words.ts';

export type Target = Readonly<{
  url: URL;
  dispatcher: Dispatcher;
  compression: Compression;
  level: number | undefined;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  now: () => number;
}>;

/** Never rejects for what the destination or the way to it does. */
export async function post(sent: Encoded, target: Target, abort: AbortSignal): Promise<Outcome> {
  const { url, dispatcher, now } = target;
  const shown = shownUrl(url);
  try {
    const { body, headers: coding } = await compress(sent.bytes, target.compression, target.level);
    const headers = { 'user-agent': 'spanmeter', ...target.headers, 'content-type': MEDIA_TYPE[sent.encoding], ...coding };
    const response = await request(url, { dispatcher, method: 'POST', headers, body, signal: abort });
    const answer = await readAnswer(response.body, response.headers['content-encoding']?.toString());
    const said = answer ?? new Uint8Array();
    const readable = (message: string) => loggable(message, Object.values(target.headers), sent);
    return judge(shown, {
      status: response.statusCode,
      retryAfterMs: retryAfterMs(response.headers['retry-after'], now()),
      partial: partialSuccess(said, readable),
      tooLong: answer === undefined,
      message: () => readable(statusMessage(said)),
    });
  } catch (error) {
    const cause = abort.aborted ? abort.reason : error;
    // Nothing was sent: a header that HTTP does not allow, or a proxy that refuses us. A repeat comes to the same.
    if (codeOf(cause) === 'UND_ERR_INVALID_ARG') return { status: 'denied', reason: `cannot send to ${shown}: ${causes(cause)}` };
    return { status: 'unavailable', reason: `cannot reach ${shown}: ${causes(cause)}` };
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** An address with several records fails with several errors and no text of its own. */
function causes(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(causes))].join(', ');
  return error instanceof Error ? error.message : String(error);
}

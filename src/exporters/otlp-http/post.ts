/** Posts one request body and tells what became of it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { Outcome } from '../../component/contract.ts';
import { partialSuccess, readAnswer, retryAfterMs, statusMessage } from './answer.ts';
import { shownUrl } from './endpoint.ts';
import { judge } from './judge.ts';
import type { Message } from './message.ts';
import { loggable } from './words.ts';

export type Target = Readonly<{
  url: URL;
  dispatcher: Dispatcher;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  now: () => number;
}>;

/** Never rejects for what the destination or the way to it does. */
export async function post({ sent, body, headers: own }: Message, target: Target, abort: AbortSignal): Promise<Outcome> {
  const { url, dispatcher, now } = target;
  const shown = shownUrl(url);
  try {
    const headers = { 'user-agent': 'spanmeter', ...target.headers, ...own };
    const { origin, pathname, search } = url;
    const path = `${pathname}${search}`;
    const response = await dispatcher.request({ origin, path, method: 'POST', headers, body, signal: abort });
    const answer = await readAnswer(response.body, response.headers['content-encoding']?.toString());
    await nextTurn(); // until then the connection passes for busy, and the next request would open another
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

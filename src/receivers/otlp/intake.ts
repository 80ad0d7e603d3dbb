/** Takes one HTTP request after the other from the headers to the answer. */
import type { IncomingMessage } from 'node:http';
import type { Authenticator, Consumer, Receipt, ReceiverContext } from '../../component/contract.ts';
import { IntakeError } from '../../component/errors.ts';
import type { Batch } from '../../data/batch.ts';
import { spanCount } from '../../data/spans.ts';
import { ACCEPTED, type Answer, failure, success } from '../../otlp/answer.ts';
import { checkDeclaredLength } from '../../otlp/body.ts';
import { Charge } from '../../otlp/charge.ts';
import { CODINGS, Decompressor } from '../../otlp/decompress.ts';
import type { DecodedTraces } from '../../otlp/json.ts';
import { type BodyRules, readTraces } from '../../otlp/request.ts';
import type { HttpSettings } from './settings.ts';
import { Tally } from './tally.ts';

/** What OpenRouter's users type: the whole URL, the host alone, or a base URL as Grafana Cloud has it. */
const DEFAULT_PATHS = ['/v1/traces', '/otlp/v1/traces', '/'];

/** `proceed` is called before the body is read and not at all if it will not be. Never rejects. */
export type Intake = (request: IncomingMessage, proceed: () => void) => Promise<Answer>;

export function createIntake(settings: HttpSettings, next: Consumer, context: ReceiverContext): Intake {
  const paths = new Set(settings.traces_url_path === undefined ? DEFAULT_PATHS : [settings.traces_url_path]);
  const authenticator = authenticatorOf(settings, context);
  const maxBytes = settings.max_request_body_size;
  const codings = CODINGS.filter((coding) => settings.compression_algorithms.includes(coding));
  const rules: BodyRules = { maxBytes, decompressor: new Decompressor(codings, maxBytes) };
  const tally = new Tally(context);

  async function take(request: IncomingMessage, proceed: () => void, charge: Charge): Promise<Answer> {
    if (authenticator !== undefined) authenticate(request, authenticator);
    if (!next.signals.has('traces') || !isRouted(request.url, paths)) throw notFound();
    if (request.method !== 'POST' && request.method !== 'PUT') throw new IntakeError('bad_method', 'only POST and PUT');
    checkDeclaredLength(request, maxBytes, charge);
    proceed();
    const decoded = await readTraces(request, rules, charge);
    if (decoded === undefined) return ACCEPTED;
    return hand(decoded);
  }

  async function hand({ batch, receipt, faults }: DecodedTraces): Promise<Answer> {
    const spans = spanCount(batch);
    const whole = spans === 0 ? receipt : both(receipt, await consume(batch, spans));
    tally.accepted(spans + receipt.rejected - whole.rejected);
    tally.rejected(whole);
    tally.faults(faults);
    return success(whole);
  }

  async function consume(batch: Batch<'traces'>, spans: number): Promise<Receipt> {
    try {
      return await next.consume(batch);
    } catch (error) {
      tally.refused(spans);
      throw error;
    }
  }

  return async (request, proceed) => {
    const charge = new Charge(context.budget);
    let answer: Answer;
    try {
      answer = await take(request, proceed, charge);
    } catch (error) {
      if (!(error instanceof IntakeError)) context.logger.error('cannot take a request', { error });
      answer = failure(error);
    }
    charge.release();
    tally.answered(answer.status);
    return answer;
  };
}

function authenticatorOf({ auth }: HttpSettings, { authenticator, id }: ReceiverContext): Authenticator | undefined {
  if (auth !== undefined && authenticator?.identify === undefined) {
    throw new Error(`cannot create ${id}: "${auth.authenticator}" does not check who sends`);
  }
  return auth && authenticator;
}

/** Of two credentials Node shows the first alone; which one a proxy in front has judged nobody knows. */
function authenticate({ headersDistinct }: IncomingMessage, authenticator: Authenticator): void {
  const { authorization = [] } = headersDistinct;
  if (authorization.length > 1 || authenticator.identify?.(headersDistinct) === undefined) {
    throw new IntakeError('unauthenticated', 'credentials are missing or wrong');
  }
}

function isRouted(url = '', paths: ReadonlySet<string>): boolean {
  if (paths.has(url)) return true;
  const [path = ''] = url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1);
  return paths.has(path);
}

function notFound(): IntakeError {
  return new IntakeError('not_found', 'nothing is received here; traces go to /v1/traces');
}

function both(one: Receipt, other: Receipt): Receipt {
  if (one.rejected === 0) return other;
  const reasons = [one.reason, other.reason].filter((reason) => reason !== '');
  return { rejected: one.rejected + other.rejected, reason: reasons.join('; ') };
}

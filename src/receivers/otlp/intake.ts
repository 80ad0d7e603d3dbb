/** Takes one HTTP request after the other from the headers to the answer. */
import type { IncomingMessage } from 'node:http';
import type { Authenticator, Consumer, Receipt, ReceiverContext } from '../../component/contract.ts';
import { IntakeError } from '../../component/errors.ts';
import { spanCount } from '../../data/spans.ts';
import { type Answer, failure, success, type Terms } from '../../otlp/answer.ts';
import { checkDeclaredLength } from '../../otlp/body.ts';
import { Charge } from '../../otlp/charge.ts';
import type { DecodedTraces } from '../../otlp/decoded.ts';
import { DecodedSpans } from '../../otlp/decoded-spans.ts';
import { CODINGS, Decompressor } from '../../otlp/decompress.ts';
import { encodingOfMediaType } from '../../otlp/media-type.ts';
import { type BodyRules, readTraces } from '../../otlp/request.ts';
import type { HttpSettings } from './settings.ts';
import { Tally } from './tally.ts';

/** What OpenRouter's users type: the whole URL, the host alone, or a base URL as Grafana Cloud has it. */
const DEFAULT_PATHS = ['/v1/traces', '/otlp/v1/traces', '/'];

const ALL_TAKEN: Receipt = { rejected: 0, reason: '' };

export class Intake {
  readonly #next: Consumer;
  readonly #context: ReceiverContext;
  readonly #paths: ReadonlySet<string>;
  readonly #authenticator: Authenticator | undefined;
  readonly #rules: BodyRules;
  readonly #tally: Tally;
  readonly #terms: Terms;

  constructor(settings: HttpSettings, next: Consumer, context: ReceiverContext) {
    this.#next = next;
    this.#context = context;
    this.#paths = new Set(settings.traces_url_path === undefined ? DEFAULT_PATHS : [settings.traces_url_path]);
    this.#authenticator = authenticatorOf(settings, context);
    const maxBytes = settings.max_request_body_size;
    const codings = CODINGS.filter((coding) => settings.compression_algorithms.includes(coding));
    this.#rules = { maxBytes, decompressor: new Decompressor(codings, maxBytes), decodedSpans: new DecodedSpans() };
    this.#tally = new Tally(context);
    this.#terms = { challenge: this.#authenticator?.challenge, codings: this.#rules.decompressor.codings };
  }

  /** `proceed` is called before the body is read, and not at all if it will not be. Never rejects. */
  async answer(request: IncomingMessage, proceed: () => void): Promise<Answer> {
    const charge = new Charge(this.#context.budget);
    const encoding = encodingOfMediaType(request.headers['content-type']);
    let answer: Answer;
    try {
      const proven = this.#isProven(request);
      // Mostly known at once: what waits for nothing need not wait.
      this.#admit(request, proven instanceof Promise ? await proven : proven, charge);
      proceed();
      const decoded = await readTraces(request, encoding, this.#rules, charge);
      answer = success(decoded === undefined ? ALL_TAKEN : await this.#hand(decoded), encoding ?? 'json');
    } catch (error) {
      if (!(error instanceof IntakeError)) this.#context.logger.error('cannot take a request', { error });
      answer = failure(error, encoding ?? 'json', this.#terms);
    }
    charge.release();
    this.#tally.answered(answer.status);
    return answer;
  }

  /** Throws for what is refused whatever its body holds. */
  #admit(request: IncomingMessage, proven: boolean, charge: Charge): void {
    if (!proven) throw new IntakeError('unauthenticated', 'credentials are missing or wrong');
    if (!this.#next.signals.has('traces') || !isRouted(request.url, this.#paths)) throw notFound();
    if (request.method !== 'POST' && request.method !== 'PUT') throw new IntakeError('bad_method', 'only POST and PUT');
    checkDeclaredLength(request, this.#rules.maxBytes, charge);
  }

  #isProven(request: IncomingMessage): boolean | Promise<boolean> {
    if (this.#authenticator === undefined) return true;
    const sender = identified(request, this.#authenticator);
    return sender instanceof Promise ? sender.then((name) => name !== undefined) : sender !== undefined;
  }

  async #hand({ batch, receipt, faults }: DecodedTraces): Promise<Receipt> {
    const spans = spanCount(batch);
    let whole = receipt;
    try {
      if (spans > 0) whole = both(receipt, await this.#next.consume(batch));
    } catch (error) {
      this.#tally.refused(spans);
      throw error;
    } finally {
      this.#rules.decodedSpans.release(spans);
    }
    this.#tally.accepted(spans + receipt.rejected - whole.rejected);
    this.#tally.rejected(whole);
    this.#tally.faults(faults);
    return both(whole, warningOf(faults));
  }
}

function authenticatorOf({ auth }: HttpSettings, { authenticator, id }: ReceiverContext): Authenticator | undefined {
  if (auth !== undefined && authenticator?.identify === undefined) {
    throw new Error(`cannot create ${id}: "${auth.authenticator}" does not check who sends`);
  }
  return auth && authenticator;
}

/** Of two credentials Node shows the first alone; which one a proxy in front has judged nobody knows. */
function identified(request: IncomingMessage, authenticator: Authenticator) {
  // Where no name stands twice there is nothing to tell apart, and a list for each header is not made.
  if (Object.keys(request.headers).length === request.rawHeaders.length / 2) return authenticator.identify?.(request.headers);
  const { authorization = [] } = request.headersDistinct;
  return authorization.length > 1 ? undefined : authenticator.identify?.(request.headersDistinct);
}

function isRouted(url = '', paths: ReadonlySet<string>): boolean {
  if (paths.has(url)) return true;
  const [path = ''] = url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1);
  return paths.has(path);
}

function notFound(): IntakeError {
  return new IntakeError('not_found', 'nothing is received here; traces go to /v1/traces');
}

/** The names that OTLP gives them: what they held is not repeated. */
function warningOf(faults: ReadonlyMap<string, number>): Receipt {
  if (faults.size === 0) return ALL_TAKEN;
  const count = faults.values().reduce((sum, one) => sum + one, 0);
  const fields = count === 1 ? 'field' : 'fields';
  return { rejected: 0, reason: `${count} ${fields} could not be read: ${[...faults.keys()].join(', ')}` };
}

function both(one: Receipt, other: Receipt): Receipt {
  if (one.rejected === 0 && one.reason === '') return other;
  const reasons = [one.reason, other.reason].filter((reason) => reason !== '');
  return { rejected: one.rejected + other.rejected, reason: reasons.join('; ') };
}

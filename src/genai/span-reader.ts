/** Answers for one span what it says about a fact, whichever of the many spellings it uses. */
import { textOf } from '../data/attributes.ts';
import type { AnyValue, Resource, Scope, Span } from '../data/batch.ts';
import type { InvalidReason } from '../data/exact.ts';
import type { SpanInContext } from '../data/spans.ts';
import { nanoseconds } from '../data/time.ts';
import type { Alias, Fact } from './aliases.ts';
import { amountOf, countOf, flagOf, memberOf } from './any-value.ts';
import { type Answer, type Answers, type AttributePlan, QUESTION_BY_FACT } from './attribute-plan.ts';

/** Hears of a value that is there and cannot be counted, with the metric that it should have fed. */
type Reject = (metric: string, reason: InvalidReason) => void;

const OPENROUTER = 'openrouter';
const OPENROUTER_FACT = 'trace.metadata.openrouter.';

export class SpanReader {
  readonly span: Span;
  readonly resource: Resource | undefined;
  readonly scope: Scope | undefined;
  /** OpenRouter made it, even if a Collector in between has rewritten the resource. */
  readonly openRouter: boolean;
  /** Undefined where it is unset. */
  readonly startNs: bigint | undefined;
  readonly endNs: bigint | undefined;
  readonly reject: Reject;
  readonly #plan: AttributePlan;
  readonly #answers: Answers;
  readonly #claudeCode: boolean;

  constructor({ span, resource, scope }: SpanInContext, plan: AttributePlan, reject: Reject) {
    this.span = span;
    this.resource = resource;
    this.scope = scope;
    this.#plan = plan;
    this.#answers = plan.answersIn(span.attributes);
    this.startNs = nanoseconds(span.startTimeUnixNano) || undefined;
    this.endNs = nanoseconds(span.endTimeUnixNano) || undefined;
    this.openRouter =
      scope?.name === OPENROUTER ||
      textOf(resource?.attributes, 'service.name') === OPENROUTER ||
      (span.attributes ?? []).some(({ key }) => key.startsWith(OPENROUTER_FACT));
    this.#claudeCode = span.name === 'claude_code.llm_request' || this.text('spanType') === 'llm_request';
    this.reject = reject;
  }

  /** Of an attribute that the plan has by itself. */
  value(key: string): AnyValue | undefined {
    return this.#plan.valueIn(this.#answers, key);
  }

  has(fact: Fact): boolean {
    for (let answer = this.#answerTo(fact); answer !== undefined; answer = answer.next) {
      if (this.#meant(answer) !== undefined) return true;
    }
    return false;
  }

  /** Never empty. */
  text(fact: Fact): string | undefined {
    for (let answer = this.#answerTo(fact); answer !== undefined; answer = answer.next) {
      const text = this.#meant(answer)?.stringValue;
      if (text) return text;
    }
    return undefined;
  }

  flag(fact: Fact): boolean | undefined {
    return this.first(fact, flagOf);
  }

  amount(fact: Fact, metric: string): bigint | undefined {
    if (this.#answerTo(fact) === undefined) return undefined;
    return this.first(fact, (value) => this.countable(amountOf(value), metric));
  }

  count(fact: Fact, metric: string): bigint | undefined {
    if (this.#answerTo(fact) === undefined) return undefined;
    return this.first(fact, (value) => this.countable(countOf(value), metric));
  }

  /** What `read` makes of the first spelling for which it makes anything. */
  first<T>(fact: Fact, read: (value: AnyValue, alias: Alias) => T | undefined): T | undefined {
    for (let answer = this.#answerTo(fact); answer !== undefined; answer = answer.next) {
      const value = this.#meant(answer);
      const result = value && read(value, answer.spelling.alias);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  countable(amount: bigint | InvalidReason, metric: string): bigint | undefined {
    if (typeof amount === 'bigint') return amount;
    this.reject(metric, amount);
    return undefined;
  }

  #answerTo(fact: Fact): Answer | undefined {
    const question = QUESTION_BY_FACT.get(fact);
    return question === undefined ? undefined : this.#answers[question];
  }

  #meant({ spelling, value }: Answer): AnyValue | undefined {
    if (spelling.claudeCode && !this.#claudeCode) return undefined;
    return spelling.path === undefined ? value : memberOf(value, spelling.path);
  }
}

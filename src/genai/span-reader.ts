/** Answers for one span what it says about a fact, whichever of the many spellings it uses. */
import { textOf } from '../data/attributes.ts';
import type { AnyValue, Resource, Scope, Span } from '../data/batch.ts';
import type { InvalidReason } from '../data/exact.ts';
import type { SpanInContext } from '../data/spans.ts';
import { nanoseconds } from '../data/time.ts';
import { ALIASES, type Alias, type Aliases, type Fact } from './aliases.ts';
import { amountOf, countOf, flagOf, memberOf } from './any-value.ts';
import { indexAttributes } from './attribute-index.ts';

/** Hears of a value that is there and cannot be counted, with the metric that it should have fed. */
type Reject = (metric: string, reason: InvalidReason) => void;

const OPENROUTER = 'openrouter';
const OPENROUTER_FACT = 'trace.metadata.openrouter.';

export class SpanReader {
  readonly span: Span;
  readonly resource: Resource | undefined;
  readonly scope: Scope | undefined;
  /** Those that were wanted. */
  readonly attributes: ReadonlyMap<string, AnyValue>;
  /** OpenRouter made it, even if a Collector in between has rewritten the resource. */
  readonly openRouter: boolean;
  readonly reject: Reject;
  readonly #claudeCode: boolean;

  constructor({ span, resource, scope }: SpanInContext, wanted: ReadonlySet<string>, reject: Reject) {
    this.span = span;
    this.resource = resource;
    this.scope = scope;
    this.attributes = indexAttributes(span.attributes, wanted);
    this.openRouter =
      scope?.name === OPENROUTER ||
      textOf(resource?.attributes, 'service.name') === OPENROUTER ||
      (span.attributes ?? []).some(({ key }) => key.startsWith(OPENROUTER_FACT));
    this.#claudeCode = span.name === 'claude_code.llm_request' || this.attributes.get('span.type')?.stringValue === 'llm_request';
    this.reject = reject;
  }

  /** Undefined where it is unset. */
  get startNs(): bigint | undefined {
    return nanoseconds(this.span.startTimeUnixNano) || undefined;
  }

  get endNs(): bigint | undefined {
    return nanoseconds(this.span.endTimeUnixNano) || undefined;
  }

  has(fact: Fact): boolean {
    return this.first(fact, (value) => value) !== undefined;
  }

  /** Never empty. */
  text(fact: Fact): string | undefined {
    return this.first(fact, ({ stringValue }) => stringValue || undefined);
  }

  flag(fact: Fact): boolean | undefined {
    return this.first(fact, flagOf);
  }

  amount(fact: Fact, metric: string): bigint | undefined {
    return this.first(fact, (value) => this.countable(amountOf(value), metric));
  }

  count(fact: Fact, metric: string): bigint | undefined {
    return this.first(fact, (value) => this.countable(countOf(value), metric));
  }

  /** What `read` makes of the first spelling for which it makes anything. */
  first<T>(fact: Fact, read: (value: AnyValue, alias: Alias) => T | undefined): T | undefined {
    const aliases: Aliases = ALIASES[fact];
    for (const alias of aliases) {
      const value = this.#value(alias);
      const result = value && read(value, alias);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  countable(amount: bigint | InvalidReason, metric: string): bigint | undefined {
    if (typeof amount === 'bigint') return amount;
    this.reject(metric, amount);
    return undefined;
  }

  #value(alias: Alias): AnyValue | undefined {
    if (typeof alias === 'string') return this.attributes.get(alias);
    if (alias.claudeCode && !this.#claudeCode) return undefined;
    const value = this.attributes.get(alias.key);
    return value && alias.path ? memberOf(value, alias.path) : value;
  }
}

/** Requests whose whole content follows from their number, so that any of them can be made again and compared byte for byte. */
import { ONE } from '../../src/data/exact.ts';

/** `refused`: by the destination, for good. `large`: long enough for a crash to come in the middle of its write. */
export type BodyKind = 'small' | 'refused' | 'large';

const KINDS: readonly BodyKind[] = ['small', 'refused', 'large'];
const MAX_SPANS = 4;
const LARGE_BYTES = 3_500_000;
const DECIMALS = 12;
const REFUSED = 'refused for good';

export function numberOf(serial: number, kind: BodyKind): number {
  return serial * KINDS.length + KINDS.indexOf(kind);
}

export function kindOf(number: number): BodyKind {
  return KINDS[number % KINDS.length] ?? 'small';
}

/** Only what has several spans can be taken apart, and then it arrives in other bytes. */
export function spansOf(number: number): number {
  return kindOf(number) === 'refused' ? 1 : 1 + (number % MAX_SPANS);
}

/** In units of 1e-12; up to twelve decimals, and none of them alike. */
export function costOf(number: number): bigint {
  let sum = 0n;
  for (let index = 0; index < spansOf(number); index++) sum += unitsOf(number, index);
  return sum;
}

/** The element of `resourceSpans` that is this request. */
export function elementOf(number: number): string {
  const spans = Array.from({ length: spansOf(number) }, (_, index) => spanOf(number, index));
  return `{"resource":{"attributes":[${text('service.name', 'openrouter')}]},"scopeSpans":[{"scope":{"name":"openrouter"},"spans":[${spans}]}]}`;
}

export function bodyOf(number: number): string {
  return `{"resourceSpans":[${elementOf(number)}]}`;
}

/** Whose spans these are, in their order, each once. */
export function numbersIn(content: string): readonly number[] {
  const ids = content.matchAll(/"spanId":"b([0-9a-f]{15})"/g);
  return [...new Set(ids.map(([, hex = '']) => Math.floor(Number.parseInt(hex, 16) / MAX_SPANS)))];
}

export function isRefused(content: string): boolean {
  return content.includes(REFUSED);
}

function spanOf(number: number, index: number): string {
  const id = (number * MAX_SPANS + index).toString(16);
  const attributes = [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.request.model', 'openai/gpt-5.1'),
    `{"key":"gen_ai.usage.total_cost","value":${amountOf(number, index)}}`,
    text('padding', paddingOf(number, index)),
  ];
  return `{"traceId":"a${number.toString(16).padStart(31, '0')}","spanId":"b${id.padStart(15, '0')}","name":"chat","startTimeUnixNano":"1790700000000000000","endTimeUnixNano":"1790700010000000000","status":{"code":1},"attributes":[${attributes}]}`;
}

function text(key: string, value: string): string {
  return `{"key":"${key}","value":{"stringValue":"${value}"}}`;
}

function paddingOf(number: number, index: number): string {
  if (kindOf(number) === 'large') return 'x'.repeat(LARGE_BYTES / spansOf(number));
  return kindOf(number) === 'refused' ? REFUSED : 'x'.repeat((number * 37 + index) % 4_000);
}

function unitsOf(number: number, index: number): bigint {
  const mixed = (number * 7_919_000_003 + index * 104_729_000_017) % 10 ** DECIMALS;
  const coarse = 10 ** (number % (DECIMALS + 1));
  // One in fifty is so dear that a double has no place left for its last digits, nor for those of others.
  const whole = number % 50 === 1 ? 98_765_432 : number % 7;
  return BigInt(whole) * ONE + BigInt(Math.floor(mixed / coarse) * coarse);
}

/** As a double, as text and, where it is whole, as an integer: OpenRouter sends all three. */
function amountOf(number: number, index: number): string {
  const units = unitsOf(number, index);
  const whole = `${units / ONE}`;
  if (units % ONE === 0n) return `{"intValue":"${whole}"}`;
  const decimal = `${whole}.${String(units % ONE).padStart(DECIMALS, '0')}`;
  return number % 2 === 0 ? `{"doubleValue":${decimal}}` : `{"stringValue":"${decimal}"}`;
}

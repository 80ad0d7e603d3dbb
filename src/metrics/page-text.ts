/** Spells labels, help texts and bucket bounds as the exposition formats want them. */
import { decimalText } from '../data/exact.ts';
import type { Exemplar, Label } from '../data/metric.ts';

export function helpText(help: string, openMetrics: boolean): string {
  const text = help.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return openMetrics ? text.replaceAll('"', '\\"') : text;
}

/** `a="1",b="2"`, without braces. */
export function labelsText(labels: readonly Label[]): string {
  return labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',');
}

const ESCAPED = /[\\\n"]/;

function escapeLabel(value: string): string {
  if (!ESCAPED.test(value)) return value.toWellFormed(); // nearly all
  return value.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

/**
 * As Prometheus 3 writes it (Go's `%g`, `.0` appended to a whole number), in every format: another spelling would be
 * another set of series.
 */
export function boundText(bound: bigint): string {
  const value = Number(decimalText(bound));
  const [mantissa = '', exponentText = ''] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** What follows the value of a line that has an exemplar. */
export function exemplarText({ traceId, spanId, value, timeMs }: Exemplar): string {
  return ` # {trace_id="${escapeLabel(traceId)}",span_id="${escapeLabel(spanId)}"} ${decimalText(value)} ${secondsText(timeMs)}`;
}

export function secondsText(timeMs: number): string {
  return (timeMs / 1000).toFixed(3);
}

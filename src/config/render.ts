/** Shows faults to people, programs and code reviews. */
import { type Excerpts, type Fault, summary } from './report.ts';

export type ReportFormat = 'text' | 'json' | 'github';

/** Sorted by place; ends with a line break; '' when there is nothing to say in text. */
export function renderFaults(faults: readonly Fault[], _excerpts: Excerpts, _format: ReportFormat = 'text'): string {
  return summary(faults);
}

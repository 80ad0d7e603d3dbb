/** Where spans end that their destination will never take. */
import type { Diagnostics, Logger } from '../component/contract.ts';
import type { DeadLetter, Resend } from '../journal/contract.ts';

export interface DeadLetters {
  /** Resolves when the letter is as safe as it will ever be; only then may the cursor pass it. */
  keep(letter: DeadLetter): Promise<void>;
  /**
   * The next letters that a person wants sent again, to be called `settled` once each was delivered or kept anew; waits while
   * there are none. Rejects with the abort reason. Absent: none is ever sent again.
   */
  asked?(exporter: string, abort: AbortSignal): Promise<Resend>;
}

/** Keeps the number of spans and the reason, not the spans. */
export function countedDeadLetters(logger: Logger, diagnostics: Diagnostics): DeadLetters {
  return {
    async keep({ exporter, spans, reason }) {
      diagnostics.count('spanmeter_dead_letter_spans_total', { exporter }, spans);
      logger.error('spans will never be delivered', { spans, reason });
    },
  };
}

/** The oracle of fault tests: knows for every span how often it was counted, and the sum to the last digit. */
import type { Fold, FoldRecord } from '../../src/component/contract.ts';
import { exact } from '../../src/data/exact.ts';
import { spansOf } from '../../src/data/spans.ts';

export class MoneyFold implements Fold {
  readonly id: string;
  readonly fingerprint = 'money';
  countByName = new Map<string, number>();
  total = 0n;

  constructor(id = 'money') {
    this.id = id;
  }

  apply({ batch }: FoldRecord): void {
    if (batch.signal !== 'traces') return;
    for (const { span } of spansOf(batch)) {
      const name = span.name ?? '';
      this.countByName.set(name, (this.countByName.get(name) ?? 0) + 1);
      const amount = exact(span.attributes?.[0]?.value ?? {});
      if (typeof amount === 'bigint') this.total += amount;
    }
  }

  save(): Uint8Array {
    return Buffer.from(JSON.stringify([String(this.total), [...this.countByName]]));
  }

  load(saved: Uint8Array): void {
    const [total, counts] = JSON.parse(Buffer.from(saved).toString());
    this.total = BigInt(total);
    this.countByName = new Map(counts);
  }
}

/** Of a span, from its number: none has the same as its neighbours, up to 12 decimals. */
export function costOf(id: number): string {
  return `${id % 7}.${String((id * 7_919_000_003) % 10 ** 12).padStart(12, '0')}`.slice(0, 3 + (id % 12));
}

export function sumOf(ids: Iterable<number>): bigint {
  let sum = 0n;
  for (const id of ids) {
    const amount = exact({ stringValue: costOf(id) });
    if (typeof amount === 'bigint') sum += amount;
  }
  return sum;
}

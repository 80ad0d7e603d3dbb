/** Spans that are new, in a window that is full: each pushes out an old one. */
import { randomBytes } from 'node:crypto';
import { bench } from 'mitata';
import { Claims } from '../../src/journal/claims.ts';

const WINDOW = 1_000_000;
const SPANS = 3;
const diagnostics = { count() {}, record() {} };

export function dedupe(): undefined {
  const claims = new Claims(WINDOW, diagnostics);
  const bytes = new Uint8Array();
  const take = () => {
    const ids = randomBytes(16 + 8 * SPANS).toString('hex');
    const spans = Array.from({ length: SPANS }, (_, nth) => ({
      traceId: ids.slice(0, 32),
      spanId: ids.slice(32 + 16 * nth, 48 + 16 * nth),
    }));
    const encoded = { encoding: 'json', bytes, mergeable: true } as const;
    const batch = { signal: 'traces', resources: [{ scopeSpans: [{ spans }] }], encoded } as const;
    claims.commit(claims.claim([{ pipelines: ['traces'], batch }]), 0);
  };
  for (let spans = 0; spans < WINDOW; spans += SPANS) take();
  bench(`claim and commit ${SPANS} spans`, take);
  const saved = claims.save();
  bench(`load a window of ${WINDOW} spans`, () => new Claims(WINDOW, diagnostics).load(saved));
}

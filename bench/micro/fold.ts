/** A decoded request into the counters of `genai`. */
import { bench, summary } from 'mitata';
import { GenaiMeter } from '../../test/helpers/genai-meter.ts';
import { BODIES, dimensioned, valuesFor } from '../bodies.ts';
import { requestsOf } from './requests.ts';

const BATCHES = 4_096;
const MANY_SERIES = valuesFor(2_000);
const MANY = '{ dimensions: [{ name: trace.metadata.dimension1, max_values: 10000 }] }';

export function fold(): undefined {
  summary(() => {
    for (const body of BODIES) foldOf(`fold ${body.name}`, new GenaiMeter(), requestsOf(body), body.spans > 3 ? 64 : BATCHES);
    foldOf(`fold 2 KB, ${MANY_SERIES} values of a dimension`, new GenaiMeter(MANY), requestsOf(dimensioned(1), MANY_SERIES));
  });
}

function foldOf(name: string, meter: GenaiMeter, { decoded }: ReturnType<typeof requestsOf>, batches = BATCHES): void {
  const records = Array.from({ length: batches }, (_, seq) => ({ seq: seq + 1, timeMs: Date.now(), batch: decoded() }));
  let nth = 0;
  bench(name, () => meter.apply([records[nth++ % records.length]!]));
}

/** Makes the records of an entry out of what its pipelines lack, in the bytes it came in where nothing is left out. */
import type { Batch, Encoded } from '../data/batch.ts';
import { filterSpans, spanCount } from '../data/spans.ts';
import { encodeTraces } from '../otlp/codec.ts';

/** `batch` for the folds, then only `encoded` is kept. */
export type NewRecord = Readonly<{ pipelines: readonly string[]; batch: Batch; encoded: Encoded; spans: number }>;

/** One record for every set of pipelines that lack the same spans, in the order of their first span. */
export function recordsOf(
  batch: Batch<'traces'>,
  lackingBySpan: readonly number[],
  namesOf: (pipelines: number) => readonly string[],
): readonly NewRecord[] {
  const [first] = lackingBySpan;
  if (first !== 0 && first !== undefined && lackingBySpan.every((pipelines) => pipelines === first)) {
    return [recordOf(batch, namesOf(first))];
  }
  return [...new Set(lackingBySpan)].flatMap((pipelines) => {
    let index = 0;
    const part = pipelines === 0 ? undefined : filterSpans(batch, () => lackingBySpan[index++] === pipelines);
    return part === undefined ? [] : [recordOf(part, namesOf(pipelines))];
  });
}

export function recordOf(batch: Batch, pipelines: readonly string[]): NewRecord {
  switch (batch.signal) {
    case 'traces':
      return { pipelines, batch, encoded: encodeTraces(batch), spans: spanCount(batch) };
    case 'metrics':
    case 'logs':
      if (batch.encoded === undefined) throw new Error(`cannot encode a changed batch of ${batch.signal}: no codec knows it`);
      return { pipelines, batch, encoded: batch.encoded, spans: 0 };
  }
}

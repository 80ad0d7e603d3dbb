/** Finds the value of a dimension: on the span, on its resource, or on a span above it in the same request. */
import type { AttributeRead } from '../../component/define.ts';
import { attributeOf } from '../../data/attributes.ts';
import type { AnyValue, Batch, Span } from '../../data/batch.ts';
import { spansOf } from '../../data/spans.ts';
import { parentKey, spanKey } from '../../genai/attempt.ts';
import type { SpanReader } from '../../genai/span-reader.ts';
import { textOfValue } from './label-text.ts';

type DimensionSource = Readonly<{
  /** Keys that the reader of the span must have picked out. */
  keys: readonly string[];
  /** Everything that the value may come from. */
  reads: readonly AttributeRead[];
  /** Undefined: absent or empty. */
  read(reader: SpanReader, ancestors: Ancestors): string | undefined;
}>;

const RESTRICTED = /^(span|resource|parent)\.(.+)$/;

export function dimensionSource(name: string): DimensionSource {
  const [, place, key = name] = RESTRICTED.exec(name) ?? [];
  switch (place) {
    case 'resource':
      return { keys: [], reads: [{ from: 'resource', key }], read: (reader) => onResource(reader, key) };
    case 'parent':
      return { keys: [], reads: [{ from: 'span', key }], read: ({ span }, ancestors) => ancestors.nearest(span, key) };
    case 'span':
      // OpenRouter has attributes whose whole name starts with "span.".
      return {
        keys: [name, key],
        reads: [
          { from: 'span', key: name },
          { from: 'span', key },
        ],
        read: (reader) => onSpan(reader, name) ?? onSpan(reader, key),
      };
    default:
      return {
        keys: [key],
        reads: [
          { from: 'span', key },
          { from: 'resource', key },
        ],
        read: (reader) => onSpan(reader, key) ?? onResource(reader, key),
      };
  }
}

/** The spans of one record by who is above whom. */
export class Ancestors {
  readonly #batch: Batch<'traces'>;
  #spanByKey: ReadonlyMap<string, Span> | undefined;

  constructor(batch: Batch<'traces'>) {
    this.#batch = batch;
  }

  nearest(span: Span, key: string): string | undefined {
    this.#spanByKey ??= new Map(spansOf(this.#batch).map(({ span: other }) => [spanKey(other), other]));
    const seen = new Set<Span>([span]);
    let ancestor = this.#spanByKey.get(parentKey(span));
    while (ancestor !== undefined && !seen.has(ancestor)) {
      const text = filled(attributeOf(ancestor.attributes, key));
      if (text !== undefined) return text;
      seen.add(ancestor);
      ancestor = this.#spanByKey.get(parentKey(ancestor));
    }
    return undefined;
  }
}

function onSpan(reader: SpanReader, key: string): string | undefined {
  return filled(reader.value(key));
}

function onResource({ resource }: SpanReader, key: string): string | undefined {
  return filled(attributeOf(resource?.attributes, key));
}

function filled(value: AnyValue | undefined): string | undefined {
  return value && (textOfValue(value) || undefined);
}

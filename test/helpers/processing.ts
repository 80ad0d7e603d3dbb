/** Makes processors from YAML and small frozen batches for them. */
import type { z } from 'zod';
import type { Processor } from '../../src/component/contract.ts';
import type { ProcessorDefinition } from '../../src/component/define.ts';
import type { AnyValue, Attributes, Batch, Resource, Scope, Span } from '../../src/data/batch.ts';
import { configOf } from './component.ts';
import { deepFreeze } from './deep-freeze.ts';

export function processorFrom<C extends z.ZodObject>(definition: ProcessorDefinition<C>, yaml: string): Processor {
  return definition.create(configOf(definition.config, yaml), { count() {}, record() {} });
}

/** A text stands for itself. */
export type Written = Readonly<Record<string, AnyValue | string>>;

export function attributesOf(written: Written): Attributes {
  return Object.entries(written).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : value,
  }));
}

/** Frozen, with bytes as if it had just arrived. */
export function batchWith(
  spans: readonly Span[],
  envelope: Readonly<{ resource?: Resource; scope?: Scope }> = {},
): Batch<'traces'> {
  const { resource, scope } = envelope;
  return deepFreeze({
    signal: 'traces',
    resources: [{ ...(resource && { resource }), scopeSpans: [{ ...(scope && { scope }), spans }] }],
    encoded: { encoding: 'json', bytes: new Uint8Array(), mergeable: true },
  });
}

/** The attributes of the only span, after the processor. */
export function processedAttributes(processor: Processor, attributes: Attributes, span: Span = {}): Attributes {
  const [processed] = spansIn(processor(batchWith([{ ...span, attributes }])));
  return processed?.attributes ?? [];
}

export function spansIn(batch: Batch | undefined): readonly Span[] {
  const resources = batch?.signal === 'traces' ? batch.resources : [];
  return resources.flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans));
}

/** What the bench sends: deliveries of OpenRouter of three sizes, and a batch of an SDK. */
import type { Body } from './body.ts';
import { MODELS, type Size, templatesOf } from './openrouter-bodies.ts';
import { protobufTemplates } from './protobuf-bodies.ts';

const SPANS = 100;

export const BODIES: readonly Body[] = [
  delivery({ name: '2 KB', bytes: 2_000, spans: 1 }),
  delivery({ name: '8 KB', bytes: 8_000, spans: 3 }),
  delivery({ name: '56 KB', bytes: 56_000, spans: 3 }),
  {
    name: `${SPANS} spans`,
    mediaType: 'application/x-protobuf',
    spans: SPANS,
    calls: SPANS,
    templates: (_, nowMs) => protobufTemplates(SPANS, nowMs),
  },
];

/** The smallest with so many attributes to be dimensions; the values of `trace.metadata.dimension1` are as many as a job says. */
export function dimensioned(dimensions: number): Body {
  return delivery({ name: `2 KB, ${dimensions} dimensions`, bytes: 2_000, spans: 1, dimensions });
}

/** Models take turns: so many values give so many label sets, each with a model of its own. */
export function valuesFor(labelSets: number): number {
  return Math.ceil(labelSets / MODELS.length) * MODELS.length;
}

export function bodyOf(name: string): Body {
  const [, kilobytes] = /^([\d.]+) KB$/.exec(name) ?? [];
  const size = kilobytes === undefined ? undefined : delivery({ name, bytes: Number(kilobytes) * 1_000, spans: 3 });
  const body = BODIES.find((candidate) => candidate.name === name) ?? size;
  if (body === undefined)
    throw new Error(`cannot find a body "${name}": there are ${BODIES.map((one) => one.name).join(', ')} and any size in KB`);
  return body;
}

function delivery(size: Size): Body {
  const { name, spans } = size;
  const templates = (seed: number, nowMs: number) => templatesOf(size, seed, nowMs);
  return { name, mediaType: 'application/json', spans, calls: 1, templates };
}

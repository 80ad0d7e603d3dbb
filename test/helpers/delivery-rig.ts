/** One exporter behind a journal, as the daemon would build it, with time in the hand of the test. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Exporter } from '../../src/component/contract.ts';
import type { DeadLetters } from '../../src/delivery/dead-letters.ts';
import { Delivery } from '../../src/delivery/reader.ts';
import { otlpHttpExporter } from '../../src/exporters/otlp-http/index.ts';
import type { Reader } from '../../src/journal/contract.ts';
import { MemoryJournal } from '../../src/journal/memory.ts';
import { decodeTracesJson } from '../../src/otlp/json.ts';
import { configOf } from './component.ts';
import { Observer } from './observer.ts';
import { VirtualClock } from './virtual-clock.ts';

export type Rig = Readonly<{
  delivery: Delivery;
  exporter: Exporter;
  reader: Reader;
  clock: VirtualClock;
  observer: Observer;
  /** As one request of a sender. */
  append: (body: string | Uint8Array) => Promise<void>;
  stop: (graceMs?: number) => Promise<void>;
}>;

export type RigOptions = Readonly<{
  /** Settings of otlp_http beside the endpoint, as YAML. */
  yaml?: string;
  /** Append these before the start, so that they are one take. */
  backlog?: readonly (string | Uint8Array)[];
  drains?: boolean;
  deadLetters?: DeadLetters;
  /** Of what the delivery is given. */
  reader?: (reader: Reader) => Reader;
  /** Real time, for what undici and the sockets do. */
  realTime?: boolean;
}>;

export async function startRig(url: string, options: RigOptions = {}): Promise<Rig> {
  const { yaml = '', backlog = [], drains = false, realTime = false, deadLetters, reader: given = (one) => one } = options;
  const clock = new VirtualClock();
  const observer = new Observer();
  const context = observer.context('otlp_http/test', realTime ? Date.now : clock.now);
  const config = configOf(otlpHttpExporter.config, `endpoint: ${url}\n${yaml}`);
  const exporter = otlpHttpExporter.create(config, context);
  const journal = new MemoryJournal({ ...context, maxBytes: 2 ** 30, maxSpans: 1_000_000 });
  const reader = given(journal.bind({ folds: [], readers: [{ id: 'test', pipelines: new Set(['traces']) }] }).get('test')!);
  const append = async (body: string | Uint8Array) => {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    await journal.append([{ pipelines: ['traces'], batch: decodeTracesJson(bytes).batch }]);
    await nextTurn(); // whoever waits for it has it
  };
  for (const body of backlog) await append(body);
  const virtual = realTime ? {} : { sleep: clock.sleep, elapsedMs: clock.now, random: () => 0.5 };
  const delivery = new Delivery(exporter, reader, config, { ...context, drains, deadLetters, ...virtual });
  await exporter.start?.();
  await delivery.start();
  const stop = async (graceMs = 0) => {
    await delivery.shutdown(graceMs === 0 ? AbortSignal.abort() : AbortSignal.timeout(graceMs));
    await exporter.shutdown?.(AbortSignal.timeout(1000));
  };
  return { delivery, exporter, reader, clock, observer, append, stop };
}

/** A request with spans of these ids, each in its own resourceSpans entry, as OpenRouter sends them. */
export function bodyOf(...spanIds: readonly number[]): string {
  const resourceSpans = spanIds.map((id) => ({ resource: {}, scopeSpans: [{ scope: {}, spans: [spanOf(id)] }] }));
  return JSON.stringify({ resourceSpans });
}

/** The same spans as bodyOf(), in one entry. */
export function bodyOfOneResource(...spanIds: readonly number[]): string {
  return JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans: spanIds.map(spanOf) }] }] });
}

export function spanId(id: number): string {
  return id.toString(16).padStart(16, '0');
}

function spanOf(id: number) {
  return { traceId: spanId(id).padStart(32, 'a'), spanId: spanId(id), name: 'call', attributes: [] };
}

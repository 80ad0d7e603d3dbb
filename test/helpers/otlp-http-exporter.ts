/** An exporter otlp_http that is started, and one attempt of it. */
import { after } from 'node:test';
import type { Authenticator, Exporter, Outcome } from '../../src/component/contract.ts';
import type { Encoding } from '../../src/data/batch.ts';
import { otlpHttpExporter } from '../../src/exporters/otlp-http/index.ts';
import { decodeTraces } from '../../src/otlp/codec.ts';
import { configOf } from './component.ts';
import { Observer } from './observer.ts';

const opened = new Set<Exporter>();
after(() => Promise.all([...opened].map((exporter) => exporter.shutdown?.(AbortSignal.abort()))));

export type Started = Readonly<{
  observer: Observer;
  /** One attempt, with this time to answer. */
  attempt: (body: string | Uint8Array, timeoutMs?: number, encoding?: Encoding) => Promise<Outcome>;
}>;

export async function startExporter(yaml: string, authenticator?: Authenticator): Promise<Started> {
  const observer = new Observer();
  const config = configOf(otlpHttpExporter.config, yaml);
  const exporter = otlpHttpExporter.create(config, { ...observer.context('otlp_http'), authenticator });
  opened.add(exporter);
  await exporter.start?.();
  const attempt = (body: string | Uint8Array, timeoutMs = 5000, encoding: Encoding = 'json') => {
    const { batch } = decodeTraces({ encoding, bytes: Buffer.from(body) });
    return exporter.attempt(batch, AbortSignal.timeout(timeoutMs));
  };
  return { observer, attempt };
}

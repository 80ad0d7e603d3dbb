/** Leads requests to the pipelines of their receiver, and scrapes to the figures of their exporter; a reload switches all of it at once. */
import type { Consumer, PulledSource } from '../component/contract.ts';
import { IntakeError } from '../component/errors.ts';
import type { Signal } from '../data/batch.ts';

/** By the ids of receivers and of pull exporters. */
export type Connections = Readonly<{
  intakes: ReadonlyMap<string, Consumer>;
  sources: ReadonlyMap<string, readonly PulledSource[]>;
}>;

const NO_SOURCES: readonly PulledSource[] = [];
/** A receiver that listens and is not connected is about to be: what it takes is decided then. */
const ANY: ReadonlySet<Signal> = new Set(['traces', 'metrics', 'logs']);

export class Wiring {
  #current: Connections = { intakes: new Map(), sources: new Map() };

  switch(connections: Connections): void {
    this.#current = connections;
  }

  /** For as long as the receiver lives, and for the next one of its id. */
  consumerFor(receiver: string): Consumer {
    const intake = () => this.#current.intakes.get(receiver);
    return {
      get signals() {
        return intake()?.signals ?? ANY;
      },
      consume: (batch) => intake()?.consume(batch) ?? Promise.reject(notConnected()),
    };
  }

  /** The same list until a switch. */
  sourcesFor(exporter: string): () => readonly PulledSource[] {
    return () => this.#current.sources.get(exporter) ?? NO_SOURCES;
  }
}

function notConnected(): IntakeError {
  return new IntakeError('unavailable', 'cannot take the request: the config is being reloaded', { retryAfterSeconds: 1 });
}

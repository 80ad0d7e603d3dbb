/** Makes what the daemon tells about itself; what is switched off is not even loaded. */
import type { Context, Diagnostics, Lifecycle } from '../component/contract.ts';
import type { ServiceSettings } from '../config/schema.ts';
import { Counters } from './counters.ts';
import type { RootLogger } from './logger.ts';
import type { Reading } from './names.ts';
import { metricsEndpoint, ownResource } from './settings.ts';
import type { OwnTracer } from './tracer.ts';

export type OwnTelemetry = Lifecycle &
  Readonly<{
    diagnostics: Diagnostics;
    tracer: OwnTracer | undefined;
    /** Adds what is read whenever somebody looks. */
    read: (readings: () => Iterable<Reading>) => void;
  }>;

export type TelemetryHost = Readonly<{ logger: RootLogger; now: () => number; fail: (id: string, error: Error) => void }>;

/** Opens nothing. */
export async function createOwnTelemetry(settings: ServiceSettings['telemetry'], host: TelemetryHost): Promise<OwnTelemetry> {
  const meters = await createMeters(settings, host);
  const tracer = await createTracer(settings, host);
  return {
    diagnostics: meters ?? new Counters(),
    tracer,
    read: (readings) => meters?.read(readings),
    async start() {
      await meters?.start();
      await tracer?.start();
    },
    async shutdown(deadline) {
      await Promise.all([meters?.shutdown(deadline), tracer?.shutdown(deadline)]);
    },
  };
}

async function createMeters({ metrics, resource }: ServiceSettings['telemetry'], host: TelemetryHost) {
  const endpoint = metricsEndpoint(metrics);
  if (endpoint === undefined) return undefined;
  const { Meters } = await import('./meters.ts');
  return new Meters({ endpoint, resource: ownResource(resource) }, contextOf('telemetry/metrics', host));
}

async function createTracer({ traces, resource }: ServiceSettings['telemetry'], host: TelemetryHost) {
  if (traces.processors.length === 0) return undefined;
  const { OwnTracer } = await import('./tracer.ts');
  return new OwnTracer({ processors: traces.processors, resource: ownResource(resource) }, contextOf('telemetry/traces', host));
}

function contextOf(id: string, { logger, now, fail }: TelemetryHost): Context {
  const diagnostics = new Counters(); // nothing is counted about the counting
  return { id, logger: logger.forComponent(id), now, fail: (error) => fail(id, error), diagnostics };
}

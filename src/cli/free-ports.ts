/** Moves the listeners of a plan to free ports where theirs are taken. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { HostPort } from '../config/fields.ts';
import type { Plan } from '../graph/plan.ts';
import type { Planned } from '../graph/plan-components.ts';
import { metricsEndpoint } from '../telemetry/settings.ts';

/** Everything else stays as it is. Another program may still be quicker. */
export async function onFreePorts(plan: Plan): Promise<Plan> {
  const { traces, metrics, extensions, service } = plan;
  const moved = new Map<string, Planned['config']>();
  const components = [
    ...traces.flatMap(({ receivers, exporters }): readonly Planned[] => [...receivers, ...exporters]),
    ...metrics.flatMap(({ exporters }) => exporters),
    ...extensions,
  ];
  for (const planned of components) moved.set(keyOf(planned), await movedConfig(planned));
  const move = <P extends Planned>(planned: P): P => ({ ...planned, config: moved.get(keyOf(planned)) ?? planned.config });
  return {
    ...plan,
    traces: traces.map((pipeline) => ({
      ...pipeline,
      receivers: pipeline.receivers.map(move),
      exporters: pipeline.exporters.map(move),
    })),
    metrics: metrics.map((pipeline) => ({ ...pipeline, exporters: pipeline.exporters.map(move) })),
    extensions: extensions.map(move),
    service: { ...service, telemetry: await movedTelemetry(service.telemetry) },
  };
}

function keyOf({ path }: Planned): string {
  return path.join('\n');
}

async function movedConfig({ definition, config }: Planned): Promise<Planned['config']> {
  let moved = config;
  for (const { path, ...address } of definition.listens?.(config) ?? []) {
    moved = withValue(moved, path.split('.'), await freeAddress(address));
  }
  return moved;
}

function withValue(config: Planned['config'], [key = '', ...rest]: readonly string[], value: unknown): Planned['config'] {
  if (rest.length === 0) return { ...config, [key]: value };
  const inner = config[key];
  return typeof inner === 'object' && inner !== null ? { ...config, [key]: withValue({ ...inner }, rest, value) } : config;
}

async function movedTelemetry(telemetry: Plan['service']['telemetry']): Promise<Plan['service']['telemetry']> {
  const endpoint = metricsEndpoint(telemetry.metrics);
  if (endpoint === undefined) return telemetry;
  return { ...telemetry, metrics: { ...telemetry.metrics, readers: undefined, address: await freeAddress(endpoint) } };
}

async function freeAddress({ host, port }: HostPort): Promise<HostPort> {
  return { host, port: (port === 0 ? undefined : await listened(host, port)) ?? (await listened(host, 0)) ?? port };
}

/** The port on which somebody can listen; undefined if it is taken. */
async function listened(host: string, port: number): Promise<number | undefined> {
  const server = createServer().listen({ port, ...(host !== '' && { host: host === 'localhost' ? '127.0.0.1' : host }) });
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? address?.port : undefined;
}

/** What the settings of the daemon's own telemetry come to: where its metrics are shown, and what it calls itself. */
import type { MetricsSettings, ResourceSettings } from '../config/telemetry-fields.ts';
import { VERSION } from './version.ts';

export type MetricsEndpoint = Readonly<{
  host: string;
  port: number;
  /** What to change when the port is taken. */
  option: string;
}>;

/** Undefined: there are none. */
export function metricsEndpoint({ level, address, readers }: MetricsSettings): MetricsEndpoint | undefined {
  if (level === 'none') return undefined;
  if (address !== undefined) return { ...address, option: 'service.telemetry.metrics.address' };
  const { host, port } = readers?.[0]?.pull.exporter.prometheus ?? { host: 'localhost', port: 8888 };
  return { host, port, option: 'service.telemetry.metrics.readers[0].pull.exporter.prometheus.port' };
}

export function ownResource(settings: ResourceSettings): ResourceSettings {
  const attributes = { 'service.name': 'spanmeter', 'service.version': VERSION, ...settings };
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''));
}

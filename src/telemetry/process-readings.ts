/** What the process has used, and what it runs: the figures that every program has. */
import type { Reading } from './names.ts';
import { REVISION, VERSION } from './version.ts';

export type ProcessUsage = Readonly<{
  uptimeSeconds: number;
  /** User and system. */
  cpuSeconds: number;
  rssBytes: number;
  heapUsedBytes: number;
  heapTotalBytes: number;
}>;

type ProcessFacts = Readonly<{
  usage: ProcessUsage;
  nodeVersion: string;
  /** `loadedMs`: of the one in use. `reloaded`: no newer one was refused. */
  config: Readonly<{ loadedMs: number; reloaded: boolean }>;
}>;

export function* processReadings({ usage, nodeVersion, config }: ProcessFacts): Generator<Reading> {
  const labels = {};
  yield { name: 'otelcol_process_uptime_total', labels, value: usage.uptimeSeconds };
  yield { name: 'otelcol_process_cpu_seconds_total', labels, value: usage.cpuSeconds };
  yield { name: 'otelcol_process_memory_rss', labels, value: usage.rssBytes };
  yield { name: 'otelcol_process_runtime_heap_alloc_bytes', labels, value: usage.heapUsedBytes };
  yield { name: 'otelcol_process_runtime_total_sys_memory_bytes', labels, value: usage.heapTotalBytes };
  yield { name: 'spanmeter_config_last_reload_successful', labels, value: config.reloaded ? 1 : 0 };
  yield { name: 'spanmeter_config_last_reload_success_timestamp_seconds', labels, value: config.loadedMs / 1000 };
  yield { name: 'spanmeter_build_info', labels: { version: VERSION, revision: REVISION, node: nodeVersion }, value: 1 };
}

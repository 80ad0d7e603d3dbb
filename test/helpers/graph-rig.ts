/** A whole graph in this process, from YAML, on ports of its own. */
import type { TestContext } from 'node:test';
import { COMPONENTS } from '../../src/components.ts';
import { loadTexts } from '../../src/config/load.ts';
import { createGraph, type Graph } from '../../src/graph/create.ts';
import type { GraphHost } from '../../src/graph/host.ts';
import { type Plan, plan } from '../../src/graph/plan.ts';
import { reloadGraph } from '../../src/graph/reload.ts';
import { startGraph, stopGraph } from '../../src/graph/run.ts';
import { GraphStatus } from '../../src/graph/status.ts';
import { Counters } from '../../src/telemetry/counters.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { temporaryFolder } from './disk-journal.ts';

export function planOf(yaml: string): Plan {
  const { plan: planned, faults } = plan(
    loadTexts([{ file: 'rig.yaml', text: yaml }], { environment: {}, unset: 'error' }),
    COMPONENTS,
  );
  if (planned === undefined) throw new Error(faults.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return planned;
}

/** Takes traces on a port of its own, counts them and sends them there. */
export function configFor(destination: string, more = ''): string {
  return `
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:0 } } }
connectors:
  genai:
exporters:
  prometheus: { endpoint: 127.0.0.1:0 }
  otlp_http/tempo: { endpoint: '${destination}', retry_on_failure: { initial_interval: 5ms, max_interval: 10ms } }
${more}
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [genai, otlp_http/tempo] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`;
}

export class GraphRig {
  graph: Graph;
  readonly failures: Error[] = [];
  readonly #host: GraphHost;
  readonly status: GraphStatus;
  readonly counters = new Counters();
  readonly lines: string[] = [];
  readonly #logger = createLogger({
    level: 'info',
    encoding: 'json',
    initialFields: {},
    write: (line) => this.lines.push(line),
    now: Date.now,
  });

  constructor(test: TestContext, yaml: string, more: Partial<GraphHost> = {}) {
    const planned = planOf(yaml);
    this.status = new GraphStatus(planned, Date.now);
    this.#host = {
      logger: this.#logger,
      diagnostics: this.counters,
      now: Date.now,
      random: Math.random,
      memory: { rssBytes: 0, heapLimitBytes: 2 ** 32, totalBytes: 2 ** 33 },
      fail: (id, error) => {
        this.failures.push(error);
        this.status.note(id, 'failed', error);
      },
      health: () => this.status.read(),
      dataDirectory: temporaryFolder(),
      ...more,
    };
    this.graph = createGraph(planned, this.#host);
    this.status.watch(this.graph);
    test.after(() => this.stop(AbortSignal.abort()));
  }

  async start(): Promise<this> {
    await startGraph(this.graph, AbortSignal.timeout(5_000), { logger: this.#logger, status: this.status });
    return this;
  }

  async reload(yaml: string): Promise<void> {
    this.graph = await reloadGraph(this.graph, planOf(yaml), this.#host, { logger: this.#logger, status: this.status });
  }

  stop(deadline: AbortSignal = AbortSignal.timeout(5_000)): Promise<void> {
    return stopGraph(this.graph, deadline, { logger: this.#logger, status: this.status });
  }

  /** Where a component listens: "receiver/otlp". */
  urlOf(component: string): string {
    const lines = this.lines.map((line) => JSON.parse(line));
    return lines.findLast((line) => line.msg === 'listening' && line.component === component).endpoint;
  }

  /** State by component. */
  get states(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.status.read().components.map(({ id, state }) => [id, state]));
  }

  /** Of one metric, by the text of its labels. */
  counted(name: string): Readonly<Record<string, number>> {
    const counts = [...this.counters.counts()].filter((count) => count.name === name);
    return Object.fromEntries(counts.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  }
}

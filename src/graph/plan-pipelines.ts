/** Connects the components of a document as its pipelines say. */
import type {
  ConnectorDefinition,
  Definition,
  ExporterDefinition,
  ProcessorDefinition,
  PullExporterDefinition,
  ReceiverDefinition,
} from '../component/define.ts';
import type { ConfigDocument, Entry } from '../config/document.ts';
import type { Path } from '../config/place.ts';
import type { Fault } from '../config/report.ts';
import type { Section } from '../config/schema.ts';
import { suggest } from '../config/suggest.ts';
import type { Planned, PlannedComponents } from './plan-components.ts';

/** In the order of the file. */
export type TracesPipeline = Readonly<{
  id: string;
  receivers: readonly Planned<ReceiverDefinition>[];
  processors: readonly Planned<ProcessorDefinition>[];
  connectors: readonly Planned<ConnectorDefinition>[];
  exporters: readonly Planned<ExporterDefinition>[];
}>;

/** Shows what connectors counted. */
export type MetricsPipeline = Readonly<{
  id: string;
  connectors: readonly Planned<ConnectorDefinition>[];
  exporters: readonly Planned<PullExporterDefinition>[];
}>;

export type Pipelines = Readonly<{ traces: readonly TracesPipeline[]; metrics: readonly MetricsPipeline[] }>;

/** What may stand in one list of a pipeline: the first section is where an unknown id was expected. */
type End<D extends Definition> = Readonly<{
  list: 'receivers' | 'processors' | 'exporters';
  sections: readonly [Section, ...Section[]];
  fits: (definition: Definition) => definition is D;
  misfit: Readonly<{ code: 'signal' | 'unsupported'; message: string; remedy?: string }>;
}>;

const TRACE_SOURCES: End<ReceiverDefinition> = {
  list: 'receivers',
  sections: ['receivers', 'connectors'],
  fits: (definition): definition is ReceiverDefinition => definition.kind === 'receiver' && definition.signals.includes('traces'),
  misfit: { code: 'signal', message: 'does not give traces' },
};
const TRACE_PROCESSORS: End<ProcessorDefinition> = {
  list: 'processors',
  sections: ['processors'],
  fits: (definition): definition is ProcessorDefinition =>
    definition.kind === 'processor' && definition.signals.includes('traces'),
  misfit: { code: 'signal', message: 'does not take traces' },
};
const TRACE_SINKS: End<ExporterDefinition | ConnectorDefinition> = {
  list: 'exporters',
  sections: ['exporters', 'connectors'],
  fits: (definition): definition is ExporterDefinition | ConnectorDefinition =>
    (definition.kind === 'connector' && definition.reads.includes('traces')) ||
    (definition.kind === 'exporter' && definition.signals.includes('traces')),
  misfit: { code: 'signal', message: 'does not take traces' },
};
const METRIC_SOURCES: End<ConnectorDefinition> = {
  list: 'receivers',
  sections: ['connectors', 'receivers'],
  fits: (definition) => definition.kind === 'connector',
  misfit: { code: 'unsupported', message: 'does not give metrics here yet', remedy: 'a connector such as genai does' },
};
const METRIC_SINKS: End<PullExporterDefinition> = {
  list: 'exporters',
  sections: ['exporters', 'connectors'],
  fits: (definition) => definition.kind === 'pull_exporter',
  misfit: { code: 'unsupported', message: 'does not take metrics here yet', remedy: 'the prometheus exporter does' },
};

const PIPELINES: Path = ['service', 'pipelines'];
const SUPPORTED = ['traces', 'metrics'];
const SIGNALS = [...SUPPORTED, 'logs', 'profiles'];

export function planPipelines(
  document: ConfigDocument,
  components: PlannedComponents,
): { pipelines: Pipelines; faults: Fault[] } {
  const faults: Fault[] = [];
  const ends = <D extends Definition>({ path }: Entry, end: End<D>): readonly Planned<D>[] => {
    const resolved = resolveEnd(document, components, path, end);
    faults.push(...resolved.faults);
    return resolved.planned;
  };
  const traces: TracesPipeline[] = [];
  const metrics: MetricsPipeline[] = [];
  const entries = document.entries(PIPELINES);
  // That it is not there at all is a fault of the shape.
  if (entries.length === 0 && document.has(PIPELINES)) {
    const message = 'needed: at least one pipeline, such as "traces"';
    faults.push(document.fault({ code: 'missing_key', path: PIPELINES, mark: 'key', message }));
  }
  for (const entry of entries) {
    const signal = entry.key.split('/')[0] ?? '';
    if (signal === 'traces') {
      const receivers = ends(entry, TRACE_SOURCES);
      const processors = ends(entry, TRACE_PROCESSORS);
      const sinks = ends(entry, TRACE_SINKS);
      traces.push({
        id: entry.key,
        receivers,
        processors,
        connectors: sinks.filter(isConnector),
        exporters: sinks.filter(isExporter),
      });
    } else if (signal === 'metrics') {
      metrics.push({ id: entry.key, connectors: ends(entry, METRIC_SOURCES), exporters: ends(entry, METRIC_SINKS) });
      faults.push(...refusedProcessors(document, entry));
    } else {
      faults.push(refusedSignal(document, entry, signal));
    }
  }
  return { pipelines: { traces, metrics }, faults };
}

function resolveEnd<D extends Definition>(
  document: ConfigDocument,
  components: PlannedComponents,
  pipeline: Path,
  end: End<D>,
): { planned: readonly Planned<D>[]; faults: readonly Fault[] } {
  const path = [...pipeline, end.list];
  const items = document.entries(path);
  const ids = items.map((item) => document.valueAt(item.path));
  const resolved = items.map((item, index) => resolveId(document, components, item, ids.slice(0, index), end));
  const faults = resolved.flatMap(({ fault }) => fault ?? []);
  if (items.length === 0 && end.list !== 'processors' && document.isResolved(path)) {
    faults.push(document.fault({ code: 'missing_key', path, mark: 'key', message: `needed: at least one of "${end.list}"` }));
  }
  return { planned: resolved.flatMap(({ planned }) => planned ?? []), faults };
}

type Resolved<D extends Definition> = Readonly<{ planned?: Planned<D>; fault?: Fault }>;

function resolveId<D extends Definition>(
  document: ConfigDocument,
  components: PlannedComponents,
  { path }: Entry,
  before: readonly unknown[],
  { sections, fits, misfit }: End<D>,
): Resolved<D> {
  const id = document.valueAt(path);
  if (typeof id !== 'string') return {}; // the shape of the list is checked elsewhere
  if (before.includes(id)) return { fault: document.fault({ code: 'clash', path, message: `"${id}" stands here twice` }) };
  const section = sections.map((name) => components[name]).find((one) => one.has(id));
  if (section === undefined) return { fault: unknownId(document, components, id, path, sections) };
  const found = section.get(id);
  if (found === undefined) return {}; // its fault is told
  if (isPlanned(found, fits)) return { planned: found };
  return { fault: document.fault({ ...misfit, path, message: `"${id}" ${misfit.message}` }) };
}

function isPlanned<D extends Definition>(planned: Planned, fits: End<D>['fits']): planned is Planned<D> {
  return fits(planned.definition);
}

function isConnector(planned: Planned): planned is Planned<ConnectorDefinition> {
  return planned.definition.kind === 'connector';
}

function isExporter(planned: Planned): planned is Planned<ExporterDefinition> {
  return planned.definition.kind === 'exporter';
}

function unknownId(
  document: ConfigDocument,
  components: PlannedComponents,
  id: string,
  path: Path,
  sections: readonly [Section, ...Section[]],
): Fault {
  const known = sections.flatMap((section) => [...components[section].keys()]);
  const message = `"${id}" is not under "${sections[0]}"`;
  return document.fault({ code: 'unknown_id', path, message, remedy: suggest(id, known) });
}

function refusedProcessors(document: ConfigDocument, { path: pipeline }: Entry): readonly Fault[] {
  const path = [...pipeline, 'processors'];
  if (document.entries(path).length === 0) return [];
  const message = 'processors are not supported here';
  return [document.fault({ code: 'unsupported', path, mark: 'key', message, remedy: 'none works on metrics yet' })];
}

function refusedSignal(document: ConfigDocument, { key, path }: Entry, signal: string): Fault {
  if (!SIGNALS.includes(signal)) {
    return document.fault({
      code: 'unknown_key',
      path,
      mark: 'key',
      message: `"${key}" is no pipeline`,
      remedy: suggest(signal, SUPPORTED),
    });
  }
  const remedy = 'pipelines of traces, and of metrics that a connector counts, are there';
  return document.fault({
    code: 'unsupported',
    path,
    mark: 'key',
    message: `pipelines of ${signal} are not supported here`,
    remedy,
  });
}

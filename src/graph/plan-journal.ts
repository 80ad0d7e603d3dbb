/** Settles what a config says about the journal: under service.journal, and in a file_storage of the Collector. */
import type { ExtensionDefinition } from '../component/define.ts';
import type { ConfigDocument } from '../config/document.ts';
import type { Fault } from '../config/report.ts';
import type { JournalSettings } from '../config/schema.ts';
import { MAX_PIPELINES } from '../journal/pipeline-bits.ts';
import { fieldPath, type Planned } from './plan-components.ts';
import type { Pipelines } from './plan-pipelines.ts';

export type PlannedJournal = Readonly<{
  storage: JournalSettings['storage'];
  /** Undefined: not said in the config. */
  directory: string | undefined;
  maxBytes: number;
  segmentBytes: number;
  /** Undefined: 512 MiB, or 5 % of a large file system. */
  minFreeBytes: number | undefined;
  /** Newest distinct spans to recognise. */
  maxSpans: number;
}>;

const DEFAULT_MAX_BYTES = { disk: 10 * 1024 ** 3, memory: 256 * 1024 ** 2 } as const;
const DEFAULT_MAX_SPANS = 1_000_000;

/** What the journal takes from one of them; the schema of the extension has these fields. */
type FileStorage = Readonly<{
  directory?: string | undefined;
  max_size?: number | undefined;
  dedupe?: Readonly<{ max_spans?: number | undefined }>;
}>;

export function planJournal(
  document: ConfigDocument,
  settings: JournalSettings,
  extensions: readonly Planned<ExtensionDefinition>[],
): Readonly<{ journal: PlannedJournal; faults: readonly Fault[] }> {
  const stores = extensions.filter(({ definition }) => definition.type === 'file_storage');
  // Its own schema has these fields (extensions/file-storage.ts).
  const stored = stores.map(({ config }) => config as FileStorage);
  const journal: PlannedJournal = {
    storage: settings.storage,
    directory: settings.directory ?? first(stored.map(({ directory }) => directory)),
    maxBytes: settings.max_size ?? first(stored.map(({ max_size }) => max_size)) ?? DEFAULT_MAX_BYTES[settings.storage],
    segmentBytes: settings.segment_size,
    minFreeBytes: settings.min_free,
    maxSpans: settings.dedupe.max_spans ?? first(stored.map(({ dedupe }) => dedupe?.max_spans)) ?? DEFAULT_MAX_SPANS,
  };
  return { journal, faults: [...severalDirectories(document, settings, stores), ...inMemory(document, settings, stores)] };
}

/** It notes for every span which pipelines have it. */
export function checkNumber(document: ConfigDocument, { traces }: Pipelines): readonly Fault[] {
  const excess = traces[MAX_PIPELINES];
  if (excess === undefined) return [];
  const message = `${traces.length} pipelines of traces; the journal tells ${MAX_PIPELINES} apart`;
  const remedy = 'a pipeline may have several receivers and exporters: join those with the same processors';
  const path = ['service', 'pipelines', excess.id];
  return [document.fault({ code: 'too_many', path, mark: 'key', message, remedy })];
}

function first<T>(values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined);
}

function severalDirectories(
  document: ConfigDocument,
  { directory }: JournalSettings,
  stores: readonly Planned[],
): readonly Fault[] {
  const [named, ...others] = [
    ...(directory === undefined ? [] : [{ directory, by: 'service.journal.directory', path: undefined }]),
    ...stores.flatMap(({ id, path, config }) => {
      const own = config['directory'];
      return typeof own === 'string' ? [{ directory: own, by: `"${id}"`, path: fieldPath(path, 'directory') }] : [];
    }),
  ];
  return others.flatMap(({ path, directory: other }) => {
    if (named === undefined || path === undefined || other === named.directory) return [];
    const message = `one journal per process: ${named.by} says ${JSON.stringify(named.directory)}`;
    return [document.fault({ code: 'clash', path, message, remedy: 'name the same folder, or none' })];
  });
}

/** Whoever asks for storage expects to find it after a restart. */
function inMemory(document: ConfigDocument, { storage }: JournalSettings, stores: readonly Planned[]): readonly Fault[] {
  if (storage !== 'memory') return [];
  return stores.map(({ path }) =>
    document.fault({
      code: 'drops_data',
      path,
      mark: 'key',
      message: 'the journal is kept in memory: spans that are not delivered, and counters, are gone when the process ends',
    }),
  );
}

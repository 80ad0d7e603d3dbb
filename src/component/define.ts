/** One value describes a component: docs, JSON Schema, validation and contract tests all come from it. */
import type { z } from 'zod';
import type { Signal } from '../data/batch.ts';
import type { MetricKind } from '../data/metric.ts';
import type {
  Authenticator,
  Connector,
  Consumer,
  Context,
  DeliverySettings,
  Diagnostics,
  Exporter,
  ExtensionContext,
  Lifecycle,
  Processor,
  PulledSource,
  Receiver,
  ReceiverContext,
} from './contract.ts';

type Described<C extends z.ZodObject> = Readonly<{
  /** The YAML name, and with hyphens the file name. */
  type: string;
  /** Other spellings that the Collector knows. */
  aliases?: readonly string[];
  /** One sentence for the reference. */
  summary: string;
  /** Strict; every field described, with a default or required. */
  config: C;
  /** YAML of a section that starts as it is. */
  example: string;
  /** Where it listens, for the plan to see clashes and open doors. */
  listens?(config: z.output<C>): readonly Listening[];
  /** Where it connects to, for the plan to see a loop into our own listener. */
  connects?(config: z.output<C>): readonly Connecting[];
  /** The extension that checks who asks it, or gives it credentials, for the plan to see whether it is there. */
  authenticator?(config: z.output<C>): NamedAuthenticator | undefined;
  /** Which files it writes, for the plan to see two components on one. */
  writes?(config: z.output<C>): readonly Writing[];
  /** What may surprise although it is valid. */
  remarks?(config: z.output<C>): readonly Remark[];
}>;

export type Listening = Readonly<{
  /** Dotted path of the field in the component's section. */
  path: string;
  host: string;
  port: number;
  purpose: 'intake' | 'admin';
  protected: boolean;
}>;

export type Connecting = Readonly<{ path: string; host: string; port: number }>;

/** `path` is the field, `id` what it says. */
export type NamedAuthenticator = Readonly<{ path: string; id: string }>;

/** `path` is the field, `file` what it says. */
export type Writing = Readonly<{ path: string; file: string }>;

export type Remark = Readonly<{
  /** Dotted path of the field in the component's section; '' is the section. */
  path: string;
  code: 'drops_data' | 'open_listener';
  message: string;
}>;

/** Where attributes are: on spans, or on the resources that they come from. */
export type AttributeOwner = 'span' | 'resource';

/** Attributes that a processor takes away. `path`: of the field in its section. */
export type Removal = Readonly<{
  path: readonly (string | number)[];
  from: AttributeOwner;
  chosen: (key: string) => boolean;
}>;

/** `name` as on the page of Prometheus. */
export type ShownMetric = Readonly<{
  name: string;
  kind: MetricKind;
  /** OTLP name, and OTLP unit or ''. */
  otlpName: string;
  unit: string;
  labels: readonly string[];
  help: string;
}>;

export type AttributeRead = Readonly<{ from: AttributeOwner; key: string }>;

type Carries = Readonly<{ signals: readonly Signal[] }>;

export type ReceiverDefinition<C extends z.ZodObject = z.ZodObject> = Described<C> &
  Carries &
  Readonly<{ kind: 'receiver'; create(config: z.output<C>, next: Consumer, context: ReceiverContext): Receiver }>;

export type ProcessorDefinition<C extends z.ZodObject = z.ZodObject> = Described<C> &
  Carries &
  Readonly<{
    kind: 'processor';
    /** It writes every batch anew, also one in which it changes nothing: no byte that came is sent on. */
    rewrites?: true;
    /** For the plan to see whether somebody behind it misses what it takes away. */
    removes?(config: z.output<C>): readonly Removal[];
    /** Bytes of memory, of all there are, above which requests are to be refused; for one that limits memory. */
    memoryLimit?(config: z.output<C>, totalBytes: number): number;
    create(config: z.output<C>, diagnostics: Diagnostics): Processor;
  }>;

export type ConnectorDefinition<C extends z.ZodObject = z.ZodObject> = Described<C> &
  Readonly<{
    kind: 'connector';
    reads: readonly Signal[];
    /** Attributes that its figures and labels come from. */
    readsAttributes?(config: z.output<C>): readonly AttributeRead[];
    /** Most that it ever keeps of what grows with what comes, by what that is. */
    holds?(config: z.output<C>): Readonly<Record<string, number>>;
    /** Every metric that it shows under this config, in page order. */
    shows(config: z.output<C>): readonly ShownMetric[];
    create(config: z.output<C>, diagnostics: Diagnostics): Connector<'traces'>;
  }>;

export type ExporterDefinition<C extends z.ZodObject = z.ZodObject> = Described<C> &
  Carries &
  Readonly<{ kind: 'exporter'; create(config: z.output<C> & DeliverySettings, context: Context): Exporter }>;

/** Read at scrape time: gets the sources instead of batches. A reload may bring others: then the list is another one. */
export type PullExporterDefinition<C extends z.ZodObject = z.ZodObject> = Described<C> &
  Readonly<{
    kind: 'pull_exporter';
    create(config: z.output<C>, sources: () => readonly PulledSource[], context: Context): Lifecycle;
  }>;

export type ExtensionDefinition<C extends z.ZodObject = z.ZodObject> = Described<C> &
  Readonly<{ kind: 'extension'; create(config: z.output<C>, context: ExtensionContext): Authenticator | Lifecycle }>;

export type Definition =
  | ReceiverDefinition
  | ProcessorDefinition
  | ConnectorDefinition
  | ExporterDefinition
  | PullExporterDefinition
  | ExtensionDefinition;

type Unkinded<D> = Omit<D, 'kind'>;

export function defineReceiver<C extends z.ZodObject>(definition: Unkinded<ReceiverDefinition<C>>): ReceiverDefinition<C> {
  return { kind: 'receiver', ...definition };
}

export function defineProcessor<C extends z.ZodObject>(definition: Unkinded<ProcessorDefinition<C>>): ProcessorDefinition<C> {
  return { kind: 'processor', ...definition };
}

export function defineConnector<C extends z.ZodObject>(definition: Unkinded<ConnectorDefinition<C>>): ConnectorDefinition<C> {
  return { kind: 'connector', ...definition };
}

export function defineExporter<C extends z.ZodObject>(
  definition: z.output<C> extends DeliverySettings ? Unkinded<ExporterDefinition<C>> : never,
): ExporterDefinition<C> {
  return { kind: 'exporter', ...definition };
}

export function definePullExporter<C extends z.ZodObject>(
  definition: Unkinded<PullExporterDefinition<C>>,
): PullExporterDefinition<C> {
  return { kind: 'pull_exporter', ...definition };
}

export function defineExtension<C extends z.ZodObject>(definition: Unkinded<ExtensionDefinition<C>>): ExtensionDefinition<C> {
  return { kind: 'extension', ...definition };
}

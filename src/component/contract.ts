/** What components may rely on from each other and from the daemon; everything between them goes through these types. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Batch, Signal } from '../data/batch.ts';
import type { MetricFamily } from '../data/metric.ts';

export interface Lifecycle {
  /**
   * Open sockets, start timers. One that rejects has left nothing open. `before` runs and has what this one needs as well,
   * such as a port: it is taken over as it is, connections included, and only its shutdown follows. If this rejects, or if
   * `before` is started anew with this one as its `before`, that one runs on.
   */
  start?(before?: Lifecycle): Promise<void>;
  /** Take nothing new, finish what was begun, release. Safe before start() and twice. */
  shutdown?(deadline: AbortSignal): Promise<void>;
}

export type Receiver = Lifecycle;

/** Where a receiver hands over what it was sent: processors, dedupe, journal. */
export interface Consumer<S extends Signal = Signal> {
  /** Signals that some pipeline wants; the others are answered "not found". */
  readonly signals: ReadonlySet<S>;
  /** Resolves when every pipeline has it in the journal, now or from an earlier copy; rejects with an IntakeError. */
  consume(batch: Batch<S>): Promise<Receipt>;
}

/** How many items will never be taken, and why: OTLP's partial success. */
export type Receipt = Readonly<{ rejected: number; reason: string }>;

/** Pure and synchronous. The same batch: nothing changed; never so of one that `rewrites`. Undefined: nothing is left of it. */
export type Processor<S extends Signal = Signal> = (batch: Batch<S>) => Batch<S> | undefined;

/** A record of the journal, as a fold sees it. */
export type FoldRecord<S extends Signal = Signal> = Readonly<{ seq: number; timeMs: number; batch: Batch<S> }>;

/** The cumulative state of one metric. The journal feeds it, keeps it and gives it back. */
export interface Fold<S extends Signal = Signal> {
  readonly id: string;
  /** Differs when something else is counted: source, unit, dimensions, filter, buckets. */
  readonly fingerprint: string;
  /**
   * Once per record and pipeline that it reads, in journal order; all folds of a connector see a record before any sees the
   * next. Depends on the record and the config alone.
   */
  apply(record: FoldRecord<S>): void;
  /** State such that load() and the later records give what all the records would have given. */
  save(): Uint8Array;
  /** What save() gives at this moment, in parts that are made as they are asked for: where all at once would hold up the daemon. */
  capture?(): Iterable<Uint8Array>;
  /** Before the first apply(). */
  load(saved: Uint8Array): void;
}

/** Cumulative series as of the last record, in page order. Reading changes nothing. */
export interface MetricSource {
  readonly families: readonly MetricFamily[];
  /** Time of the newest record that was folded in, in ms; 0 before the first. */
  readonly newestMs: number;
  /** How long a new counter or histogram series shows 0 to scrapers that need a baseline, in ms. */
  readonly initialMs: number;
  /** The baseline is for every client, not only for those that are known to scrape. */
  readonly initialForAll: boolean;
  /** How many values each label has, of those that have a cap. */
  readonly valuesByLabel?: ReadonlyMap<string, number>;
}

/** A source as a pull exporter gets it: exemplars lead somewhere only where the plan knows that the traces are forwarded. */
export type PulledSource = Readonly<{ source: MetricSource; exemplars: boolean }>;

/**
 * Counts and measures what a component noticed. Write-only; lives as long as the process; silent during replay. Labels stay as they
 * are: the same object, for what is counted with every request, is found again at once.
 */
export interface Diagnostics {
  count(name: DiagnosticName, labels: Readonly<Record<string, string>>, amount?: number): void;
  /** One observation of a histogram; of a gauge its newest value. */
  record(name: MeasureName, labels: Readonly<Record<string, string>>, value: number): void;
}

/** Every one is declared with its help text in telemetry/names.ts. */
export type DiagnosticName =
  | 'spanmeter_receiver_field_faults_total'
  | 'spanmeter_genai_spans_total'
  | 'spanmeter_invalid_values_total'
  | 'spanmeter_series_overflow_total'
  | 'spanmeter_connector_fold_errors_total'
  | 'spanmeter_journal_duplicate_spans_total'
  | 'spanmeter_journal_unkeyed_spans_total'
  | 'spanmeter_journal_dropped_spans_total'
  | 'spanmeter_journal_corrupt_records_total'
  | 'spanmeter_journal_snapshot_failures_total'
  | 'spanmeter_dead_letter_spans_total'
  | 'otelcol_receiver_requests_total'
  | 'otelcol_receiver_accepted_spans_total'
  | 'otelcol_receiver_refused_spans_total'
  | 'otelcol_receiver_failed_spans_total'
  | 'otelcol_exporter_sent_spans_total'
  | 'otelcol_exporter_send_failed_spans_total'
  | 'otelcol_exporter_enqueue_failed_spans_total'
  | 'otelcol_processor_incoming_items_total'
  | 'otelcol_processor_outgoing_items_total'
  | 'otelcol_processor_memory_limiter_accepted_spans_total'
  | 'otelcol_processor_memory_limiter_refused_spans_total'
  | 'otelcol_connector_consumed_items_total'
  | 'otelcol_connector_produced_items_total';

export type MeasureName =
  | 'otelcol_processor_internal_duration'
  | 'otelcol_exporter_queue_batch_send_size'
  | 'otelcol_exporter_queue_batch_send_size_bytes'
  | 'spanmeter_scrape_duration_seconds'
  | 'spanmeter_scrape_bytes'
  | 'spanmeter_journal_sync_seconds';

export type Connector<S extends Signal = Signal> = MetricSource & Readonly<{ folds: readonly Fold<S>[] }>;

/** What became of one attempt. The reader that owns the cursor decides what follows. */
export type Outcome =
  | Readonly<{ status: 'delivered'; partial?: Receipt | undefined }>
  /** `throttled`: there is somebody, who says that it is too much; what is said so again and again is sent in smaller pieces. */
  | Readonly<{ status: 'unavailable'; reason: string; retryAfterMs?: number | undefined; throttled?: boolean }>
  | Readonly<{ status: 'bad_batch' | 'refused' | 'denied'; reason: string }>;

export interface Exporter<S extends Signal = Signal> extends Lifecycle {
  /** One attempt. Never retries, never sleeps; what the destination says is a value, not an exception. */
  attempt(batch: Batch<S>, abort: AbortSignal): Promise<Outcome>;
}

/** How a reader drives an exporter; every exporter's config has these fields (delivery/fields.ts). */
export type DeliverySettings = Readonly<{
  /** Longest one attempt may take, in ms. */
  timeout: number;
  retry_on_failure: Readonly<{
    enabled: boolean;
    /** In ms, as the other intervals. */
    initial_interval: number;
    max_interval: number;
    multiplier: number;
    randomization_factor: number;
    /** 0: until delivered. */
    max_elapsed_time: number;
  }>;
  sending_queue: Readonly<{
    /** Most requests in flight. */
    num_consumers: number;
    batch?: Readonly<{ min_size: number; max_size: number; sizer: 'items' | 'bytes'; flush_timeout: number }> | undefined;
  }>;
}>;

/** Proves who a sender is, or who we are. A component names one by `auth.authenticator`. */
export interface Authenticator extends Lifecycle {
  /** The WWW-Authenticate of a refusal: what to prove it by. Unset: a bearer token. */
  readonly challenge?: string;
  /** Headers to add to one request of ours. */
  credentials?(): Readonly<Record<string, string>>;
  /**
   * The name of the sender that these headers prove, or undefined. Constant time over the secret. Rejects with an IntakeError
   * if it cannot tell at the moment.
   */
  identify?(headers: NodeJS.Dict<string[]> | IncomingHttpHeaders): string | undefined | Promise<string | undefined>;
}

/** A receiver charges it for every byte read or decompressed until the answer; a request is always admitted when nothing else is in flight. */
export interface IntakeBudget {
  admit(bytes: number): boolean;
  release(bytes: number): void;
}

/** A fixed sentence and fields; never content, header values or tokens. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** For what somebody asked to see: as info(), as often as it comes, with this text below it as it is. */
  show(message: string, fields: LogFields, text?: string): void;
}
export type LogFields = Readonly<Record<string, unknown>>;

/** All that a receiver or exporter may know of its host. `fail` is for a fault after start(). */
export type Context = Readonly<{
  id: string;
  logger: Logger;
  now: () => number;
  fail: (error: Error) => void;
  diagnostics: Diagnostics;
  /** The one that `auth.authenticator` names. */
  authenticator?: Authenticator | undefined;
}>;

export type ReceiverContext = Context & Readonly<{ budget: IntakeBudget }>;

/** What an extension may know beyond that: how the daemon is, for whoever asks it. */
export type ExtensionContext = Context & Readonly<{ health: () => Health }>;

/** `retrying`: its destination takes nothing at the moment. `blocked`: nor will it until a person acts. */
export type ComponentState = 'starting' | 'ok' | 'retrying' | 'blocked' | 'failed' | 'stopped';

export type ComponentHealth = Readonly<{
  /** Kind and id: "exporter/otlp_http/tempo". */
  id: string;
  state: ComponentState;
  sinceMs: number;
  lastError?: string | undefined;
  /** What its destination has not taken yet; only where something waits. */
  backlog?: Readonly<{ records: number; ageSeconds: number }> | undefined;
}>;

export type Health = Readonly<{
  /** The worst of its components. */
  state: ComponentState;
  /** Requests are taken and kept. A destination that is down does not change that. */
  ready: boolean;
  startedMs: number;
  /** In starting order. */
  components: readonly ComponentHealth[];
  /** Ids of the components of each pipeline. */
  pipelines: ReadonlyMap<string, readonly string[]>;
}>;

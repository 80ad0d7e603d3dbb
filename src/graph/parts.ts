/** What a graph is made of, and which parts of one can stay in the next. */
import type { Authenticator, Connector, Context, DeliverySettings, Exporter, Lifecycle } from '../component/contract.ts';
import type { ExporterDefinition } from '../component/define.ts';
import type { Delivery } from '../delivery/reader.ts';
import type { Planned } from './plan-components.ts';

/** Something that starts and stops, with the name that its log lines and faults carry. */
export type Part = Readonly<{
  id: string;
  /** Differs when a setting does: of its own, or of the authenticator that it names. */
  key: string;
  /** Where it listens. */
  ports: readonly number[];
  lifecycle: Lifecycle;
}>;

/** `name` is its id in the file, as for the other parts that have one. */
export type ExtensionPart = Part & Readonly<{ name: string; lifecycle: Authenticator }>;

export type ConnectorPart = Readonly<{ id: string; key: string; source: Connector<'traces'> }>;

export type ExporterPart = Part & Readonly<{ name: string; settings: DeliverySettings; context: Context; lifecycle: Exporter }>;

/** What drives an exporter; `exporter` is its id in the file. */
export type DeliveryPart = Readonly<{ id: string; exporter: string; lifecycle: Delivery }>;

/** The part of the graph before if nothing about it has changed, else a new one. */
export function keptOr<P extends Readonly<{ id: string; key: string }>>(
  before: readonly P[] | undefined,
  id: string,
  key: string,
  create: () => P,
): P {
  return before?.find((part) => part.id === id && part.key === key) ?? create();
}

export function keyOf({ definition, written }: Planned, authenticator?: ExtensionPart): string {
  return JSON.stringify([definition.type, written ?? null, authenticator?.key ?? null]);
}

/** The id of the extension that it names. */
export function authenticatorOf({ definition, config }: Planned): string | undefined {
  return definition.authenticator?.(config)?.id;
}

export function portsOf({ definition, config }: Planned): readonly number[] {
  return (definition.listens?.(config) ?? []).map(({ port }) => port);
}

/** Its definition does not compile without them in its schema (component/define.ts). */
export function deliverySettingsOf({ config }: Planned<ExporterDefinition>): DeliverySettings {
  return config as DeliverySettings;
}

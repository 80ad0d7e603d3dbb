/** Judges the addresses of a graph: two listeners on one, a door left open, an exporter that feeds ourselves. */
import type { Listening } from '../component/define.ts';
import type { ConfigDocument } from '../config/document.ts';
import { type Path, pathText } from '../config/place.ts';
import type { Fault } from '../config/report.ts';
import type { ServiceSettings } from '../config/schema.ts';
import { metricsEndpoint } from '../telemetry/settings.ts';
import { fieldPath, type Planned } from './plan-components.ts';
import type { Pipelines } from './plan-pipelines.ts';

type Listener = Readonly<{ path: Path; listening: Listening }>;
type Target = Readonly<{ path: Path; host: string; port: number }>;

const TELEMETRY_METRICS: Path = ['service', 'telemetry', 'metrics'];

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/i;
const EVERY_ADDRESS = new Set(['', '0.0.0.0', '::']);

export function checkListeners(
  document: ConfigDocument,
  { traces, metrics }: Pipelines,
  extensions: readonly Planned[],
  telemetry: ServiceSettings['telemetry'] | undefined,
): readonly Fault[] {
  const receivers = distinct(traces.flatMap((pipeline) => pipeline.receivers));
  const exporters = distinct([...traces, ...metrics].flatMap((pipeline): readonly Planned[] => pipeline.exporters));
  const own = telemetry === undefined ? [] : ownListeners(telemetry);
  const listeners = [...own, ...[...receivers, ...exporters, ...extensions].flatMap(listenersOf)];
  const targets = [...exporters.flatMap(targetsOf), ...(telemetry === undefined ? [] : ownTargets(telemetry))];
  return [
    ...openDoors(document, listeners),
    ...clashes(document, listeners),
    ...targets.flatMap((target) => loops(document, target, listeners)),
  ];
}

function distinct<P extends Planned>(planned: readonly P[]): readonly P[] {
  return [...new Map(planned.map((one) => [one.id, one])).values()];
}

function listenersOf({ path, definition, config }: Planned): readonly Listener[] {
  const listenings = definition.listens?.(config) ?? [];
  return listenings.map((listening) => ({ path: fieldPath(path, listening.path), listening }));
}

/** The daemon's own page is a listener like any other. */
function ownListeners({ metrics }: ServiceSettings['telemetry']): readonly Listener[] {
  const endpoint = metricsEndpoint(metrics);
  if (endpoint === undefined) return [];
  return [{ path: TELEMETRY_METRICS, listening: { path: '', ...endpoint, purpose: 'admin', protected: false } }];
}

function targetsOf({ path, definition, config }: Planned): readonly Target[] {
  return (definition.connects?.(config) ?? []).map(({ path: field, ...target }) => ({ path: fieldPath(path, field), ...target }));
}

function ownTargets({ traces }: ServiceSettings['telemetry']): readonly Target[] {
  return traces.processors.map(({ batch }, index) => {
    const { hostname, port, protocol } = new URL(batch.exporter.otlp.endpoint);
    const path = ['service', 'telemetry', 'traces', 'processors', index, 'batch', 'exporter', 'otlp', 'endpoint'];
    return { path, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
  });
}

function openDoors(document: ConfigDocument, listeners: readonly Listener[]): readonly Fault[] {
  return listeners.flatMap(({ path, listening }) => {
    if (listening.purpose !== 'intake' || listening.protected || LOOPBACK.test(listening.host)) return [];
    const message = 'anyone who reaches this address can send spans, and so money figures';
    return [document.fault({ code: 'open_listener', path, message, remedy: 'set auth.authenticator, or listen on localhost' })];
  });
}

function clashes(document: ConfigDocument, listeners: readonly Listener[]): readonly Fault[] {
  return listeners.flatMap(({ path, listening }, index) => {
    const first = listeners.slice(0, index).find((earlier) => overlaps(earlier.listening, listening));
    if (first === undefined) return [];
    const message = `port ${listening.port} is taken by ${pathText(first.path)} already`;
    return [document.fault({ code: 'clash', path, message, remedy: 'give each listener a port of its own' })];
  });
}

function overlaps(one: Listening, other: Listening): boolean {
  if (one.port !== other.port || one.port === 0) return false;
  return sameHost(one.host, other.host) || EVERY_ADDRESS.has(one.host) || EVERY_ADDRESS.has(other.host);
}

function sameHost(one: string, other: string): boolean {
  return one === other || (LOOPBACK.test(one) && LOOPBACK.test(other));
}

/** A span sent to ourselves would come back for ever. */
function loops(document: ConfigDocument, target: Target, listeners: readonly Listener[]): readonly Fault[] {
  const own = listeners.find(({ listening }) => listening.port === target.port && reaches(target.host, listening.host));
  if (own === undefined) return [];
  const message = `this is our own listener ${pathText(own.path)}: every span would come back for ever`;
  return [document.fault({ code: 'cycle', path: target.path, message })];
}

function reaches(host: string, listening: string): boolean {
  return sameHost(host, listening) || (EVERY_ADDRESS.has(listening) && LOOPBACK.test(host));
}

/** Judges the addresses of a graph: two listeners on one, a door left open, an exporter that feeds ourselves. */
import type { Listening } from '../component/define.ts';
import type { ConfigDocument } from '../config/document.ts';
import { type Path, pathText } from '../config/place.ts';
import type { Fault } from '../config/report.ts';
import { fieldPath, type Planned } from './plan-components.ts';
import type { Pipelines } from './plan-pipelines.ts';

type Listener = Readonly<{ path: Path; listening: Listening }>;

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/i;
const EVERY_ADDRESS = new Set(['', '0.0.0.0', '::']);

export function checkListeners(
  document: ConfigDocument,
  { traces, metrics }: Pipelines,
  extensions: readonly Planned[],
): readonly Fault[] {
  const receivers = distinct(traces.flatMap((pipeline) => pipeline.receivers));
  const exporters = distinct([...traces, ...metrics].flatMap((pipeline): readonly Planned[] => pipeline.exporters));
  const listeners = [...receivers, ...exporters, ...extensions].flatMap(listenersOf);
  return [
    ...openDoors(document, listeners),
    ...clashes(document, listeners),
    ...exporters.flatMap((exporter) => loops(document, exporter, listeners)),
  ];
}

function distinct<P extends Planned>(planned: readonly P[]): readonly P[] {
  return [...new Map(planned.map((one) => [one.id, one])).values()];
}

function listenersOf({ path, definition, config }: Planned): readonly Listener[] {
  const listenings = definition.listens?.(config) ?? [];
  return listenings.map((listening) => ({ path: fieldPath(path, listening.path), listening }));
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
function loops(
  document: ConfigDocument,
  { path, definition, config }: Planned,
  listeners: readonly Listener[],
): readonly Fault[] {
  return (definition.connects?.(config) ?? []).flatMap((target) => {
    const own = listeners.find(({ listening }) => listening.port === target.port && reaches(target.host, listening.host));
    if (own === undefined) return [];
    const message = `this is our own listener ${pathText(own.path)}: every span would come back for ever`;
    return [document.fault({ code: 'cycle', path: fieldPath(path, target.path), message })];
  });
}

function reaches(host: string, listening: string): boolean {
  return sameHost(host, listening) || (EVERY_ADDRESS.has(listening) && LOOPBACK.test(host));
}

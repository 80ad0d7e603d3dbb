/** Opens an OTLP receiver from YAML on a free port, in front of a consumer that keeps what it is handed. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import type {
  Authenticator,
  Consumer,
  IntakeBudget,
  LogFields,
  Logger,
  Receipt,
  Receiver,
} from '../../../src/component/contract.ts';
import { check } from '../../../src/config/check.ts';
import { loadTexts } from '../../../src/config/load.ts';
import type { Batch, Signal } from '../../../src/data/batch.ts';
import { createIntakeBudget } from '../../../src/graph/intake-budget.ts';
import { otlpReceiver } from '../../../src/receivers/otlp/index.ts';
import { Counters } from '../../../src/telemetry/counters.ts';

type Options = Readonly<{
  /** Lines below `http:`, beside the endpoint. */
  http?: readonly string[];
  endpoint?: string;
  consume?: (batch: Batch) => Promise<Receipt>;
  signals?: readonly Signal[];
  authenticator?: Authenticator;
  budget?: IntakeBudget;
}>;

export type LogLine = Readonly<{ level: keyof Logger; message: string; fields: LogFields }>;

export type OpenReceiver = Readonly<{
  receiver: Receiver;
  port: number;
  /** Without a path. */
  url: string;
  consumed: readonly Batch[];
  log: readonly LogLine[];
  counters: Counters;
  /** Bytes that the budget holds for it. */
  charged: () => number;
}>;

export const TAKEN: Receipt = { rejected: 0, reason: '' };
const opened: Receiver[] = [];

after(() => Promise.all(opened.map((receiver) => receiver.shutdown?.(AbortSignal.abort()))));

export function checkReceiver(yaml: string) {
  const document = loadTexts([{ file: 'test.yaml', text: yaml }], { environment: {}, unset: 'warning' });
  const { value, faults } = check(otlpReceiver.config, document, []);
  return { config: value, faults: [...document.faults, ...faults] };
}

export function createReceiver(options: Options = {}): Omit<OpenReceiver, 'port' | 'url'> {
  const { endpoint = '127.0.0.1:0', http = [] } = options;
  const lines = [`endpoint: ${endpoint}`, ...http].map((line) => `    ${line}`);
  const { config, faults } = checkReceiver(`protocols:\n  http:\n${lines.join('\n')}`);
  assert.ok(config, JSON.stringify(faults));
  const consumed: Batch[] = [];
  const log: LogLine[] = [];
  const counters = new Counters();
  let held = 0;
  const inner = options.budget ?? createIntakeBudget(67_108_864);
  const budget: IntakeBudget = {
    admit(bytes) {
      if (!inner.admit(bytes)) return false;
      held += bytes;
      return true;
    },
    release(bytes) {
      held -= bytes;
      inner.release(bytes);
    },
  };
  const next: Consumer = {
    signals: new Set(options.signals ?? ['traces']),
    consume(batch) {
      consumed.push(batch);
      return options.consume?.(batch) ?? Promise.resolve(TAKEN);
    },
  };
  const write =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}) =>
      void log.push({ level, message, fields });
  const logger = { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug'), show: write('show') };
  const context = { id: 'receiver/otlp', logger, now: () => 0, fail: assert.ifError, diagnostics: counters, budget };
  const receiver = otlpReceiver.create(config, next, { ...context, authenticator: options.authenticator });
  opened.push(receiver);
  return { receiver, consumed, log, counters, charged: () => held };
}

export async function openReceiver(options: Options = {}): Promise<OpenReceiver> {
  const created = createReceiver(options);
  await created.receiver.start?.();
  const { endpoint } = created.log.find(({ message }) => message === 'listening')?.fields ?? {};
  const url = String(endpoint);
  return { ...created, url, port: Number(new URL(url).port) };
}

/** Knows one sender, who says "Bearer right". */
export const DOORKEEPER: Authenticator = {
  identify: ({ authorization }) => ([authorization].flat().join() === 'Bearer right' ? 'sender' : undefined),
};

/** "name{label=value}" → value, for what is not 0. */
export function countsOf(counters: Counters): Record<string, number> {
  return Object.fromEntries([...counters.counts()].map(({ name, labels, value }) => [`${name}${JSON.stringify(labels)}`, value]));
}

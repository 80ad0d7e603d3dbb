/** Writes the daemon's own log: one fixed sentence and its fields a line, similar lines limited. */
import type { LogFields, Logger } from '../component/contract.ts';

type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type LogSettings = Readonly<{
  level: LogLevel;
  encoding: 'console' | 'json';
  initialFields: LogFields;
  write: (line: string) => void;
  now: () => number;
}>;

/** The daemon's logger; every component gets one that carries its id. */
export interface RootLogger extends Logger {
  forComponent(component: string): Logger;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
/** Of similar lines (level, component and sentence alike) this many pass in a window; the next one after it tells how many did not. */
const SIMILAR_LINES = 10;
const WINDOW_MS = 10_000;
/** Sentences are fixed, so their number is small; this holds should one ever not be. */
const MAX_SENTENCES = 1_000;

export function createLogger(settings: LogSettings): RootLogger {
  const admit = limitOfSimilarLines(settings.now);
  const write = lineWriter(settings);
  const shown = (level: LogLevel) => RANK[level] >= RANK[settings.level];

  function log(level: LogLevel, component: string | undefined, message: string, fields: LogFields = {}): void {
    if (!shown(level)) return;
    const suppressed = admit(`${level} ${component} ${message}`);
    if (suppressed === undefined) return;
    write({ level, component, message, fields: { ...fields, ...(suppressed > 0 ? { suppressed } : {}) }, text: undefined });
  }

  function loggerOf(component: string | undefined): Logger {
    return {
      error: (message, fields) => log('error', component, message, fields),
      warn: (message, fields) => log('warn', component, message, fields),
      info: (message, fields) => log('info', component, message, fields),
      debug: (message, fields) => log('debug', component, message, fields),
      show(message, fields, text) {
        if (shown('info')) write({ level: 'info', component, message, fields, text });
      },
    };
  }

  return { ...loggerOf(undefined), forComponent: (component) => loggerOf(component) };
}

/** `text` stands below the line. */
type Entry = Readonly<{
  level: LogLevel;
  component: string | undefined;
  message: string;
  fields: LogFields;
  text: string | undefined;
}>;

function lineWriter({ encoding, initialFields, write, now }: LogSettings): (entry: Entry) => void {
  return ({ level, component, message, fields, text }) => {
    const line = {
      ts: new Date(now()).toISOString(),
      level,
      msg: message,
      ...(component === undefined ? {} : { component }),
      ...initialFields,
      ...readableFields(fields),
    };
    if (encoding === 'json') write(JSON.stringify({ ...line, text }, readable));
    else write(text === undefined ? consoleLine(line) : `${consoleLine(line)}\n${text}`);
  };
}

/** Gives how many similar lines went unwritten before this one; undefined: this one is not to be written either. */
function limitOfSimilarLines(now: () => number): (sentence: string) => number | undefined {
  const windows = new Map<string, { startMs: number; passed: number; suppressed: number }>();
  return (sentence) => {
    const nowMs = now();
    const window = windows.get(sentence);
    if (window === undefined || nowMs - window.startMs >= WINDOW_MS) {
      if (windows.size >= MAX_SENTENCES) windows.clear();
      windows.set(sentence, { startMs: nowMs, passed: 1, suppressed: 0 });
      return window?.suppressed ?? 0;
    }
    if (window.passed >= SIMILAR_LINES) {
      window.suppressed += 1;
      return undefined;
    }
    window.passed += 1;
    return 0;
  };
}

function readableFields(fields: LogFields): LogFields {
  const { error, ...rest } = fields;
  return error === undefined ? rest : { ...rest, err: error instanceof Error ? causes(error) : String(error) };
}

/** The chain of an error's causes in one line; the stack of what nobody foresaw. */
function causes(error: Error): string {
  const unforeseen = ['TypeError', 'RangeError', 'ReferenceError'].includes(error.name);
  const own = unforeseen && error.stack !== undefined ? error.stack : error.message;
  return error.cause instanceof Error ? `${own}: ${causes(error.cause)}` : own;
}

function readable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function consoleLine({ ts, level, msg, ...fields }: LogFields & Readonly<{ ts: string; level: string; msg: string }>): string {
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value, readable)}`,
  );
  return [ts, level.padEnd(5), msg, ...rest].join('  ');
}

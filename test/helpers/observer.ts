/** The daemon's own log and counters, kept where a test can look at them. */
import type { DiagnosticName, ExtensionContext, Health } from '../../src/component/contract.ts';
import { Counters } from '../../src/telemetry/counters.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

export class Observer {
  readonly lines: string[] = [];
  readonly failures: Error[] = [];
  readonly counters = new Counters();
  health: Health = { state: 'ok', ready: true, startedMs: 0, components: [], pipelines: new Map() };

  /** What a component gets of its host. */
  context(id: string, now: () => number = Date.now): ExtensionContext {
    const logger = createLogger({
      level: 'debug',
      encoding: 'json',
      initialFields: {},
      write: (line) => this.lines.push(line),
      now,
    });
    return {
      id,
      logger: logger.forComponent(id),
      now,
      fail: (error) => this.failures.push(error),
      diagnostics: this.counters,
      health: () => this.health,
    };
  }

  /** Over all labels. */
  count(name: DiagnosticName): number {
    return [...this.counters.counts()].filter((count) => count.name === name).reduce((sum, { value }) => sum + value, 0);
  }

  /** Sentences of a level, in order. */
  sentences(level: 'error' | 'warn' | 'info'): readonly string[] {
    return this.lines
      .map((line) => JSON.parse(line))
      .filter((line) => line.level === level)
      .map(({ msg }) => msg);
  }

  get text(): string {
    return this.lines.join('\n');
  }
}

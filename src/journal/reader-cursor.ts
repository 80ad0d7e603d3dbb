/** What the log has been told of a reader's place, and what it is to be told. */
import type { Cursor } from './cursors.ts';
import type { CursorPayload } from './payload.ts';

type Position = Omit<Cursor, 'reading'>;

export class ReaderCursor {
  #logged: Position = { seq: 0, held: 0 };
  #dropped = 0;
  #settled = false;

  /** As the log has it. */
  resume(logged: Position): void {
    this.#logged = logged;
    this.#settled = logged.held > 0;
  }

  settled(): void {
    this.#settled = true;
  }

  dropped(spans: number): void {
    this.#dropped += spans;
  }

  /** What the log should know. `force`: also if it has only seen others' records go by. */
  unlogged(reader: string, { seq, held }: Position, force: boolean): CursorPayload | undefined {
    const dropped = this.#dropped;
    const moved = seq !== this.#logged.seq || held !== this.#logged.held;
    if (dropped === 0 && !(moved && (this.#settled || force))) return undefined;
    this.#settled = false;
    this.#dropped = 0;
    this.#logged = { seq, held };
    return { reader, seq, dropped, held, ...(dropped > 0 ? { reason: 'backlog_full' as const } : {}) };
  }

  /** The log did not take it. */
  notLogged({ dropped }: CursorPayload): void {
    this.#settled = true;
    this.#dropped += dropped;
    this.#logged = { seq: -1, held: 0 };
  }
}

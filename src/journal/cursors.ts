/** What the log says about its readers: who they are, what they read, and up to where each has settled. */
import { z } from 'zod';
import { type CursorPayload, decodeGraph, encodeJson, type GraphPayload } from './payload.ts';
import { Reading } from './reading.ts';

/** `held`: spans up to `seq` that are still being sent; who starts without them has lost them. */
export type Cursor = Readonly<{ seq: number; held: number; reading: Reading }>;

export const NO_GRAPH: GraphPayload = { since: 0, frozen: [], folds: [], readers: [] };

const Saved = z.object({
  graph: z.string(),
  cursors: z.array(
    z.object({
      reader: z.string(),
      seq: z.number(),
      held: z.number(),
      periods: z.array(z.object({ since: z.number(), pipelines: z.array(z.string()) })),
    }),
  ),
});

export class Cursors {
  #graph = NO_GRAPH;
  readonly #cursorByReader = new Map<string, Cursor>();

  /** In force. */
  get graph(): GraphPayload {
    return this.#graph;
  }

  of(reader: string): Cursor | undefined {
    return this.#cursorByReader.get(reader);
  }

  applyGraph(graph: GraphPayload): void {
    for (const { id, pipelines } of graph.readers) {
      const cursor = this.#cursorByReader.get(id) ?? { seq: graph.since, held: 0, reading: new Reading() };
      cursor.reading.change(graph.since, pipelines, cursor.seq);
      this.#cursorByReader.set(id, cursor);
    }
    const ids = new Set(graph.readers.map(({ id }) => id));
    for (const id of this.#cursorByReader.keys()) if (!ids.has(id)) this.#cursorByReader.delete(id);
    this.#graph = { ...graph, frozen: [] }; // that is for the folds
  }

  /** A reader that is not in the graph any more has no cursor. */
  apply({ reader, seq, held }: CursorPayload): void {
    const before = this.#cursorByReader.get(reader);
    if (before !== undefined) this.#cursorByReader.set(reader, { ...before, seq: Math.max(before.seq, seq), held });
  }

  save(): Uint8Array {
    const cursors = Array.from(this.#cursorByReader, ([reader, { seq, held, reading }]) => {
      return { reader, seq, held, periods: reading.periods };
    });
    return Buffer.from(JSON.stringify({ graph: encodeJson(this.#graph).toString(), cursors }));
  }

  load(saved: Buffer): void {
    const { graph, cursors } = Saved.parse(JSON.parse(saved.toString()));
    this.#graph = decodeGraph(Buffer.from(graph));
    for (const { reader, seq, held, periods } of cursors) {
      this.#cursorByReader.set(reader, { seq, held, reading: new Reading(periods) });
    }
  }
}

/** Whether the same folds and readers read the same pipelines. */
export function isSameGraph(one: GraphPayload, other: GraphPayload): boolean {
  return encodeJson({ ...one, since: 0 }).equals(encodeJson({ ...other, since: 0 }));
}

/** What the log says about its readers: who they are, and up to where each has settled. */
import { type CursorPayload, decodeCursor, decodeGraph, encodeJson, type GraphPayload } from './payload.ts';

export type Cursor = Readonly<{ seq: number; held: number }>;

export const NO_GRAPH: GraphPayload = { since: 0, folds: [], readers: [] };

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
    for (const { id } of graph.readers) {
      if (!this.#cursorByReader.has(id)) this.#cursorByReader.set(id, { seq: graph.since, held: 0 });
    }
    const ids = new Set(graph.readers.map(({ id }) => id));
    for (const id of this.#cursorByReader.keys()) if (!ids.has(id)) this.#cursorByReader.delete(id);
    this.#graph = graph;
  }

  /** A reader that is not in the graph any more has no cursor. */
  apply({ reader, seq, held }: CursorPayload): void {
    const before = this.#cursorByReader.get(reader);
    if (before !== undefined) this.#cursorByReader.set(reader, { seq: Math.max(before.seq, seq), held });
  }

  save(): Uint8Array {
    const cursors = [...this.#cursorByReader].map(([reader, { seq, held }]) => encodeJson({ reader, seq, dropped: 0, held }));
    return Buffer.from(JSON.stringify([encodeJson(this.#graph).toString(), ...cursors.map(String)]));
  }

  load(saved: Buffer): void {
    const [graph, ...cursors]: string[] = JSON.parse(saved.toString());
    this.#graph = decodeGraph(Buffer.from(graph ?? ''));
    for (const text of cursors) {
      const { reader, seq, held } = decodeCursor(Buffer.from(text));
      this.#cursorByReader.set(reader, { seq, held });
    }
  }
}

/** Whether the same folds and readers read the same pipelines. */
export function isSameGraph(one: GraphPayload, other: GraphPayload): boolean {
  return encodeJson({ ...one, since: 0 }).equals(encodeJson({ ...other, since: 0 }));
}

/** Reads and writes a protobuf message by a table of its fields, in the shape that it has in OTLP/JSON. */
import { isObject } from '../inspector.ts';
import { FieldFaults } from './field-faults.ts';
import { type Form, writeField } from './form.ts';
import { WireReader } from './wire-reader.ts';
import { LENGTH, tagOf } from './wire-types.ts';
import { WireWriter } from './wire-writer.ts';

/** A field's number, its form, and whether it is a list. */
type Column = readonly [number: number, form: Form, list?: 'list'];
type Field = Readonly<{ name: string; tag: number; form: Form; repeated: boolean }>;
type Content = Record<string, unknown>;

/** Protobuf does not mention them; but it does mention an empty message, and whatever stands in a list. */
const DEFAULTS: ReadonlySet<unknown> = new Set(['', 0, '0']);

/** `Shape`: what the table lets in. */
export class Message<Shape extends object = object> implements Form {
  readonly wireType = LENGTH;
  /** For the names of field faults. */
  readonly #name: string;
  readonly #fieldByTag: (Field | undefined)[] = [];
  readonly #fieldsFromLast: readonly Field[];

  constructor(name: string, columns: Readonly<Record<string, Column>>) {
    this.#name = name;
    const fields = Object.entries(columns).map(([field, [number, form, list]]) => {
      return { name: field, tag: tagOf(number, form.wireType), form, repeated: list !== undefined };
    });
    for (const field of fields) this.#fieldByTag[field.tag] = field;
    this.#fieldsFromLast = fields.toReversed();
  }

  /** Throws an IntakeError for bytes that are no message. */
  decode(bytes: Uint8Array, messagesAllowed?: number): Readonly<{ content: Shape; faults: FieldFaults }> {
    const faults = new FieldFaults();
    const content: Content = {};
    this.#readFields(new WireReader(bytes, messagesAllowed), faults, content);
    // The table has let in nothing else.
    return { content: content as Shape, faults };
  }

  /** What does not fit the table is left out. */
  encode(content: Shape): Uint8Array {
    const writer = new WireWriter();
    this.write(writer, content);
    return writer.finish();
  }

  read(reader: WireReader, faults: FieldFaults, before: unknown): Content {
    const content = isObject(before) ? before : {};
    const outerEnd = reader.enter();
    this.#readFields(reader, faults, content);
    reader.leave(outerEnd);
    return content;
  }

  write(writer: WireWriter, content: unknown): boolean {
    if (!isObject(content)) return false;
    for (const field of this.#fieldsFromLast) {
      const value = content[field.name];
      if (!field.repeated && !DEFAULTS.has(value)) writeField(writer, field.tag, field.form, value);
      if (field.repeated && Array.isArray(value))
        for (const item of value.toReversed()) writeField(writer, field.tag, field.form, item);
    }
    return true;
  }

  /** Unknown fields are passed over, and so are those of another wire type. */
  #readFields(reader: WireReader, faults: FieldFaults, content: Content): void {
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      const field = this.#fieldByTag[tag];
      if (field === undefined) reader.skip(tag);
      else if (field.repeated) append(content, field.name, field.form.read(reader, faults, undefined));
      else this.#readSingle(reader, faults, content, field);
    }
  }

  /** Of two the last one counts; messages grow together. */
  #readSingle(reader: WireReader, faults: FieldFaults, content: Content, { name, form }: Field): void {
    const value = form.read(reader, faults, content[name]);
    if (value !== undefined) {
      content[name] = value;
      return;
    }
    delete content[name];
    faults.count(`${this.#name}.${name}`);
  }
}

function append(content: Content, name: string, value: unknown): void {
  const list = content[name];
  if (Array.isArray(list)) list.push(value);
  else content[name] = [value];
}

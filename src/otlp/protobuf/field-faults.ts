/** Counts fields that were there but not usable, by the name that they have in OTLP/JSON. */
export class FieldFaults {
  readonly byName = new Map<string, number>();

  count(name: string): void {
    this.byName.set(name, (this.byName.get(name) ?? 0) + 1);
  }
}

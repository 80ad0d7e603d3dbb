/** Where something stands in a config file, and how to name it. */

/** 1-based, in UTF-16 units as editors count; the end is the column after the last. Line 0: the file as a whole. */
export type Place = Readonly<{ file: string; line: number; column: number; endLine: number; endColumn: number }>;

/** Keys and list indexes from the top of the document, in the user's own spelling. */
export type Path = readonly (string | number)[];

/** `service.pipelines.traces.exporters[0]` */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

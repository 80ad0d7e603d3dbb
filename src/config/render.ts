/** Shows faults to people, programs and code reviews. */
import type { Place } from './place.ts';
import { type Excerpts, type Fault, summary } from './report.ts';

export type ReportFormat = 'text' | 'json' | 'github';

/** Sorted by place, each line ended; '' when there is nothing to say (json: an empty list). */
export function renderFaults(faults: readonly Fault[], excerpts: Excerpts, format: ReportFormat = 'text'): string {
  const sorted = faults.toSorted(byPlace);
  switch (format) {
    case 'text':
      return sorted.length === 0 ? '' : `${sorted.map((fault) => asText(fault, excerpts)).join('')}${summary(sorted)}\n`;
    case 'json':
      return `${JSON.stringify(sorted.map(asRecord), undefined, 2)}\n`;
    case 'github':
      return sorted.map(asAnnotation).join('');
  }
}

function byPlace({ place: left }: Fault, { place: right }: Fault): number {
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.line - right.line || left.column - right.column;
}

function asText(fault: Fault, excerpts: Excerpts): string {
  const { file, line, column, endLine, endColumn } = fault.place;
  const path = fault.path === '' ? '' : ` ${fault.path}`;
  const place = isWhole(fault.place) ? file : `${file}:${line}:${column}`;
  const head = `${place} ${fault.level}[${fault.code}]${path}: ${whole(fault)}`;
  const text = excerpts.lineAt(fault.place);
  if (text === undefined || text.trim() === '') return `${printable(head)}\n`;
  const gutter = ' '.repeat(String(line).length + 2);
  const end = endLine === line ? endColumn : text.length + 1;
  const caret = ' '.repeat(column - 1) + '^'.repeat(Math.max(1, end - column));
  // Replaced one by one, so that the caret stays below what it marks.
  return `${printable(head)}\n${gutter}|\n ${line} | ${text.replace(UNPRINTABLE, ' ')}\n${gutter}| ${caret}\n`;
}

/** Nothing in the file could be read. */
function isWhole({ line }: Place): boolean {
  return line === 0;
}

function whole({ message, remedy }: Fault): string {
  return remedy === undefined ? message : `${message}; ${remedy}`;
}

function asRecord({ level, code, path, place, message, remedy }: Fault) {
  return { ...place, level, code, path, message, ...(remedy !== undefined && { remedy }) };
}

const COMMAND_BY_LEVEL = { error: 'error', warning: 'warning', hint: 'notice' } as const;

/** A workflow command of GitHub Actions. */
function asAnnotation(fault: Fault): string {
  const { file, line, column, endLine, endColumn } = fault.place;
  const lines = isWhole(fault.place) ? '' : `,line=${line},col=${column},endLine=${endLine},endColumn=${endColumn}`;
  const place = `file=${property(file)}${lines}`;
  const path = fault.path === '' ? '' : `${fault.path}: `;
  return `::${COMMAND_BY_LEVEL[fault.level]} ${place},title=${fault.code}::${escaped(path + whole(fault))}\n`;
}

function escaped(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function property(text: string): string {
  return escaped(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}

/** Control characters and those that reorder text could make a terminal show something else. */
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function printable(text: string): string {
  return text.replace(UNPRINTABLE, '');
}

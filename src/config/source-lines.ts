/** The lines of the config files that reports show, with their secrets covered. */
import { createHash } from 'node:crypto';
import type { Place } from './place.ts';
import type { Excerpts } from './report.ts';

/** Before a schema has said what is secret, or if it never does, the name of the key has to; a reference may be seen. */
const NAME =
  /((?:authorization|password|passwd|token|secret|credentials?|cookie|api[-_]?key|key_pem|private[-_]?key)s?["']?\s*[:=]\s*)(?!["']?\$\{)/;
const ENCLOSED = /"[^"]*"?|'[^']*'?|\[[^\]]*\]?/;
const TO_THE_END = new RegExp(`${NAME.source}(${ENCLOSED.source}|\\S.*)`, 'gi');
/** Between braces a comma ends a value. */
const TO_THE_COMMA = new RegExp(`${NAME.source}(${ENCLOSED.source}|[^\\s,}][^,}]*)`, 'gi');

const USERINFO = /(:\/\/)([^/\s@"']+)(?=@)/g;

export class SourceLines implements Excerpts {
  /** Tells one state of the files from another. */
  readonly hash: string;
  readonly #linesByFile: ReadonlyMap<string, readonly string[]>;
  /** Grows while sections are checked: a report is written after that. */
  readonly #covered: Place[] = [];

  constructor(texts: readonly Readonly<{ file: string; text: string }>[]) {
    this.hash = createHash('sha256')
      .update(JSON.stringify(texts.map(({ text }) => text)))
      .digest('hex')
      .slice(0, 6);
    this.#linesByFile = new Map(texts.map(({ file, text }) => [file, text.split(/\r?\n/)]));
  }

  cover(place: Place): void {
    this.#covered.push(place);
  }

  lineAt({ file, line }: Place): string | undefined {
    const text = this.#linesByFile.get(file)?.[line - 1];
    const named = text === undefined ? undefined : coverByName(text);
    return this.#covered.reduce((shown, place) => shown && coverIn(shown, place, file, line), named);
  }
}

function coverByName(line: string): string {
  const brace = line.indexOf('{');
  const pattern = brace >= 0 && line.slice(0, brace).search(TO_THE_END) < 0 ? TO_THE_COMMA : TO_THE_END;
  return line
    .replace(pattern, (_, key: string, value: string) => key + stars(value))
    .replace(USERINFO, (_, scheme: string, userinfo: string) => scheme + stars(userinfo));
}

function coverIn(text: string, place: Place, file: string, line: number): string {
  if (place.file !== file || line < place.line || line > place.endLine) return text;
  const start = line === place.line ? place.column - 1 : 0;
  const end = line === place.endLine ? place.endColumn - 1 : text.length;
  return text.slice(0, start) + stars(text.slice(start, end)) + text.slice(end);
}

/** As long as before, so that the columns stay true. */
function stars(text: string): string {
  return text.replace(/\S/g, '*');
}

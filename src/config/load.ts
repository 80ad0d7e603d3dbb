/** Reads the config files into one document: YAML, merged in order, references resolved. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigDocument } from './document.ts';
import { mergeNodes } from './merge.ts';
import { ConfigError, createFault, type Fault } from './report.ts';
import { SourceLines } from './source-lines.ts';
import { type Surroundings, substitute } from './substitute.ts';
import { parseYaml } from './yaml.ts';

export type LoadOptions = Pick<Surroundings, 'environment' | 'unset'> &
  Readonly<{
    /** Files are named relative to it; by default that of the process. */
    workingDirectory?: string;
  }>;

/** `file` names it in reports; files that it refers to are looked for beside it. */
export type ConfigText = Readonly<{ file: string; text: string }>;

/** Throws a ConfigError if no file can be read as YAML; every other fault is in the document. */
export function loadFiles(files: readonly string[], options: LoadOptions): ConfigDocument {
  return load(
    files.map((file) => {
      try {
        return { file, text: readFileSync(resolve(options.workingDirectory ?? '', file), 'utf8') };
      } catch (error) {
        return { file, fault: unreadable(file, error) };
      }
    }),
    options,
  );
}

/** As loadFiles(), of texts that are there already. */
export function loadTexts(texts: readonly ConfigText[], options: LoadOptions): ConfigDocument {
  return load(texts, options);
}

type Unreadable = Readonly<{ file: string; fault: Fault }>;

function load(files: readonly (ConfigText | Unreadable)[], options: LoadOptions): ConfigDocument {
  const lines = new SourceLines(files.flatMap((file) => ('text' in file ? [file] : [])));
  const parsed = files.map((file) =>
    'text' in file ? parseYaml(file.file, file.text) : { root: undefined, faults: [file.fault] },
  );
  const broken = parsed.flatMap(({ faults }) => faults);
  const [first, ...later] = parsed.flatMap(({ root }) => root ?? []);
  if (first === undefined) throw new ConfigError(broken, lines);
  const directory = options.workingDirectory ?? '';
  const beside = (path: string, configFile: string) => readText(resolve(directory, dirname(configFile), path));
  const { root, faults } = substitute(later.reduce(mergeNodes, first), { ...options, readText: beside });
  return new ConfigDocument(root, [...broken, ...faults], lines);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function unreadable(file: string, error: unknown): Fault {
  const message = `cannot read the config: ${causeOf(error)}`;
  return createFault({ code: 'yaml', path: '', place: { file, line: 0, column: 0, endLine: 0, endColumn: 0 }, message });
}

function causeOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder; name a file in it';
    case 'EACCES':
      return 'this user may not read it';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

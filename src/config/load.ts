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

/** Throws a ConfigError if a file cannot be read or is no YAML; every other fault is in the document. */
export function loadFiles(files: readonly string[], options: LoadOptions): ConfigDocument {
  const faults: Fault[] = [];
  const texts = files.map((file): ConfigText => {
    try {
      return { file, text: readFileSync(resolve(options.workingDirectory ?? '', file), 'utf8') };
    } catch (error) {
      faults.push(unreadable(file, error));
      return { file, text: '' };
    }
  });
  return load(texts, options, faults);
}

/** As loadFiles(), of texts that are there already. */
export function loadTexts(texts: readonly ConfigText[], options: LoadOptions): ConfigDocument {
  return load(texts, options, []);
}

function load(texts: readonly ConfigText[], options: LoadOptions, unread: readonly Fault[]): ConfigDocument {
  const lines = new SourceLines(texts);
  const parsed = texts.map(({ file, text }) => parseYaml(file, text));
  const broken = [...unread, ...parsed.flatMap(({ faults }) => faults)];
  if (broken.length > 0) throw new ConfigError(broken, lines);
  const merged = parsed.map(({ root }) => root).reduce(mergeNodes);
  const directory = options.workingDirectory ?? '';
  const beside = (path: string, configFile: string) => readText(resolve(directory, dirname(configFile), path));
  const { root, faults } = substitute(merged, { ...options, readText: beside });
  return new ConfigDocument(root, faults, lines);
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
  const cause = codeOf(error) === 'ENOENT' ? 'there is no such file' : error instanceof Error ? error.message : String(error);
  const place = { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  return createFault({ code: 'yaml', path: '', place, message: `cannot read the config: ${cause}` });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

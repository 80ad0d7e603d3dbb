/** Follows a Dockerfile by hand: each stage is a folder that stands for the root of its file system. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, posix } from 'node:path';
import { startChild } from './children.ts';

export type Instruction = Readonly<{ name: string; text: string }>;

/** What the last stage says about the container. */
export type Image = Readonly<{
  root: string;
  base: string;
  workdir: string;
  environment: Readonly<Record<string, string>>;
  labels: Readonly<Record<string, string>>;
  user: string;
  ports: readonly number[];
  volumes: readonly string[];
  entrypoint: readonly string[];
  command: readonly string[];
  /** Of the health check, and its other options. */
  health: Readonly<{ command: readonly string[]; options: string }>;
}>;

type Stage = { -readonly [K in keyof Image]: Image[K] };

/** Lines that belong together are joined, comments left out. */
export function parseDockerfile(text: string): readonly Instruction[] {
  const lines = text.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, ' ');
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { name, text: rest };
    });
}

/** Builds from the files of a folder; what a stage starts FROM is taken to be there. */
export class DockerBuild {
  readonly #context: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #stages = new Map<string, Stage>();
  readonly #args: Record<string, string> = {};
  /** What the commands printed. */
  output = '';
  #stage: Stage | undefined;

  constructor(context: string, environment: NodeJS.ProcessEnv) {
    this.#context = context;
    this.#environment = environment;
  }

  async build(instructions: readonly Instruction[]): Promise<Image> {
    for (const { name, text } of instructions) await this.#follow(name, name === 'RUN' ? text : this.#resolve(text));
    return this.#current;
  }

  get #current(): Stage {
    if (this.#stage === undefined) throw new Error('the Dockerfile begins with no FROM');
    return this.#stage;
  }

  async #follow(name: string, text: string): Promise<void> {
    switch (name) {
      case 'ARG':
        return this.#define(text);
      case 'FROM':
        return this.#begin(text);
      case 'RUN':
        return this.#run(text);
      case 'COPY':
        return this.#copy(text);
      case 'WORKDIR':
        mkdirSync(join(this.#current.root, text), { recursive: true });
        this.#current.workdir = text;
        return;
      case 'ENV':
        this.#current.environment = { ...this.#current.environment, ...pairs(text) };
        return;
      case 'LABEL':
        this.#current.labels = { ...this.#current.labels, ...pairs(text) };
        return;
      case 'USER':
        this.#current.user = text;
        return;
      case 'EXPOSE':
        this.#current.ports = text.split(/\s+/).map(Number);
        return;
      case 'VOLUME':
        this.#current.volumes = text.split(/\s+/);
        return;
      case 'HEALTHCHECK': {
        const [options = '', command = ''] = text.split(/\s*CMD\s+/);
        this.#current.health = { options, command: JSON.parse(command) };
        return;
      }
      case 'ENTRYPOINT':
        this.#current.entrypoint = JSON.parse(text);
        return;
      case 'CMD':
        this.#current.command = JSON.parse(text);
        return;
      default:
        throw new Error(`cannot follow ${name}`);
    }
  }

  #define(text: string): void {
    const [name = '', value] = text.split('=');
    this.#args[name] = value ?? this.#args[name] ?? '';
  }

  #begin(text: string): void {
    const [, base = '', name = String(this.#stages.size)] = /^(\S+)(?: AS (\S+))?$/.exec(text) ?? [];
    this.#stage = {
      root: mkdtempSync(join(tmpdir(), 'spanmeter-image-')),
      base,
      workdir: '/',
      environment: {},
      labels: {},
      user: 'root',
      ports: [],
      volumes: [],
      entrypoint: [],
      command: [],
      health: { command: [], options: '' },
    };
    this.#stages.set(name, this.#stage);
  }

  async #run(command: string): Promise<void> {
    const { root, workdir, environment } = this.#current;
    const env = { ...this.#environment, ...environment };
    // Who is not root has nobody to give a folder to, and runs what needs it as themselves.
    const possible = process.getuid?.() === 0 ? command : command.replace(/^chown \S+ \. && /, '');
    const child = startChild('sh', ['-c', possible], { cwd: join(root, workdir), env });
    const code = await child.exited;
    this.output += child.stdout();
    if (code !== 0) throw new Error(`RUN ${command} ended with ${code}:\n${child.stdout()}${child.stderr()}`);
  }

  #copy(text: string): void {
    const parts = text.split(/\s+/);
    const from = /^--from=(\S+)$/.exec(parts[0] ?? '')?.[1];
    const source = from === undefined ? this.#context : this.#stages.get(from)?.root;
    if (source === undefined) throw new Error(`there is no stage ${from}`);
    const [target = '', ...paths] = parts.slice(from === undefined ? 0 : 1).reverse();
    for (const path of paths) this.#copyOne(join(source, path), target);
  }

  /** A folder's content goes to the target, a file into it if it ends in a slash. */
  #copyOne(path: string, target: string): void {
    const { root, workdir } = this.#current;
    const into = target.endsWith('/') && !statSync(path).isDirectory() ? join(target, basename(path)) : target;
    cpSync(path, join(root, posix.resolve(workdir, into)), { recursive: true, verbatimSymlinks: true });
  }

  #resolve(text: string): string {
    return text.replaceAll(/\$\{(\w+)\}/g, (_, name) => this.#args[name] ?? '');
  }

  get roots(): readonly string[] {
    return [...this.#stages.values()].map(({ root }) => root);
  }
}

/** What an ENV or a LABEL sets. */
export function pairs(text: string): Readonly<Record<string, string>> {
  const found = [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)];
  return Object.fromEntries(found.map(([, name = '', quoted, bare]) => [name, quoted ?? bare ?? '']));
}

/** What the builder may see of a folder, by its .dockerignore of the form "nothing, but …". */
export function dockerContext(folder: string): string {
  const [everything, ...exceptions] = readFileSync(join(folder, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (everything !== '*') throw new Error('the .dockerignore does not begin with everything');
  const context = mkdtempSync(join(tmpdir(), 'spanmeter-context-'));
  for (const path of exceptions.map((line) => line.slice(1)))
    cpSync(join(folder, path), join(context, path), { recursive: true });
  return context;
}

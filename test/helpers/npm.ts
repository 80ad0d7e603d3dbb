/** Runs npm for tests of the package, in copies of this project that they may build and change. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startChild } from './children.ts';
import { ROOT } from './daemon.ts';
import { absent, type Peer, present } from './peer.ts';

/** What a build needs; the rest of the package is what it is. */
const BUILT_FROM = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'node_modules'];

type Texts = Readonly<Record<string, string>>;
type Package = Readonly<{ version: string; files: readonly string[]; dependencies: Texts; devDependencies: Texts }>;

export const PACKAGE: Package = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** A folder from which the package can be packed: nothing in it but what the package is made of. */
export function copyOfProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-package-'));
  const parts = ['package.json', 'README.md', 'LICENSE', ...BUILT_FROM, ...PACKAGE.files.filter((part) => part !== 'dist')];
  for (const part of parts) copyPart(part, folder);
  return folder;
}

function copyPart(part: string, folder: string): void {
  const target = join(folder, part);
  mkdirSync(dirname(target), { recursive: true });
  if (part === 'node_modules') symlinkSync(join(ROOT, part), target);
  else cpSync(join(ROOT, part), target, { recursive: true });
}

/** Resolves with what it printed; rejects with what it complained about. */
export async function npm(folder: string, ...args: readonly string[]): Promise<string> {
  const child = startChild('npm', args, { cwd: folder, env: npmEnvironment() });
  const code = await child.exited;
  if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${code}:\n${child.stdout()}${child.stderr()}`);
  return child.stdout();
}

/** Where packages come from; a computer without a network has none. */
export async function findRegistry(): Promise<Peer> {
  const [dependency = ''] = Object.keys(PACKAGE.dependencies);
  try {
    await npm(ROOT, 'view', dependency, 'version', '--fetch-retries=0');
    return present('npm');
  } catch {
    return absent('the npm registry cannot be reached');
  }
}

/** The person's own npm settings, without those of the npm that runs the tests; what was fetched once is not fetched again. */
export function npmEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_)|npm_config_local_prefix$|INIT_CWD$|NODE_TEST)/.test(name),
  );
  return {
    ...Object.fromEntries(own),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
  };
}

/** Applications with an OpenTelemetry SDK, which is installed once into the user's cache. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { absent, type Peer, present } from './peer.ts';

export type SdkApp = Peer & Readonly<{ args: readonly string[] }>;

const FIXTURES = fileURLToPath(new URL('../fixtures/sdks/', import.meta.url));
const run = promisify(execFile);

const PYTHON_PACKAGES = ['opentelemetry-sdk>=1.30,<2', 'opentelemetry-exporter-otlp-proto-http>=1.30,<2'];
const JAVASCRIPT_PACKAGES = [
  '@opentelemetry/api@1.9.1',
  '@opentelemetry/resources@2.12.1',
  '@opentelemetry/sdk-trace-base@2.12.1',
  '@opentelemetry/exporter-trace-otlp-proto@0.223',
];

export async function pythonApp(): Promise<SdkApp> {
  const installed = await installedIn('python', PYTHON_PACKAGES, async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...PYTHON_PACKAGES]);
  });
  const [peer, folder] = installed;
  return { ...peer, program: join(folder, 'bin/python'), args: [join(FIXTURES, 'app.py')] };
}

export async function javascriptApp(): Promise<SdkApp> {
  const [peer, folder] = await installedIn('javascript', JAVASCRIPT_PACKAGES, async (made) => {
    mkdirSync(made, { recursive: true });
    writeFileSync(join(made, 'package.json'), '{"private":true}');
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...JAVASCRIPT_PACKAGES], { cwd: made });
  });
  const app = join(folder, 'app.mjs');
  // Beside its packages, where it finds them.
  if (peer.missing === false) copyFileSync(join(FIXTURES, 'app.mjs'), app);
  return { ...peer, program: process.execPath, args: [app] };
}

/** Whole or not at all: a folder is marked when its installation has ended. */
async function installedIn(
  language: string,
  packages: readonly string[],
  install: (folder: string) => Promise<void>,
): Promise<readonly [Peer, string]> {
  const hash = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 16);
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'spanmeter-test', `${language}-sdk-${hash}`);
  const mark = join(folder, 'installed');
  if (existsSync(mark)) return [present(folder), folder];
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, '..'), { recursive: true });
    await install(folder);
    writeFileSync(`${mark}.new`, '');
    renameSync(`${mark}.new`, mark);
    return [present(folder), folder];
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).trim().split('\n').slice(-1);
    return [absent(`cannot install the OpenTelemetry SDK of ${language}: ${line}`), folder];
  }
}

if (import.meta.main) {
  for (const { program, missing } of [await pythonApp(), await javascriptApp()]) console.log(missing || program);
}

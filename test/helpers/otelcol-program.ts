/** Builds a real OpenTelemetry Collector once and keeps it in the user's cache; as a program of its own it does only that. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { absent, type Peer, present } from './peer.ts';

const MANIFEST = fileURLToPath(new URL('../fixtures/otelcol/manifest.yaml', import.meta.url));

/** Outside the checkout: building takes seconds to minutes and its result depends on the manifest alone. */
export async function findCollector(): Promise<Peer> {
  const manifest = readFileSync(MANIFEST, 'utf8');
  const hash = createHash('sha256').update(manifest).digest('hex').slice(0, 16);
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'spanmeter-test', `otelcol-${hash}`);
  const program = join(folder, 'otelcol');
  if (existsSync(program)) return present(program);
  try {
    mkdirSync(folder, { recursive: true });
    await build(parse(manifest).dist.version, program);
    return present(program);
  } catch (error) {
    return absent(`cannot build a Collector: ${error instanceof Error ? error.message.trim() : error}`);
  }
}

async function build(version: string, program: string): Promise<void> {
  const run = promisify(execFile);
  // Beside its destination, so that the last step is a rename and no one ever sees half a program.
  const workshop = mkdtempSync(`${program}-build-`);
  const sources = join(workshop, 'out');
  try {
    const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`;
    await run('go', ['run', builder, '--config', MANIFEST, '--skip-compilation'], { cwd: workshop }).catch((error) => {
      // It may trip over modules of tests while it tidies up; the sources are complete by then.
      if (!existsSync(join(sources, 'go.mod'))) throw error;
    });
    await run('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(workshop, 'otelcol'), '.'], {
      cwd: sources,
      env: { ...process.env, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' },
    });
    renameSync(join(workshop, 'otelcol'), program);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const { program, missing } = await findCollector();
  console.log(missing || program);
}

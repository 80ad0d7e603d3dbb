/** Runs a real OpenTelemetry Collector. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, untilReady } from './children.ts';
import { send } from './http.ts';

/** Resolves when it takes requests at `intake`, a port of one of the receivers in the config. */
export async function startCollector(program: string, config: string, intake: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-otelcol-'));
  const file = join(folder, 'otelcol.yaml');
  writeFileSync(file, config);
  const child = startChild(program, ['--config', file]);
  const answers = async () => {
    const answer = await send(`http://127.0.0.1:${intake}/v1/traces`, '{}', {
      headers: { 'content-type': 'application/json' },
    }).catch(() => undefined);
    return answer?.status === 200;
  };
  await untilReady(child, 'the Collector', answers);
  rmSync(folder, { recursive: true, force: true });
}

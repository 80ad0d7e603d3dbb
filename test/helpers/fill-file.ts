/** Run with a limit on the size of files: writes a request again and again to the file that is named, and prints how each attempt ended. */
import { fileExporter } from '../../src/exporters/file/index.ts';
import { decodeTracesJson } from '../../src/otlp/json.ts';
import { configOf } from './component.ts';
import { Observer } from './observer.ts';
import { sample } from './samples.ts';

const [, , path = '', yaml = ''] = process.argv;
const config = configOf(fileExporter.config, `path: ${JSON.stringify(path)}\n${yaml}`);
const exporter = fileExporter.create(config, new Observer().context('exporter/file'));
await exporter.start?.();
const { batch } = decodeTracesJson(sample('S03'));
const ends: string[] = [];
for (let attempt = 0; attempt < 4; attempt += 1) ends.push((await exporter.attempt(batch, AbortSignal.timeout(5_000))).status);
await exporter.shutdown?.(AbortSignal.timeout(5_000));
console.log(ends.join(' '));

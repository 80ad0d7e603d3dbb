/** Folds the samples and prints the state of every fold: run by tests in processes that differ in all that must not matter. */
import { decodeTracesJson } from '../../src/otlp/json.ts';
import { GenaiMeter } from './genai-meter.ts';
import { START_MS } from './model-calls.ts';
import { SAMPLES } from './samples.ts';

const records = SAMPLES.map(({ body }, seq) => ({ seq, timeMs: START_MS + seq * 1000, batch: decodeTracesJson(body).batch }));
const meter = new GenaiMeter(process.argv[2] ?? '').apply(records);
for (const [id, bytes] of meter.save()) console.log(id, Buffer.from(bytes).toString('base64'));

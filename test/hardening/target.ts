/** One daemon that is maltreated, a sender that behaves, and the proof that the one does not suffer from what the other sees. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Daemon, startDaemon } from '../helpers/daemon.ts';
import { Destination } from '../helpers/destination.ts';
import { freePort } from '../helpers/free-ports.ts';
import { send } from '../helpers/http.ts';
import { Page } from '../helpers/page.ts';
import { PROTOBUF_TYPE, protobufOf } from '../helpers/protobuf.ts';

/** Stands in every body that must leave no trace. */
export const CANARY = 'c4n4ry-pr0mpt';
export const JSON_TYPE = { 'content-type': 'application/json' };
const GOOD_MODEL = 'good/model';
const MIB = 1_048_576;

type Options = Readonly<{
  /** Lines below `http:`, beside the endpoint. */
  http?: readonly string[];
  /** Under `extensions:`, all of them started. */
  extensions?: Readonly<Record<string, string>>;
  /** Under `processors:`, all of them in the pipeline. */
  processors?: Readonly<Record<string, string>>;
}>;

export class Target {
  readonly daemon: Daemon;
  readonly port: number;
  readonly url: string;
  /** Where all spans go. */
  readonly destination: Destination;
  readonly #metrics: string;
  #good = 0;

  private constructor(daemon: Daemon, port: number, admin: number, destination: Destination) {
    this.daemon = daemon;
    this.port = port;
    this.url = `http://127.0.0.1:${port}/v1/traces`;
    this.destination = destination;
    this.#metrics = `http://127.0.0.1:${admin}/metrics`;
  }

  static async start({ http = [], extensions = {}, processors = {} }: Options = {}): Promise<Target> {
    const destination = await Destination.open();
    const [intake, admin] = [await freePort(), await freePort()];
    const entries = (of: Readonly<Record<string, string>>) => Object.entries(of).map(([id, yaml]) => `  ${id}: ${yaml}`);
    const daemon = await startDaemon(`
extensions:
  file_storage: {}
${entries(extensions).join('\n')}
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${intake}
${http.map((line) => `        ${line}`).join('\n')}
processors:
  batch: {}
${entries(processors).join('\n')}
connectors:
  genai:
exporters:
  prometheus: { endpoint: 127.0.0.1:${admin} }
  otlp_http: { endpoint: '${destination.url}', compression: none }
service:
  extensions: [${['file_storage', ...Object.keys(extensions)].join(', ')}]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces:
      receivers: [otlp]
      processors: [${['batch', ...Object.keys(processors)].join(', ')}]
      exporters: [genai, otlp_http]
    metrics: { receivers: [genai], exporters: [prometheus] }
`);
    return new Target(daemon, intake, admin, destination);
  }

  stop(): Promise<void> {
    return this.daemon.stop();
  }

  /** A request that is in order, in one encoding and then in the other. */
  async good(headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const json = requestOf(modelCall({ 'gen_ai.request.model': GOOD_MODEL }));
    const protobuf = this.#good % 2 === 1;
    const body = protobuf ? protobufOf(json) : json;
    const answer = await send(this.url, body, { headers: { ...(protobuf ? PROTOBUF_TYPE : JSON_TYPE), ...headers } });
    assert.equal(answer.status, 200);
    this.#good += 1;
  }

  async page(): Promise<Page> {
    const { body } = await send(this.#metrics, undefined, { method: 'GET' });
    assert.ok(!body.includes(CANARY), 'nothing of a body on the page');
    return new Page(body);
  }

  /** It takes and counts what is in order, has said nothing of what is not, and of no fault of its own. */
  async assertWell(headers?: Readonly<Record<string, string>>): Promise<void> {
    await this.good(headers);
    const counted = (await this.page()).sum('openrouter_requests_total', { model: GOOD_MODEL });
    assert.equal(counted, String(this.#good));
    assert.ok(!this.daemon.stderr().includes(CANARY), 'nothing of a body in the log');
    const faults = this.daemon.log().filter(({ level }) => level === 'error');
    assert.deepEqual(faults, []);
  }

  /** Resident memory now, and the most there was. */
  memory(): Readonly<{ nowMib: number; peakMib: number }> {
    const status = readFileSync(`/proc/${this.daemon.pid}/status`, 'utf8');
    const mib = (name: string) => (Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024) / MIB;
    return { nowMib: mib('VmRSS'), peakMib: mib('VmHWM') };
  }

  /** Time of the processor that it has used. */
  cpuMs(): number {
    const [, rest = ''] = readFileSync(`/proc/${this.daemon.pid}/stat`, 'utf8').split(') ');
    const fields = rest.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }
}

let ids = 0;

export function freshIds(): Readonly<{ traceId: string; spanId: string }> {
  ids += 1;
  return { traceId: ids.toString(16).padStart(32, 'a'), spanId: ids.toString(16).padStart(16, 'b') };
}

type Plain = string | number | object;

/** A span that counts as a request; a text, a double, or a value as it is. */
export function modelCall(values: Readonly<Record<string, Plain>>, over: object = {}): object {
  const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm', ...values };
  return {
    ...freshIds(),
    name: 'chat',
    startTimeUnixNano: '1790700000000000000',
    endTimeUnixNano: '1790700001000000000',
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: anyValueOf(value) })),
    ...over,
  };
}

function anyValueOf(value: Plain): object {
  if (typeof value === 'object') return value;
  return typeof value === 'string' ? { stringValue: value } : { doubleValue: value };
}

/** As OpenRouter sends it. */
export function requestOf(...spans: readonly object[]): string {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'openrouter' } }] };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'openrouter' }, spans }] }] });
}

/** `replay`: sends captured OTLP requests once more, to a daemon or to any other OTLP server. */
import { resolve } from 'node:path';
import { Option } from 'commander';
import { COMPONENTS } from '../components.ts';
import { renderFaults } from '../config/render.ts';
import { planConfig } from '../daemon.ts';
import { printable } from '../data/printable.ts';
import { spanCount } from '../data/spans.ts';
import { type Door, UnreachableError, Visitor } from '../demo/visitor.ts';
import { decodeTraces } from '../otlp/codec.ts';
import { decodeRpcStatus } from '../otlp/protobuf/answer.ts';
import { type CapturedRequest, capturedRequests } from './captured-requests.ts';
import { tracesDoor } from './doors.ts';
import { openLog } from './foreground.ts';
import { EXIT, type Host } from './host.ts';
import { httpUrl } from './urls.ts';
import { type ConfigOptions, configOption, type Verb } from './verb.ts';

type Options = ConfigOptions & Readonly<{ operands: readonly string[]; to?: URL; json: boolean }>;

/** `accepted`: answered 2xx. */
type Replayed = Readonly<{ file: string; requests: number; accepted: number; spans: number; fault?: string }>;

const NO_DAEMON = '"spanmeter run" starts a daemon, --to names another server';
/** How a protobuf status begins: with its code or its message; no text begins so. */
const STATUS_TAGS: ReadonlySet<number> = new Set([0x08, 0x12]);
/** Of an answer that is told to a person. */
const SHOWN_CHARACTERS = 200;

export const replayVerb: Verb<Options> = {
  name: 'replay',
  summary: 'Send captured OTLP requests again, byte for byte: what the exporter file writes, or one request in a file.',
  operands: '<file...>',
  options: [
    configOption,
    () => new Option('--to <url>', 'where to; by default the receiver of the config').argParser(httpUrl),
    () => new Option('--json', 'counts as JSON').default(false),
  ],
  example: 'spanmeter replay traces.jsonl --to http://127.0.0.1:4318',
  async execute(options, host) {
    const door = options.to === undefined ? await configuredDoor(options, host) : doorTo(options.to);
    if (typeof door === 'number') return door;
    const counts = await replayAll(options.operands, door, host);
    for (const { fault } of counts) if (fault !== undefined) host.stderr.write(`${fault}\n`);
    host.stdout.write(options.json ? `${JSON.stringify(counts, null, 2)}\n` : counts.map(line).join(''));
    return counts.every(({ requests, accepted, fault }) => requests === accepted && fault === undefined) ? EXIT.ok : EXIT.failure;
  },
};

async function replayAll(files: readonly string[], door: Door, host: Host): Promise<readonly Replayed[]> {
  const sender = new Visitor(door);
  const counts: Replayed[] = [];
  try {
    for (const file of files) counts.push(await replayFile(file, sender, { host, own: door.own }));
  } finally {
    await sender.close();
  }
  return counts;
}

/** Or the exit code. */
async function configuredDoor({ config }: Options, host: Host): Promise<Door | number> {
  const surroundings = { environment: host.environment, workingDirectory: host.directory };
  const { plan, faults, excerpts } = planConfig(config, surroundings, COMPONENTS, 'warning');
  if (plan === undefined) {
    host.stderr.write(renderFaults(faults, excerpts));
    return EXIT.config;
  }
  try {
    const door = await tracesDoor(plan, { logger: openLog(plan, [], host), now: host.now });
    if (door !== undefined) return door;
    host.stderr.write('cannot replay: no receiver of the config listens; name a server with --to\n');
  } catch (error) {
    host.stderr.write(`${messageOf(error)}; name a server with --to\n`);
  }
  return EXIT.failure;
}

function doorTo(url: URL): Door {
  return { url: url.pathname === '/' ? new URL('/v1/traces', url).href : url.href, headers: {}, own: false };
}

/** Goes on after a refusal, and ends where nobody answers or the file cannot be read. */
async function replayFile(
  file: string,
  sender: Visitor,
  { host, own }: Readonly<{ host: Host; own: boolean }>,
): Promise<Replayed> {
  let [requests, accepted, spans] = [0, 0, 0];
  try {
    for await (const captured of capturedRequests(resolve(host.directory, file))) {
      requests += 1;
      const { status, body } = await sender.post(captured.bytes, MEDIA_TYPE[captured.encoding]);
      if (status >= 200 && status < 300) {
        accepted += 1;
        spans += spansIn(captured);
      } else {
        host.stderr.write(`${file}: request ${captured.position} was answered ${status}: ${messageIn(body)}\n`);
      }
    }
    return { file, requests, accepted, spans };
  } catch (error) {
    const remedy = own && error instanceof UnreachableError ? `; ${NO_DAEMON}` : '';
    return { file, requests, accepted, spans, fault: `${file}: ${messageOf(error)}${remedy}` };
  }
}

/** Of a refusal: of its status in protobuf or JSON, or else whatever it says. */
function messageIn(body: Uint8Array): string {
  const status = STATUS_TAGS.has(body[0] ?? 0) ? decodeRpcStatus(body) : undefined;
  return printable((status?.message ?? jsonMessageIn(body)).slice(0, SHOWN_CHARACTERS));
}

function jsonMessageIn(body: Uint8Array): string {
  const text = Buffer.from(body).toString();
  try {
    const status: unknown = JSON.parse(text);
    const message = typeof status === 'object' && status !== null && 'message' in status ? status.message : undefined;
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}

const MEDIA_TYPE = { json: 'application/json', protobuf: 'application/x-protobuf' } as const;

function spansIn({ encoding, bytes }: CapturedRequest): number {
  try {
    return spanCount(decodeTraces({ encoding, bytes }).batch);
  } catch {
    return 0; // whoever took it knows better
  }
}

function line({ file, requests, accepted, spans }: Replayed): string {
  return `${file}: ${requests} requests sent, ${accepted} accepted with ${spans} spans\n`;
}

function messageOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'there is no such file';
  return error instanceof Error ? error.message : String(error);
}

/** Building blocks for the settings of components: they read what a person writes and say what they expected instead. */
import { validateHeaderName } from 'node:http';
import { z } from 'zod';
import type { NamedAuthenticator } from '../component/define.ts';

/** What a field tells the checker, the schema and the printed config about itself. */
export type FieldMeta = Readonly<{
  /** Never shown. */
  secret?: boolean;
  /** Accepted and ignored, because. */
  noEffect?: string;
  /** Known to the Collector and refused, because. */
  unsupported?: string;
  /** JSON Schema of what a person writes, where zod cannot tell. */
  written?: Readonly<Record<string, unknown>>;
}>;

/** In ms; also 0. Written as Go does: "1h30m", "250ms", "1.5s". */
export function duration() {
  return z
    .union([z.string(), z.number()], { error: 'expected a duration such as "5s"' })
    .meta({ written: { anyOf: [{ type: 'string', pattern: DURATION_SOURCE }, { const: 0 }] } } satisfies FieldMeta)
    .transform((written, context) => {
      if (written === 0) return 0;
      const ms = typeof written === 'string' ? milliseconds(written) : undefined;
      if (ms !== undefined) return ms;
      const expected =
        typeof written === 'string' ? 'a number and a unit (ms, s, m, h), such as "5s"' : 'a duration such as "5s"';
      context.addIssue({ code: 'custom', message: `expected ${expected}` });
      return z.NEVER;
    });
}

/** In bytes: a whole number, or one with a unit such as "20MiB". */
export function size() {
  return z
    .union([z.string(), z.number()], { error: EXPECTED_SIZE })
    .meta({
      written: {
        anyOf: [
          { type: 'string', pattern: SIZE_SOURCE },
          { type: 'integer', minimum: 0 },
        ],
      },
    } satisfies FieldMeta)
    .transform((written, context) => {
      const bytes = typeof written === 'string' ? bytesOf(written) : written;
      if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
      context.addIssue({ code: 'custom', message: EXPECTED_SIZE });
      return z.NEVER;
    });
}

/** An address to listen on; host '' is every address. */
export type HostPort = Readonly<{ host: string; port: number }>;

export function hostPort() {
  return z.string({ error: EXPECTED_ADDRESS }).transform((written, context): HostPort => {
    const [, bracketed, plain = '', port] = /^(?:\[([^\]]*)\]|([^:[\]/]*)):(\d+)$/.exec(written) ?? [];
    if (port !== undefined && Number(port) <= HIGHEST_PORT) return { host: bracketed ?? plain, port: Number(port) };
    const scheme = /^[a-z]+:\/\//.exec(written)?.[0];
    const expected = scheme ? `${EXPECTED_ADDRESS} without "${scheme}"` : EXPECTED_ADDRESS;
    context.addIssue({ code: 'custom', message: port === undefined ? expected : `expected a port of at most ${HIGHEST_PORT}` });
    return z.NEVER;
  });
}

/** Text that is never shown: not in faults, logs, the printed config or on the page. */
export function secret() {
  return z.string().meta({ secret: true } satisfies FieldMeta);
}

export function headers() {
  return z.record(headerName(), secret()).default({}).describe('Headers to add to every request; their values are never shown.');
}

function headerName() {
  return z.string().refine(isHeaderName, 'expected the name of a header: letters, digits, "-" and "_"');
}

function isHeaderName(name: string): boolean {
  try {
    validateHeaderName(name);
    return true;
  } catch {
    return false;
  }
}

export function auth() {
  return z
    .strictObject({
      authenticator: z.string().min(1).describe('Id of an extension that is listed in service.extensions.'),
      request_params: unsupported('credentials are read from headers only'),
    })
    .describe('Who may connect, or who we are.');
}

/** For the `authenticator` of a definition: `section` is where in the settings `auth` stands. */
export function namedBy(
  settings: Readonly<{ auth?: Readonly<{ authenticator: string }> | undefined }>,
  section = '',
): NamedAuthenticator | undefined {
  return settings.auth && { path: `${section}auth.authenticator`, id: settings.auth.authenticator };
}

/** A map whose fields all have defaults: leaving it out is the same as leaving it empty. */
export function section<C extends z.ZodObject>(fields: C) {
  return fields.prefault({} as z.input<C>); // the defaults fill it; a required field is then a fault, as it should be
}

/** A key that upstream files hold and that changes nothing here; its presence is a hint. */
export function noEffect(reason: string) {
  return z
    .unknown()
    .optional()
    .meta({ noEffect: reason, description: `Accepted without effect: ${reason}.` } satisfies Meta);
}

/** A key that upstream knows and that must not be ignored; its presence is an error. */
export function unsupported(reason: string) {
  return z
    .unknown()
    .optional()
    .meta({ unsupported: reason, description: `Not supported: ${reason}.` } satisfies Meta);
}

/** For `.refine()`: the value is known to the Collector and refused, because. */
export function unsupportedValue(reason: string) {
  return { error: reason, params: { code: 'unsupported' } satisfies FaultParams };
}

/** `params` of an issue whose fault is not a wrong value. */
export type FaultParams = Readonly<{ code: 'unsupported' }>;

type Meta = FieldMeta & Readonly<{ description: string }>;

const HIGHEST_PORT = 65_535;
const EXPECTED_SIZE = 'expected a size such as "20MiB"';
const EXPECTED_ADDRESS = 'expected an address such as "localhost:4318"';
const DURATION_SOURCE = '^(0|((\\d+(\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h))+)$';
const SIZE_SOURCE = '^(\\d+(?:\\.\\d+)?) ?([KMGT]i?B|B)?$';
const DURATION = new RegExp(DURATION_SOURCE);
const DURATION_PART = /([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g;
const SIZE = new RegExp(SIZE_SOURCE);
const MS_BY_UNIT = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

function milliseconds(written: string): number | undefined {
  if (!DURATION.test(written)) return undefined;
  let ms = 0;
  for (const [, amount, unit = ''] of written.matchAll(DURATION_PART)) ms += Number(amount) * (MS_BY_UNIT.get(unit) ?? 0);
  return Math.round(ms * 1e6) / 1e6; // 1.1h is 3960000 ms, not 3960000.0000000005
}

function bytesOf(written: string): number | undefined {
  const [, amount, unit = 'B'] = SIZE.exec(written) ?? [];
  if (amount === undefined) return undefined;
  const step = unit.includes('i') ? 1024 : 1000;
  return Math.round(Number(amount) * step ** ' KMGT'.indexOf(unit === 'B' ? ' ' : unit.charAt(0)));
}

/** Proves who we are, or who a sender is, by user name and password. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Authenticator, Context, Logger } from '../component/contract.ts';
import { defineExtension } from '../component/define.ts';
import { digestOf, indexOfSecret, onlyHeader, readSecretLines, type SecretDigest } from '../component/secrets.ts';
import { secret, unsupported } from '../config/fields.ts';

const Htpasswd = z
  .strictObject({
    inline: secret()
      .superRefine(checkEntries)
      .optional()
      .describe('Lines of user:password, in plain text or as {SHA}; wins over file.'),
    file: z.string().min(1).optional().describe('File with such lines, read at start.'),
  })
  .refine(({ inline, file }) => (inline ?? file) !== undefined, { path: ['inline'], error: 'needed; or file' })
  .describe('Who may connect.');

const ClientAuth = z
  .strictObject({
    username: z.string().optional().describe('Name to send.'),
    password: secret().optional().describe('Password to send.'),
    username_file: z.string().min(1).optional().describe('File with the name, read at start; wins over username.'),
    password_file: z.string().min(1).optional().describe('File with the password, read at start; wins over password.'),
  })
  .refine(({ username, username_file }) => (username ?? username_file) !== undefined, {
    path: ['username'],
    error: 'needed; or username_file',
  })
  .describe('Who we are.');

const Config = z
  .strictObject({
    htpasswd: Htpasswd.optional(),
    client_auth: ClientAuth.optional(),
    aws_secrets_manager: unsupported('use password_file'),
  })
  .refine(({ htpasswd, client_auth }) => (htpasswd === undefined) !== (client_auth === undefined), {
    error: 'expected either htpasswd, for who may connect, or client_auth, for who we are',
  });

export const basicauthExtension = defineExtension({
  type: 'basicauth',
  aliases: ['basic_auth'],
  summary: 'Accepts requests with a known user name and password, or adds ours to requests.',
  config: Config,
  example: 'client_auth:\n  username: "123456"\n  password: ${env:GRAFANA_CLOUD_TOKEN}',
  create: ({ htpasswd, client_auth }, context) =>
    htpasswd === undefined ? ourselves(client_auth ?? {}, context) : senders(htpasswd, context),
});

function ourselves(config: z.output<typeof ClientAuth>, { logger }: Context): Authenticator {
  let authorization: string | undefined;
  return {
    async start() {
      const username = await onlyLine(config.username_file, config.username, logger);
      const password = await onlyLine(config.password_file, config.password, logger);
      authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    },
    credentials() {
      if (authorization === undefined) throw new Error('cannot add a password to a request: none was read yet');
      return { authorization };
    },
  };
}

async function onlyLine(path: string | undefined, otherwise = '', logger: Logger): Promise<string> {
  if (path === undefined) return otherwise;
  const [line] = await readSecretLines(path, logger);
  if (line === undefined) throw new Error(`cannot read secrets from "${path}": it is empty`);
  return line;
}

function senders(config: z.output<typeof Htpasswd>, { logger }: Context): Authenticator {
  let entryByUser = entriesOf(config.inline?.split('\n') ?? []);
  return {
    async start() {
      if (config.inline !== undefined || config.file === undefined) return;
      const lines = await readSecretLines(config.file, logger);
      const fault = faultOf(lines);
      if (fault !== undefined) throw new Error(`cannot read users from "${config.file}": ${fault}`);
      entryByUser = entriesOf(lines);
    },
    identify(headers) {
      const [, encoded] = /^basic ([a-z0-9+/=]+)$/i.exec(onlyHeader(headers, 'authorization') ?? '') ?? [];
      const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
      if (user === undefined || password === undefined) return undefined;
      const entry = entryByUser.get(user) ?? NOBODY;
      return indexOfSecret(entry.sha1 ? sha1Of(password) : password, [entry.digest]) === undefined ? undefined : user;
    },
  };
}

type HtpasswdEntry = Readonly<{ sha1: boolean; digest: SecretDigest }>;

/** Compared with when the user is unknown, so that this takes as long as a wrong password. No text has this digest. */
const NOBODY: HtpasswdEntry = { sha1: false, digest: Buffer.alloc(32) };
const SHA1 = '{SHA}';
/** bcrypt, SSHA, and what crypt(3) writes: compared as plain text they would lock everybody out. */
const OTHER_HASH = /^(\{SSHA\}|\$(2[abxy]?|apr1|1|5|6)\$)/;

function entriesOf(lines: readonly string[]): ReadonlyMap<string, HtpasswdEntry> {
  return new Map(
    lines
      .map((line) => line.trim())
      .filter(isEntry)
      .map((line) => {
        const [user, secretText] = partsOf(line);
        const sha1 = secretText.startsWith(SHA1);
        return [user, { sha1, digest: digestOf(sha1 ? secretText.slice(SHA1.length) : secretText) }];
      }),
  );
}

/** Names the line and never what stands in it. */
function faultOf(lines: readonly string[]): string | undefined {
  const entries = lines.map((line) => line.trim());
  const broken = entries.findIndex((line) => isEntry(line) && !line.includes(':'));
  if (broken >= 0) return `expected user:password in line ${broken + 1}`;
  const hashed = entries.findIndex((line) => isEntry(line) && OTHER_HASH.test(partsOf(line)[1]));
  if (hashed >= 0) return `hash in line ${hashed + 1} is not supported yet; write it as {SHA} or in plain text`;
  return entries.some(isEntry) ? undefined : 'expected at least one line of user:password';
}

function checkEntries(text: string, context: z.RefinementCtx): void {
  const message = faultOf(text.split('\n'));
  if (message !== undefined) context.addIssue({ code: 'custom', message });
}

function isEntry(line: string): boolean {
  return line !== '' && !line.startsWith('#');
}

function partsOf(line: string): readonly [user: string, secretText: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1)];
}

function sha1Of(password: string): string {
  return createHash('sha1').update(password).digest('base64');
}

/** Proves who we are, or who a sender is, by user name and password. */
import { z } from 'zod';
import type { Authenticator, Context, Logger } from '../../component/contract.ts';
import { defineExtension } from '../../component/define.ts';
import { onlyHeader, readSecretLines } from '../../component/secrets.ts';
import { WatchedFiles } from '../../component/watched-files.ts';
import { secret, unsupported } from '../../config/fields.ts';
import { BcryptThread } from './bcrypt-thread.ts';
import { faultOf, Users } from './htpasswd.ts';

const Htpasswd = z
  .strictObject({
    inline: secret()
      .superRefine(checkEntries)
      .optional()
      .describe('Lines of user:password, in plain text, as bcrypt or as {SHA}; wins over file.'),
    file: z.string().min(1).optional().describe('File with such lines, read again when it changes.'),
  })
  .refine(({ inline, file }) => (inline ?? file) !== undefined, { path: ['inline'], error: 'needed; or file' })
  .describe('Who may connect.');

const ClientAuth = z
  .strictObject({
    username: z.string().optional().describe('Name to send.'),
    password: secret().optional().describe('Password to send.'),
    username_file: z.string().min(1).optional().describe('File with the name, read again when it changes; wins over username.'),
    password_file: z
      .string()
      .min(1)
      .optional()
      .describe('File with the password, read again when it changes; wins over password.'),
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
  const { username_file, password_file } = config;
  let authorization: string | undefined;
  const files = new WatchedFiles({
    paths: [username_file, password_file].filter((file) => file !== undefined),
    async load() {
      const username = await onlyLine(username_file, config.username, logger);
      const password = await onlyLine(password_file, config.password, logger);
      authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    },
    logger,
  });
  return {
    start: () => files.start(),
    shutdown: () => files.shutdown(),
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

function senders({ inline, file }: z.output<typeof Htpasswd>, { logger }: Context): Authenticator {
  const thread = new BcryptThread();
  let users = new Users(inline?.split('\n') ?? [], thread);
  const path = inline === undefined ? file : undefined;
  const files = new WatchedFiles({
    paths: path === undefined ? [] : [path],
    async load() {
      if (path === undefined) return;
      const lines = await readSecretLines(path, logger);
      const fault = faultOf(lines);
      if (fault !== undefined) throw new Error(`cannot read users from "${path}": ${fault}`);
      users = new Users(lines, thread);
    },
    logger,
  });
  return {
    challenge: 'Basic realm="spanmeter", charset="UTF-8"',
    start: () => files.start(),
    async shutdown() {
      await files.shutdown();
      await thread.shutdown();
    },
    async identify(headers) {
      const [, encoded] = /^basic ([a-z0-9+/=]+)$/i.exec(onlyHeader(headers, 'authorization') ?? '') ?? [];
      const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
      if (user === undefined || password === undefined) return undefined;
      return (await users.prove(user, password)) ? user : undefined;
    },
  };
}

function checkEntries(text: string, context: z.RefinementCtx): void {
  const message = faultOf(text.split('\n'));
  if (message !== undefined) context.addIssue({ code: 'custom', message });
}

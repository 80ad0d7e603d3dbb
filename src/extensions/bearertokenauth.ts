/** Proves who we are, or who a sender is, by a token in a header. */
import { z } from 'zod';
import type { Authenticator, Context } from '../component/contract.ts';
import { defineExtension } from '../component/define.ts';
import { digestOf, indexOfSecret, LastRight, onlyHeader, readSecretLines } from '../component/secrets.ts';
import { WatchedFiles } from '../component/watched-files.ts';
import { noEffect, secret } from '../config/fields.ts';

/** What may stand in a WWW-Authenticate. */
const SCHEME = /^[\w!#$%&'*+.^`|~-]+$/;

const Named = z.strictObject({
  name: z.string().min(1).describe('Whose token it is.'),
  token: secret().min(1).describe('Token to accept.'),
});

const Config = z
  .strictObject({
    scheme: z.string().default('Bearer').describe('Word before the token, in this very case; empty for none.'),
    header: z
      .string()
      .regex(/^[\w!#$%&'*+.^`|~-]+$/, { error: 'expected the name of a header' })
      .default('Authorization')
      .describe('Header that carries the token.'),
    token: secret().min(1).optional().describe('Token to send and to accept.'),
    tokens: z
      .array(z.union([secret().min(1), Named]))
      .min(1)
      .optional()
      .describe('Several tokens to accept, each with the name of its sender if you like; the first one is sent.'),
    filename: z
      .string()
      .min(1)
      .optional()
      .describe('File with a token per line, read again when it changes; wins over token and tokens.'),
    file_retry: noEffect('the file is read again when it changes'),
  })
  .refine(({ token, tokens, filename }) => (token ?? tokens ?? filename) !== undefined, {
    path: ['token'],
    error: 'needed; or tokens, or filename',
  })
  .refine(({ token, tokens }) => token === undefined || tokens === undefined, {
    path: ['tokens'],
    error: 'expected either token or tokens',
  });

export const bearertokenauthExtension = defineExtension({
  type: 'bearertokenauth',
  aliases: ['bearer_token_auth'],
  summary: 'Accepts requests with one of its tokens, and adds the first one to requests of ours.',
  config: Config,
  example: 'token: ${env:INGEST_TOKEN}',
  create: bearerTokens,
});

function bearerTokens(config: z.output<typeof Config>, { id, logger }: Context): Authenticator {
  const prefix = config.scheme === '' ? '' : `${config.scheme} `;
  const stated = config.token === undefined ? (config.tokens ?? []) : [config.token];
  let names = stated.map((one) => (typeof one === 'string' ? undefined : one.name));
  let values = withPrefix(stated.map((one) => (typeof one === 'string' ? one : one.token)));
  let digests = values.map(digestOf);
  const last = new LastRight();

  function withPrefix(tokens: readonly string[]): readonly string[] {
    return tokens.map((token) => `${prefix}${token}`);
  }

  const { filename } = config;
  const files = new WatchedFiles({
    paths: filename === undefined ? [] : [filename],
    async load() {
      if (filename === undefined) return;
      const tokens = await readSecretLines(filename, logger);
      if (tokens.length === 0) throw new Error(`cannot read tokens from "${filename}": it has none`);
      names = [];
      values = withPrefix(tokens);
      digests = values.map(digestOf);
      last.forget();
    },
    logger,
  });

  return {
    ...(SCHEME.test(config.scheme) && { challenge: `${config.scheme} realm="spanmeter"` }),
    start: () => files.start(),
    shutdown: () => files.shutdown(),

    credentials() {
      const [value] = values;
      if (value === undefined) throw new Error('cannot add a token to a request: none was read yet');
      return { [config.header]: value };
    },

    identify(headers) {
      const claimed = onlyHeader(headers, config.header);
      if (claimed === undefined) return undefined;
      const known = last.indexOf(claimed);
      const index = known ?? indexOfSecret(claimed, digests);
      if (index === undefined) return undefined;
      if (index !== known) last.remember(claimed, index);
      return names[index] ?? (digests.length === 1 ? id : `${id}#${index + 1}`);
    },
  };
}

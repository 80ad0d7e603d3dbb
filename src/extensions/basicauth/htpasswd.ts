/** Reads htpasswd entries, and checks passwords against them in a time that does not tell what was wrong. */
import { createHash } from 'node:crypto';
import { digestOf, indexOfSecret, type SecretDigest } from '../../component/secrets.ts';
import type { BcryptThread } from './bcrypt-thread.ts';

type Entry = Readonly<{ form: 'plain' | 'sha1' | 'bcrypt'; text: string; digest: SecretDigest }>;

const SHA1 = '{SHA}';
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;
/** SSHA, and what crypt(3) writes: compared as plain text they would lock everybody out. */
const OTHER_HASH = /^(\{SSHA\}|\$(2[abxy]?|apr1|1|5|6)\$)/;
/** No text has this digest. */
const NOBODY: Entry = { form: 'plain', text: '', digest: Buffer.alloc(32) };

export class Users {
  readonly #entryByUser: ReadonlyMap<string, Entry>;
  readonly #thread: BcryptThread;
  /** Compared with when the user is unknown, so that this takes as long as a wrong password. */
  readonly #decoy: Entry;
  /** Passwords that a bcrypt hash was found to stand for. */
  readonly #proven = new Map<string, SecretDigest>();

  /** Of lines without a fault. */
  constructor(lines: readonly string[], thread: BcryptThread) {
    this.#entryByUser = new Map(
      lines
        .map((line) => line.trim())
        .filter(isEntry)
        .map(partsOf)
        .map(([user, text]) => [user, entryOf(text)]),
    );
    this.#thread = thread;
    this.#decoy = this.#entryByUser.values().find(({ form }) => form === 'bcrypt') ?? NOBODY;
  }

  prove(user: string, password: string): boolean | Promise<boolean> {
    const entry = this.#entryByUser.get(user) ?? this.#decoy;
    const right = entry.form === 'bcrypt' ? this.#proveHashed(user, password, entry) : isSecret(password, entry);
    return this.#entryByUser.has(user) ? right : Promise.resolve(right).then(() => false);
  }

  /** Once per password, then by a digest: every request carries it. */
  #proveHashed(user: string, password: string, { text }: Entry): true | Promise<boolean> {
    const proven = this.#proven.get(user);
    if (proven !== undefined && indexOfSecret(password, [proven]) !== undefined) return true;
    return this.#thread.matches(password, text).then((matches) => {
      if (matches) this.#proven.set(user, digestOf(password));
      return matches;
    });
  }
}

/** Names the line and never what stands in it. */
export function faultOf(lines: readonly string[]): string | undefined {
  const entries = lines.map((line) => line.trim());
  const broken = entries.findIndex((line) => isEntry(line) && !line.includes(':'));
  if (broken >= 0) return `expected user:password in line ${broken + 1}`;
  const hashed = entries.findIndex((line) => isEntry(line) && isForeign(partsOf(line)[1]));
  if (hashed >= 0) return `hash in line ${hashed + 1} is not supported; write it as bcrypt, as {SHA} or in plain text`;
  return entries.some(isEntry) ? undefined : 'expected at least one line of user:password';
}

function isEntry(line: string): boolean {
  return line !== '' && !line.startsWith('#');
}

function partsOf(line: string): readonly [user: string, text: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1)];
}

function isForeign(text: string): boolean {
  return OTHER_HASH.test(text) && !BCRYPT.test(text);
}

function entryOf(text: string): Entry {
  if (BCRYPT.test(text)) return { form: 'bcrypt', text, digest: NOBODY.digest };
  const sha1 = text.startsWith(SHA1);
  return { form: sha1 ? 'sha1' : 'plain', text, digest: digestOf(sha1 ? text.slice(SHA1.length) : text) };
}

function isSecret(password: string, { form, digest }: Entry): boolean {
  const claimed = form === 'sha1' ? createHash('sha1').update(password).digest('base64') : password;
  return indexOfSecret(claimed, [digest]) !== undefined;
}

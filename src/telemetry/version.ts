/** The version of this program, as in its package. */
import { readFileSync } from 'node:fs';

const PACKAGE: { version: string; gitHead?: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

export const VERSION = PACKAGE.version;
/** The commit that it was built from, where the package says so. */
export const REVISION = PACKAGE.gitHead ?? 'unknown';

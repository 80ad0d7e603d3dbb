/** Reads URLs of the command line. */
import { InvalidArgumentError } from 'commander';

export function httpUrl(written: string): URL {
  const url = URL.parse(written);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('expected a URL such as "http://127.0.0.1:4318".');
  }
  return url;
}

/** Fails `npm run check` when scripts run on an older Node than package.json asks for, as after `npm ci --ignore-scripts`. */
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const [major = 0, minor = 0] = engines.node.replace('>=', '').split('.').map(Number);
const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);

if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
  console.error(
    `cannot check with Node ${process.versions.node}: package.json asks for ${engines.node}; run npm ci without --ignore-scripts`,
  );
  process.exitCode = 1;
}

/** Which releases of Node the log warns of. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lacksSecurityFixes } from '../../src/telemetry/node-release.ts';

for (const [version, lacking] of [
  ['22.19.0', true],
  ['22.21.9', true],
  ['22.22.0', false],
  ['22.22.2', false],
  ['23.11.0', true],
  ['24.12.0', true],
  ['24.13.0', false],
  ['25.9.0', true],
  ['26.0.0', false],
  ['26.10.0', false],
  ['27.1.0', false],
] as const) {
  it(`Node ${version} ${lacking ? 'lacks' : 'has'} the security fixes`, () => assert.equal(lacksSecurityFixes(version), lacking));
}

/** Text from outside on its way to a terminal. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { printable } from '../../src/data/printable.ts';

for (const [text, expected] of [
  ['openai/gpt-5.1 – ✓ 日本語 👩‍🚀', 'openai/gpt-5.1 – ✓ 日本語 👩‍🚀'],
  ['two\r\n\tlines', 'two lines'],
  ['\u001b[2J\u001b]0;title\u0007red', '[2J]0;titlered'],
  ['\u009b31mC1', '31mC1'],
  ['ab\u202etxt.exe\u2066\u200f', 'abtxt.exe'],
  ['', ''],
] as const) {
  it(`is printable: ${JSON.stringify(text)}`, () => assert.equal(printable(text), expected));
}

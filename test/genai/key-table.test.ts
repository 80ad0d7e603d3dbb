/** Keys of attributes in their table. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FACT_KEYS } from '../../src/genai/aliases.ts';
import { KeyTable } from '../../src/genai/key-table.ts';

describe('a table of keys', () => {
  const keys = [
    ...new Set([...FACT_KEYS, '', 'a', 'ä', '__proto__', ...Array.from({ length: 5_000 }, (_, nth) => `key.${nth}`)]),
  ];
  const table = new KeyTable(new Map(keys.map((key, nth) => [key, nth])));

  it('finds what belongs to each, also where many share a place', () => {
    for (const [nth, key] of keys.entries()) assert.equal(table.get(key), nth);
  });

  it('finds nothing for what only looks like one of them', () => {
    for (const key of keys)
      for (const other of [`${key}x`, `x${key}`, key.toUpperCase()]) {
        if (!keys.includes(other)) assert.equal(table.get(other), undefined);
      }
  });
});

/** Lists of attributes are read and rebuilt; what stays the same stays the same list. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attributeOf, hasAttribute, mapAttributes, put, remove, replaceValues, textOf } from '../../src/data/attributes.ts';
import { mapItems } from '../../src/data/map-items.ts';
import { deepFreeze } from '../helpers/deep-freeze.ts';
import { attributesOf } from '../helpers/processing.ts';

const LIST = deepFreeze([...attributesOf({ a: '1', b: { intValue: 2 }, c: {} }), { key: 'd' }, ...attributesOf({ a: '3' })]);

describe('an attribute', () => {
  it('of a key that stands twice is the last one', () => {
    assert.deepEqual(attributeOf(LIST, 'a'), { stringValue: '3' });
    assert.equal(textOf(LIST, 'a'), '3');
  });

  it('has text only if it is text', () => {
    assert.equal(textOf(LIST, 'b'), undefined);
    assert.equal(textOf(undefined, 'b'), undefined);
  });

  it('is there without a value too', () => {
    assert.deepEqual(
      ['a', 'c', 'd', 'e'].map((key) => hasAttribute(LIST, key)),
      [true, true, true, false],
    );
  });
});

describe('a list', () => {
  it('is itself when what is put stands there already', () => {
    assert.equal(put(LIST, 'b', { intValue: 2 }), LIST);
    assert.equal(put(LIST, 'd', {}), LIST);
  });

  it('gets what is put in every place of its key, or at the end', () => {
    assert.deepEqual(
      put(LIST, 'a', { boolValue: true }).map(({ value }) => value?.boolValue),
      [true, undefined, undefined, undefined, true],
    );
    assert.deepEqual(put(LIST, 'e', { stringValue: 'x' }).at(-1), { key: 'e', value: { stringValue: 'x' } });
  });

  it('loses every place of a key, and is itself when there is none', () => {
    assert.deepEqual(
      remove(LIST, (key) => key === 'a').map(({ key }) => key),
      ['b', 'c', 'd'],
    );
    assert.equal(
      remove(LIST, (key) => key === 'e'),
      LIST,
    );
  });

  it('shares the attributes that keep their values', () => {
    const replaced = replaceValues(
      LIST,
      (key) => key !== 'b',
      (value, key) => (key === 'c' ? value : { stringValue: '1' }),
    );
    assert.deepEqual(
      replaced.map((one, index) => one === LIST[index]),
      [true, true, true, false, false],
    );
  });
});

describe('what has attributes', () => {
  it('is itself when they stay, also when it has none', () => {
    const owner = deepFreeze({ name: 'a', attributes: LIST });
    assert.equal(
      mapAttributes(owner, (list) => list),
      owner,
    );
    const bare = deepFreeze({ name: 'a' });
    assert.equal(
      mapAttributes<{ name: string; attributes?: typeof LIST }>(bare, (list) => remove(list, () => true)),
      bare,
    );
  });

  it('keeps the rest when they change', () => {
    assert.deepEqual(
      mapAttributes({ name: 'a', attributes: LIST }, () => []),
      { name: 'a', attributes: [] },
    );
  });
});

describe('mapping items', () => {
  it('gives the list itself back when no item changes', () => {
    const items = [{}, {}];
    assert.equal(
      mapItems(items, (item) => item),
      items,
    );
    assert.notEqual(
      mapItems(items, (item) => ({ ...item })),
      items,
    );
  });
});

/** What the settings of actions and conditions may be, and what is said of what they may not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attributesProcessor } from '../../../src/processors/attributes/index.ts';
import { faultsOf } from '../../helpers/component.ts';

function told(yaml: string): readonly string[] {
  return faultsOf(attributesProcessor.config, yaml).map(({ level, code, path, message, remedy }) => {
    return `${level}[${code}] ${path.replace(/^component\.?/, '')}: ${message}${remedy ? `; ${remedy}` : ''}`;
  });
}

describe('an action', () => {
  const cases: readonly (readonly [action: string, ...faults: string[]])[] = [
    ['action: insert, key: a, value: x'],
    ['action: Upsert, key: a, from_attribute: b, default_value: 1'],
    ['action: hash, pattern: "^a"'],
    ['action: delete, key: a, pattern: "^a"'],
    ['action: extract, key: a, pattern: "(?P<b>.)(?P<c>.)"'],
    ['action: convert, key: a, converted_type: int'],
    [
      'action: delte, key: a',
      'error[wrong_value] .action: expected one of "insert", "update", "upsert", "delete", "hash", "extract", "convert", got "delte"; did you mean "delete"?',
    ],
    [
      'key: a',
      'error[missing_key] .action: missing key, expected one of "insert", "update", "upsert", "delete", "hash", "extract", "convert"',
    ],
    ['action: insert, value: x', 'error[missing_key] .key: missing key: action "insert" needs it'],
    ['action: update, key: a', 'error[missing_key] .value: missing key: action "update" needs it, or "from_attribute"'],
    ['action: upsert, key: a, value: x, from_attribute: b', 'error[wrong_value] .from_attribute: there is a "value" already'],
    ['action: insert, key: a, value: x, default_value: y', 'error[wrong_value] .default_value: it is for "from_attribute" alone'],
    ['action: insert, key: a, value: x, pattern: b', 'error[wrong_value] .pattern: action "insert" does not use it'],
    ['action: delete', 'error[missing_key] .key: missing key: action "delete" needs it, or "pattern"'],
    ['action: hash, key: a, value: x', 'error[wrong_value] .value: action "hash" does not use it'],
    ['action: delete, key: a, converted_type: int', 'error[wrong_value] .converted_type: action "delete" does not use it'],
    ['action: extract, key: a', 'error[missing_key] .pattern: missing key: action "extract" needs it'],
    [
      'action: extract, key: a, pattern: "(?P<b>.)(.)"',
      'error[wrong_value] .pattern: expected groups that all have a name, such as "(?P<name>.*)", got "(?P<b>.)(.)"',
    ],
    [
      'action: extract, key: a, pattern: "b"',
      'error[wrong_value] .pattern: expected groups that all have a name, such as "(?P<name>.*)", got "b"',
    ],
    [
      'action: convert',
      'error[missing_key] .key: missing key: action "convert" needs it',
      'error[missing_key] .converted_type: missing key: action "convert" needs it',
    ],
    [
      'action: convert, key: a, converted_type: float',
      'error[wrong_value] .converted_type: expected one of "int", "double", "string", got "float"',
    ],
    ['action: delete, pattern: "(a"', 'error[wrong_value] .pattern: cannot read the pattern as RE2: missing closing ): `(a`'],
    [
      'action: hash, key: a, from_context: user',
      'error[unsupported] .from_context: known to the Collector, not supported here; request headers are not kept with the spans',
    ],
    ['action: insert, key: "", value: x', 'error[wrong_value] .key: expected text that is not empty, got ""'],
  ];
  for (const [action, ...faults] of cases) {
    it(`{ ${action} } ${faults.length === 0 ? 'holds' : 'is told'}`, () => {
      assert.deepEqual(
        told(`actions:\n  - { ${action} }`),
        faults.map((fault) => fault.replace('] .', '] actions[0].')),
      );
    });
  }

  it('is needed', () => {
    assert.deepEqual(told('actions: []'), ['error[wrong_value] actions: expected a list that is not empty, got a list']);
  });
});

describe('a condition', () => {
  const cases: readonly (readonly [condition: string, ...faults: string[]])[] = [
    ['match_type: strict, span_kinds: [SPAN_KIND_SERVER]'],
    [
      'match_type: strict',
      'error[wrong_value] include: needed: at least one of services, span_names, span_kinds, attributes, resources, libraries',
    ],
    ['services: [a]', 'error[missing_key] include.match_type: missing key, expected one of "strict", "regexp"'],
    [
      'match_type: strict, span_kinds: [server]',
      'error[wrong_value] include.span_kinds[0]: expected one of SPAN_KIND_UNSPECIFIED, SPAN_KIND_INTERNAL, SPAN_KIND_SERVER, SPAN_KIND_CLIENT, SPAN_KIND_PRODUCER, SPAN_KIND_CONSUMER, got "server"',
    ],
    [
      'match_type: regexp, services: [a, "("], libraries: [{ name: "[" }]',
      'error[wrong_value] include.services[1]: cannot read the pattern as RE2: missing closing ): `(`',
      'error[wrong_value] include.libraries[0].name: cannot read the pattern as RE2: missing closing ]: `[`',
    ],
    [
      'match_type: regexp, attributes: [{ key: a, value: 1 }]',
      'error[wrong_value] include.attributes[0].value: expected text, because match_type is regexp, got 1',
    ],
    [
      'match_type: regexp, services: [a], regexp: { cacheenabled: true, cachemaxnumentries: 5 }',
      'hint[no_effect] include.regexp.cacheenabled: no cache is needed',
      'hint[no_effect] include.regexp.cachemaxnumentries: no cache is needed',
    ],
    [
      'match_type: strict, services: [a], metric_names: [b]',
      'error[unsupported] include.metric_names: known to the Collector, not supported here; only spans come here',
    ],
  ];
  for (const [condition, ...faults] of cases) {
    it(`{ ${condition} } ${faults.length === 0 ? 'holds' : 'is told'}`, () => {
      assert.deepEqual(told(`actions: [{ action: hash, key: a }]\ninclude: { ${condition} }`), faults);
    });
  }
});

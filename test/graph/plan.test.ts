/** A document becomes a graph, or all that is wrong with it at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMPONENTS } from '../../src/components.ts';
import { loadTexts } from '../../src/config/load.ts';
import { type Planning, plan } from '../../src/graph/plan.ts';

const MINIMAL = {
  receivers: 'receivers:\n  otlp: { protocols: { http: { endpoint: localhost:4318 } } }\n',
  connectors: 'connectors:\n  genai:\n',
  exporters: 'exporters:\n  prometheus:\n  otlp_http/tempo: { endpoint: http://tempo:4318 }\n',
  service: `service:
  pipelines:
    traces: { receivers: [otlp], exporters: [genai, otlp_http/tempo] }
    metrics: { receivers: [genai], exporters: [prometheus] }
`,
};

type Changes = Partial<Record<keyof typeof MINIMAL | 'extensions' | 'processors' | 'other', string>>;

function planned(changes: Changes = {}, unset: 'error' | 'warning' = 'error'): Planning {
  const text = Object.values({ ...MINIMAL, ...changes }).join('');
  return plan(loadTexts([{ file: 'spanmeter.yaml', text }], { environment: {}, unset }), COMPONENTS);
}

/** `error[code] path: message; remedy` */
function told({ faults }: Planning): readonly string[] {
  return faults.map(
    ({ level, code, path, message, remedy }) => `${level}[${code}] ${path}: ${message}${remedy ? `; ${remedy}` : ''}`,
  );
}

describe('a config without faults', () => {
  it('is planned in the order of the file', () => {
    const { plan: graph, faults } = planned();
    assert.deepEqual(faults, []);
    assert.deepEqual(
      graph?.traces.map(({ id, receivers, connectors, exporters }) => [
        id,
        ...[receivers, connectors, exporters].map((ends) => ends.map((end) => end.id)),
      ]),
      [['traces', ['otlp'], ['genai'], ['otlp_http/tempo']]],
    );
    assert.deepEqual(
      graph?.metrics.map(({ connectors, exporters }) => [connectors[0]?.id, exporters[0]?.id]),
      [['genai', 'prometheus']],
    );
  });

  it('may spell types as older Collectors do; ids keep the spelling of the file', () => {
    const { plan: graph, faults } = planned({
      exporters: 'exporters:\n  prometheus:\n  otlphttp/tempo: { endpoint: http://tempo:4318 }\n',
      service: MINIMAL.service.replace('otlp_http/tempo', 'otlphttp/tempo'),
    });
    assert.deepEqual(faults, []);
    assert.equal(graph?.traces[0]?.exporters[0]?.id, 'otlphttp/tempo');
  });
});

describe('pipelines of traces', () => {
  const many = (count: number) => {
    const entries = Array.from(
      { length: count },
      (_, index) => `    traces/${index + 1}: { receivers: [otlp], exporters: [otlp_http/tempo] }\n`,
    );
    return planned({
      service: `service:\n  pipelines:\n${entries.join('')}    metrics: { receivers: [genai], exporters: [prometheus] }\n    metrics/2: { receivers: [genai], exporters: [prometheus] }\n    traces: { receivers: [otlp], exporters: [genai] }\n`,
    });
  };

  it('may be as many as the journal tells apart', () => {
    assert.deepEqual(told(many(31)), []);
    assert.deepEqual(told(many(32)), [
      'error[too_many] service.pipelines.traces: 33 pipelines of traces; the journal tells 32 apart; a pipeline may have several receivers and exporters: join those with the same processors',
    ]);
  });
});

describe('components', () => {
  const cases: readonly [string, Parameters<typeof planned>[0], readonly string[]][] = [
    [
      'of an unknown type',
      { exporters: `${MINIMAL.exporters}  prometeus:\n` },
      ['error[unknown_type] exporters.prometeus: no exporter of type "prometeus"; did you mean "prometheus"?'],
    ],
    [
      'of a type that the Collector has',
      { processors: 'processors:\n  tail_sampling:\n' },
      [
        'error[unsupported] processors.tail_sampling: processor "tail_sampling" is known to the Collector, not supported here; sampling is not available yet',
      ],
    ],
    [
      'of a type that the Collector has, in a section whose types inherit from Object',
      { processors: 'processors:\n  constructor:\n' },
      [
        'error[unknown_type] processors.constructor: no processor of type "constructor"; known: redact_content, attributes, resource, memory_limiter, batch',
      ],
    ],
    [
      'without a name after the slash',
      { exporters: `${MINIMAL.exporters}  otlp_http/: { endpoint: http://tempo:4318 }\n` },
      ['error[wrong_value] exporters.otlp_http/: "otlp_http/" lacks the name after "/"'],
    ],
    [
      'in use nowhere',
      { exporters: `${MINIMAL.exporters}  otlp_http/cloud: { endpoint: http://cloud:4318 }\n` },
      ['hint[unused] exporters.otlp_http/cloud: this exporter is in use nowhere; name it in a pipeline or remove it'],
    ],
    [
      'sharing an id across connectors and exporters',
      { connectors: 'connectors:\n  genai:\n  prometheus:\n' },
      [
        'error[unknown_type] connectors.prometheus: no connector of type "prometheus"; known: genai',
        'error[clash] connectors.prometheus: "prometheus" is the id of an exporter too; rename one of them',
      ],
    ],
  ];
  for (const [what, changes, expected] of cases) it(`${what} are told`, () => assert.deepEqual(told(planned(changes)), expected));
});

describe('pipelines', () => {
  const traces = (line: string) => ({ service: MINIMAL.service.replace(/traces: .*/, `traces: ${line}`) });
  const cases: readonly [string, Parameters<typeof planned>[0], readonly string[]][] = [
    [
      'naming what is not defined',
      traces('{ receivers: [otlp], exporters: [genai, otlp_http/temp] }'),
      [
        'error[unknown_id] service.pipelines.traces.exporters[1]: "otlp_http/temp" is not under "exporters"; did you mean "otlp_http/tempo"?',
        'hint[unused] exporters.otlp_http/tempo: this exporter is in use nowhere; name it in a pipeline or remove it',
      ],
    ],
    [
      'naming one exporter twice',
      traces('{ receivers: [otlp], exporters: [genai, otlp_http/tempo, genai] }'),
      ['error[clash] service.pipelines.traces.exporters[2]: "genai" stands here twice'],
    ],
    [
      'without an exporter',
      { service: `${MINIMAL.service}    traces/2: { receivers: [otlp], exporters: [] }\n` },
      ['error[missing_key] service.pipelines.traces/2.exporters: needed: at least one of "exporters"'],
    ],
    [
      'handing traces to an exporter of metrics',
      traces('{ receivers: [otlp], exporters: [genai, otlp_http/tempo, prometheus] }'),
      ['error[signal] service.pipelines.traces.exporters[2]: "prometheus" does not take traces'],
    ],
    [
      'of metrics from a receiver',
      { service: MINIMAL.service.replace('receivers: [genai]', 'receivers: [genai, otlp]') },
      [
        'error[unsupported] service.pipelines.metrics.receivers[1]: "otlp" does not give metrics here yet; a connector such as genai does',
      ],
    ],
    [
      'of metrics to an exporter of traces',
      { service: MINIMAL.service.replace('exporters: [prometheus]', 'exporters: [prometheus, otlp_http/tempo]') },
      [
        'error[unsupported] service.pipelines.metrics.exporters[1]: "otlp_http/tempo" does not take metrics here yet; the prometheus exporter does',
      ],
    ],
    [
      'of logs',
      { service: `${MINIMAL.service}    logs: { receivers: [otlp], exporters: [otlp_http/tempo] }\n` },
      [
        'error[unsupported] service.pipelines.logs: pipelines of logs are not supported here; pipelines of traces, and of metrics that a connector counts, are there',
      ],
    ],
    [
      'of nothing known',
      { service: `${MINIMAL.service}    trace: { receivers: [otlp], exporters: [genai] }\n` },
      ['error[unknown_key] service.pipelines.trace: "trace" is no pipeline; did you mean "traces"?'],
    ],
    [
      'of nothing like it',
      { service: `${MINIMAL.service}    foo: { receivers: [otlp], exporters: [genai] }\n` },
      ['error[unknown_key] service.pipelines.foo: "foo" is no pipeline; known: traces, metrics'],
    ],
    [
      'that feed a connector whose figures nobody reads',
      { service: MINIMAL.service.replace(/ {4}metrics.*\n/, '') },
      [
        'error[signal] connectors.genai: its figures are read by no metrics pipeline; name it among the receivers of one',
        'hint[unused] exporters.prometheus: this exporter is in use nowhere; name it in a pipeline or remove it',
      ],
    ],
    [
      'that read a connector which nothing feeds',
      traces('{ receivers: [otlp], exporters: [otlp_http/tempo] }'),
      ['error[signal] connectors.genai: no traces pipeline feeds it; name it among the exporters of one'],
    ],
    [
      'that feed a connector twice from one receiver',
      { service: `${MINIMAL.service}    traces/2: { receivers: [otlp], exporters: [genai] }\n` },
      [
        'warning[double_count] service.pipelines.traces/2: spans of "otlp" reach "genai" through "traces" too and count twice; name "genai" in one of them',
      ],
    ],
  ];
  for (const [what, changes, expected] of cases) {
    it(`${what} are told`, () => assert.deepEqual([...told(planned(changes))].sort(), [...expected].sort()));
  }

  it('must be there', () => {
    const messages = told(planned({ service: 'service:\n  pipelines: {}\n' }));
    assert.ok(
      messages.includes('error[missing_key] service.pipelines: needed: at least one pipeline, such as "traces"'),
      messages.join('\n'),
    );
  });
});

describe('a file without the shape of a config', () => {
  for (const [what, text, fault] of [
    ['empty', '', 'error[missing_key] service: missing key, expected a map'],
    ['a list', '- a\n', 'error[wrong_value] : expected a map, got a list'],
    ['a word', 'hello\n', 'error[wrong_value] : expected a map, got "hello"'],
    ['an empty service', 'service:\n', 'error[missing_key] service.pipelines: missing key, expected a map'],
  ] as const) {
    it(`is told once: ${what}`, () => {
      const document = loadTexts([{ file: 'f', text }], { environment: {}, unset: 'error' });
      assert.deepEqual(told(plan(document, COMPONENTS)), [fault]);
    });
  }
});

describe('several files of which one is no YAML', () => {
  it('are planned as far as they can be read, without what the other may hold', () => {
    const texts = [
      { file: 'broken.yaml', text: 'receivers:\n\totlp:\n' },
      {
        file: 'good.yaml',
        text: `exporters:\n  prometheus: { endpont: x }\n  otlp_http/tempo: { timeout: ten }\n${MINIMAL.service}`,
      },
    ];
    const planning = plan(loadTexts(texts, { environment: {}, unset: 'error' }), COMPONENTS);
    assert.equal(planning.plan, undefined);
    assert.deepEqual(told(planning), [
      'error[yaml] : tabs are not allowed as indentation',
      'error[unknown_key] exporters.prometheus.endpont: unknown key; did you mean "endpoint"?',
      'error[wrong_value] exporters.otlp_http/tempo.timeout: expected a number and a unit (ms, s, m, h), such as "5s", got "ten"',
    ]);
  });
});

describe('addresses', () => {
  const receiver = (endpoint: string) => `receivers:\n  otlp: { protocols: { http: { endpoint: '${endpoint}' } } }\n`;
  const exporter = (endpoint: string) => `exporters:\n  prometheus:\n  otlp_http/tempo: { endpoint: '${endpoint}' }\n`;
  const cases: readonly [string, Parameters<typeof planned>[0], readonly string[]][] = [
    [
      'open to anyone',
      { receivers: receiver('0.0.0.0:4318') },
      [
        'warning[open_listener] receivers.otlp.protocols.http.endpoint: anyone who reaches this address can send spans, and so money figures; set auth.authenticator, or listen on localhost',
      ],
    ],
    [
      'of two listeners on one port',
      { receivers: receiver('127.0.0.1:9464') },
      [
        'error[clash] exporters.prometheus.endpoint: port 9464 is taken by receivers.otlp.protocols.http.endpoint already; give each listener a port of its own',
      ],
    ],
    [
      'of an exporter that feeds ourselves',
      { exporters: exporter('http://127.0.0.1:4318') },
      [
        'error[cycle] exporters.otlp_http/tempo.endpoint: this is our own listener receivers.otlp.protocols.http.endpoint: every span would come back for ever',
      ],
    ],
  ];
  for (const [what, changes, expected] of cases) it(`${what} are told`, () => assert.deepEqual(told(planned(changes)), expected));

  it('on different ports, or of other machines, are fine', () => {
    assert.deepEqual(told(planned({ receivers: receiver('[::1]:4319'), exporters: exporter('http://tempo:4318') })), []);
  });
});

describe('extensions', () => {
  const extensions = 'extensions:\n  bearertokenauth: { token: secret-token }\n';
  const guarded =
    'receivers:\n  otlp: { protocols: { http: { endpoint: localhost:4318, auth: { authenticator: bearertokenauth } } } }\n';
  const service = (list: string) => MINIMAL.service.replace('service:\n', `service:\n  extensions: [${list}]\n`);

  it('are enabled by service.extensions', () => {
    const { plan: graph, faults } = planned({ extensions, receivers: guarded, service: service('bearertokenauth') });
    assert.deepEqual(faults, []);
    assert.deepEqual(
      graph?.extensions.map(({ id }) => id),
      ['bearertokenauth'],
    );
  });

  it('that a component names but nobody enables are told', () => {
    assert.deepEqual(
      told(planned({ extensions, receivers: guarded })).filter((text) => text.startsWith('error')),
      [
        'error[unknown_id] receivers.otlp.protocols.http.auth.authenticator: "bearertokenauth" is not started; add it to service.extensions',
      ],
    );
  });

  it('that are enabled but not defined are told', () => {
    assert.deepEqual(told(planned({ extensions, receivers: guarded, service: service('bearertokenauth, bearertokenaut') })), [
      'error[unknown_id] service.extensions[1]: "bearertokenaut" is not under "extensions"; did you mean "bearertokenauth"?',
    ]);
  });
});

describe('a variable that is not set', () => {
  const unset = (path: string) => `warning[unset_variable] ${path}: variable NONE is not set`;
  const cases: readonly [string, Changes, string][] = [
    [
      'in an authenticator that is started',
      {
        extensions: 'extensions:\n  bearertokenauth: { token: "${env:NONE}" }\n',
        receivers: 'receivers:\n  otlp: { protocols: { http: { auth: { authenticator: bearertokenauth } } } }\n',
        service: MINIMAL.service.replace('service:\n', 'service:\n  extensions: [bearertokenauth]\n'),
      },
      'extensions.bearertokenauth.token',
    ],
    [
      'in the list of extensions',
      {
        extensions: 'extensions:\n  bearertokenauth: { token: secret-token }\n',
        receivers: 'receivers:\n  otlp: { protocols: { http: { auth: { authenticator: bearertokenauth } } } }\n',
        service: MINIMAL.service.replace('service:\n', 'service:\n  extensions: ["${env:NONE}"]\n'),
      },
      'service.extensions[0]',
    ],
    ['in a receiver', { receivers: 'receivers:\n  otlp: { protocols: { http: { endpoint: "${env:NONE}" } } }\n' }, ''],
    ['in a connector', { connectors: 'connectors:\n  genai: { dimensions: ["${env:NONE}"] }\n' }, ''],
    [
      'in an exporter of metrics',
      { exporters: MINIMAL.exporters.replace('prometheus:', 'prometheus: { endpoint: "${env:NONE}" }') },
      '',
    ],
    ['as a pipeline', { service: MINIMAL.service.replace('[genai, otlp_http/tempo]', '"${env:NONE}"') }, ''],
    ['in a pipeline', { service: MINIMAL.service.replace('[genai, otlp_http/tempo]', '["${env:NONE}", otlp_http/tempo]') }, ''],
  ];
  for (const [where, changes, path] of cases) {
    it(`${where} is the only thing that is told`, () => {
      const [only = '', ...more] = told(planned(changes, 'warning'));
      assert.deepEqual(more, []);
      assert.ok(only.startsWith(path === '' ? 'warning[unset_variable] ' : unset(path)), only);
    });
  }
});

describe('faults of every kind', () => {
  it('are found in one run', () => {
    const codes = planned({
      receivers: 'receivers:\n  otlp: { protocols: { http: { endpont: localhost:4318 } } }\n',
      exporters: 'exporters:\n  prometheus:\n  otlp_http/tempo: { endpoint: http://tempo:4318, timeout: ten }\n',
      service: MINIMAL.service.replace('otlp_http/tempo', 'otlp_http/temp'),
      other: 'servce: {}\n',
    }).faults.map(({ code }) => code);
    assert.deepEqual([...codes].sort(), ['unknown_id', 'unknown_key', 'unknown_key', 'wrong_value']);
  });

  it('leave no plan', () => assert.equal(planned({ connectors: 'connectors:\n  genia:\n' }).plan, undefined));
});

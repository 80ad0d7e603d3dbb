import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { auth, duration, headers, hostPort, section, size } from '../../src/config/fields.ts';

function table(
  name: string,
  schema: z.ZodType,
  good: [written: unknown, value: unknown][],
  bad: [written: unknown, message: string][],
) {
  describe(name, () => {
    for (const [written, value] of good) {
      it(`reads ${JSON.stringify(written)}`, () => assert.deepEqual(schema.parse(written), value));
    }
    for (const [written, message] of bad) {
      it(`refuses ${JSON.stringify(written)}`, () =>
        assert.deepEqual(
          schema.safeParse(written).error?.issues.map((issue) => issue.message),
          [message],
        ));
    }
  });
}

const unit = 'expected a number and a unit (ms, s, m, h), such as "5s"';
table(
  'a duration',
  duration(),
  [
    ['5s', 5000],
    ['250ms', 250],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['.5s', 500],
    ['1.s', 1000],
    ['1m0.5s', 60_500],
    ['100us', 0.1],
    ['100µs', 0.1],
    ['1500000ns', 1.5],
    ['1.1h', 3_960_000],
    ['0.1s', 100],
    ['0s', 0],
    ['0', 0],
    [0, 0],
  ],
  [
    [10, 'expected a duration such as "5s"'],
    [true, 'expected a duration such as "5s"'],
    [{}, 'expected a duration such as "5s"'],
    ['ten', unit],
    ['10', unit],
    ['5 s', unit],
    ['5d', unit],
    ['-5s', unit],
    ['1e3s', unit],
    ['', unit],
    ['.s', unit],
    ['00', unit],
    ['01s0', unit],
  ],
);

const wrongSize = 'expected a size such as "20MiB"';
table(
  'a size',
  size(),
  [
    [20_971_520, 20_971_520],
    [0, 0],
    ['20MiB', 20_971_520],
    ['20 MiB', 20_971_520],
    ['1.5KiB', 1536],
    ['10GiB', 10_737_418_240],
    ['2TiB', 2_199_023_255_552],
    ['1kB'.toUpperCase(), 1000],
    ['5MB', 5_000_000],
    ['5B', 5],
    ['5', 5],
  ],
  [-1, 1.5, 'x', '5 apples', '-5MiB', '', true, [], '1e400'].map((written) => [written, wrongSize]),
);

const wrongAddress = 'expected an address such as "localhost:4318"';
table(
  'an address',
  hostPort(),
  [
    ['localhost:4318', { host: 'localhost', port: 4318 }],
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
    [':4318', { host: '', port: 4318 }],
    ['[::1]:4318', { host: '::1', port: 4318 }],
    ['[::]:65535', { host: '::', port: 65_535 }],
  ],
  [
    ['localhost', wrongAddress],
    ['localhost:65536', 'expected a port of at most 65535'],
    ['localhost:http', wrongAddress],
    ['::1:4318', wrongAddress],
    ['localhost:4318/v1', wrongAddress],
    [4318, wrongAddress],
    ['http://localhost:4318', `${wrongAddress} without "http://"`],
  ],
);

describe('defaults', () => {
  const schema = z.strictObject({
    timeout: duration().prefault('30s'),
    headers: headers(),
    inner: section(z.strictObject({ a: size().prefault('1KiB') })),
  });

  it('are read as a person writes them', () => {
    assert.deepEqual(schema.parse({}), { timeout: 30_000, headers: {}, inner: { a: 1024 } });
  });

  it('of a section do not hide a key that it needs', () => {
    assert.equal(z.strictObject({ inner: section(auth()) }).safeParse({}).success, false);
  });
});

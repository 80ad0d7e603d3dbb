/** A program of others that some tests need beside the daemon; where it cannot be had they are skipped and say why. */

export type Peer = Readonly<{
  program: string;
  /** The option `skip` of a test. */
  missing: string | false;
}>;

export function present(program: string): Peer {
  return { program, missing: false };
}

/** Where SPANMETER_REQUIRE_PEERS is 1 a skip would be a hole: then it is a failure. */
export function absent(reason: string): Peer {
  if (process.env['SPANMETER_REQUIRE_PEERS'] === '1') throw new Error(reason);
  return { program: '', missing: reason };
}

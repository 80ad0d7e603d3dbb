#!/usr/bin/env node
/** Starts spanmeter, or says which Node it needs: valid as a script and as a module, so that an old one can read it too. */
const NEEDED = [22, 19];
const own = process.versions.node.split('.').map(Number);

if (own[0] > NEEDED[0] || (own[0] === NEEDED[0] && own[1] >= NEEDED[1])) {
  void import('../dist/main.js');
} else {
  console.error(`cannot start spanmeter on Node ${process.versions.node}: it needs Node ${NEEDED.join('.')} or newer`);
  process.exitCode = 1;
}

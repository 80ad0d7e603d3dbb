/** `npm run fault:mutants [-- words of its name]`: puts one fault after the other into a copy of the source and shows which run notices. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MUTANTS, type Mutant, SUITES, type Suite } from './mutant-list.ts';
import { mutated, ROOT } from './mutated.ts';

const PARALLEL = 2;
/** What hangs is noticed too. */
const TIMEOUT_MS = 180_000;
const COPIED = ['src', 'test', 'package.json', 'tsconfig.json'];
/** A mutant may leave a name without a use. */
const TYPE_CHECK = {
  extends: './tsconfig.json',
  compilerOptions: { noEmit: true, noUnusedLocals: false, noUnusedParameters: false, allowUnreachableCode: true },
  include: ['src'],
};

type Work = Readonly<{ name: string; suite: Suite; mutant: Mutant | undefined }>;

function copyOfSource(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spanmeter-mutant-'));
  for (const part of COPIED) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** All of them beside each other in one copy: one that does not compile would be noticed for the wrong reason. */
async function checkTypes(mutants: readonly Mutant[]): Promise<void> {
  const folder = copyOfSource();
  try {
    for (const [index, mutant] of mutants.entries()) {
      writeFileSync(join(folder, 'src', mutant.file.replace(/\.ts$/, `-mutant-${index}.ts`)), mutated(mutant));
    }
    writeFileSync(join(folder, 'tsconfig.mutants.json'), JSON.stringify(TYPE_CHECK));
    const check = spawn('node_modules/.bin/tsc', ['-p', 'tsconfig.mutants.json'], { cwd: folder, stdio: 'inherit' });
    const [code] = await once(check, 'exit');
    if (code !== 0) throw new Error('mutants do not compile');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The run ends with success: nothing was noticed. */
async function passes({ suite, mutant }: Work): Promise<Readonly<{ passed: boolean; output: string }>> {
  const folder = copyOfSource();
  try {
    if (mutant !== undefined) writeFileSync(join(folder, 'src', mutant.file), mutated(mutant));
    const options = { cwd: folder, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
    const child = spawn(process.execPath, SUITES[suite], options);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    const [code] = await once(child, 'close');
    return { passed: code === 0, output };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** False: a mutant survived, or the source as it is does not pass. */
async function show(work: Work): Promise<boolean> {
  const began = performance.now();
  const { passed, output } = await passes(work);
  const ok = passed === (work.mutant === undefined);
  const verdict = work.mutant === undefined ? (ok ? 'passes' : 'FAILS') : ok ? 'caught' : 'SURVIVED';
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
  console.log(`${verdict.padEnd(8)} ${seconds} s  ${work.suite.padEnd(10)}  ${work.name}`);
  if (process.env['SHOW'] !== undefined || (!ok && work.mutant === undefined)) console.log(output);
  return ok;
}

const words = process.argv.slice(2);
const chosen = MUTANTS.filter(({ name }) => words.every((word) => name.includes(word)));
await checkTypes(chosen);
const began = performance.now();
const waiting: Work[] = [
  ...[...new Set(chosen.map(({ suite }) => suite))].map((suite) => ({ name: 'the source as it is', suite, mutant: undefined })),
  ...chosen.map((mutant) => ({ name: mutant.name, suite: mutant.suite, mutant })),
];
let failures = 0;
async function workAll(): Promise<void> {
  for (let work = waiting.shift(); work !== undefined; work = waiting.shift()) if (!(await show(work))) failures += 1;
}
await Promise.all(Array.from({ length: PARALLEL }, workAll));
console.log(`${chosen.length} mutants in ${Math.round((performance.now() - began) / 1000)} s, ${failures} failures`);
if (chosen.length === 0 || failures > 0) process.exitCode = 1;

/** What a section of the bench is given and what it gives. */
import type { Body } from './body.ts';

export type Settings = Readonly<{
  rounds: number;
  seconds: number;
  /** Until the engine has compiled what is hot. */
  warmUpSeconds: number;
  connections: number;
  bodies: readonly Body[];
  /** The program of a Collector; undefined: it runs against the bare twins alone. */
  collector: string | undefined;
  /** Of the section "requests", who takes part. */
  only: readonly string[] | undefined;
  /** Folder for CPU profiles of the daemon. */
  profile: string | undefined;
  quick: boolean;
}>;

/** A measure, the least or most that it is to be, and what it is. */
export type Target = Readonly<{ number: number; measure: string; value: string; target: string; met: boolean }>;

/** `made`: of how many measurements, and how. */
export type Report = Readonly<{ title: string; made: string; text: string; targets: readonly Target[] }>;

export type Section = (settings: Settings) => Promise<Report>;

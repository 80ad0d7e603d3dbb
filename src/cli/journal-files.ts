/** What the verbs about kept data need of a data directory; a journal on disk provides it. */

export type JournalContents = Readonly<{
  directory: string;
  segments: readonly Readonly<{
    file: string;
    firstSeq: number;
    lastSeq: number;
    records: number;
    bytes: number;
    oldestMs: number;
    newestMs: number;
  }>[];
  snapshots: readonly Readonly<{ file: string; seq: number; bytes: number; folds: number; dedupeSpans: number }>[];
  /** `seq`: everything up to it is settled. */
  cursors: readonly Readonly<{ exporter: string; seq: number; waiting: Waiting }>[];
  /** Damage that was set aside. */
  quarantined: readonly Readonly<{ file: string; bytes: number }>[];
}>;

/** What a destination has not taken. */
export type Waiting = Readonly<{ records: number; spans: number; bytes: number; oldestMs: number | undefined }>;

/** `torn`: written when the end came, and acknowledged to nobody. The others were acknowledged. */
export type Damage = Readonly<{ file: string; offset: number; bytes: number; kind: 'torn' | 'corrupt' | 'missing' }>;

export type Verified = Readonly<{ files: number; records: number; bytes: number; damages: readonly Damage[] }>;

/** `records`: those that are known to be missing. */
export type Repaired = Readonly<{ records: number; bytes: number; damages: readonly Damage[] }>;

export type KeptLetter = Readonly<{
  /** By which it is named in the command line. */
  id: string;
  exporter: string;
  timeMs: number;
  spans: number;
  bytes: number;
  reason: string;
}>;

/** None: of every exporter, or every letter. */
export type LetterChoice = Readonly<{ exporter?: string | undefined; ids: readonly string[] }>;

/** Every method rejects with an error that has an exit code where the directory cannot be used. */
export interface JournalFiles {
  /** Changes nothing, also beside a daemon. */
  inspect(): Promise<JournalContents>;
  /** Reads every record; changes nothing. */
  verify(): Promise<Verified>;
  /** Gives up what is damaged, so that a daemon can start. Rejects beside a daemon. */
  repair(): Promise<Repaired>;
  /** Oldest first. */
  letters(choice: LetterChoice): Promise<readonly KeptLetter[]>;
  /** As it was sent; undefined if there is none of this id. */
  letter(id: string): Promise<Readonly<{ letter: KeptLetter; encoding: 'json' | 'protobuf'; body: Uint8Array }> | undefined>;
  /** Has the daemon send them to their exporter once more; they are neither appended nor counted again. */
  replay(choice: LetterChoice): Promise<readonly KeptLetter[]>;
  /** Deletes them. */
  purge(choice: LetterChoice): Promise<readonly KeptLetter[]>;
}

/** Opens nothing by itself. */
export type OpenJournalFiles = (directory: string) => JournalFiles;

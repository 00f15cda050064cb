import type { Digest } from '../core/hex.ts'
import type { OverrideRecord } from '../documents/override.ts'

/** How bad a finding is. `unknown` could not be judged, and is never taken as good; `note` is worth knowing only. */
export type Level = 'fail' | 'warn' | 'unknown' | 'note'

/** A rule of a scanner. Its id never changes its meaning; a retired one stays in the list. */
export type Rule = {
  /** A stable word with its subject before a dot, such as `pickle.call`. */
  id: string
  /** The level of its findings, unless a finding states a milder one. */
  level: Level
  /** What it finds, in one short sentence. */
  finds: string
  /** What the user should do about it. */
  remedy: string
}

/** What a rule found. Texts of the file are quoted and cut by the rule that makes the finding. */
export type Finding = {
  rule: string
  level: Level
  /** Name of the file in the manifest; null for what is about the model as a whole. */
  file: string | null
  /** The way to what is inside the file: names of members, the outermost first; empty for the file itself. */
  member: readonly string[]
  /** Byte in the file or the member, where it is known. */
  offset: number | null
  /** What was found, such as the import. */
  what: string
  /** The library that it belongs to, where one is known. */
  library: string | null
  remedy: string
  /** The engine that found it, where it was not one of our scanners. */
  engine?: string
  /** Its version, as it states it. */
  engineVersion?: string
  /** The edition of its signatures, as it states it; null for an engine without. */
  signatures?: string | null
}

/** A finding as a rule reports it. */
export type NewFinding = {
  rule: string
  what: string
  offset?: number | undefined
  library?: string | undefined
  /** Where it differs from the rule's. */
  level?: Level | undefined
  remedy?: string | undefined
}

/** Bytes that are judged: a file of the model, or a member inside one. */
export type Content = {
  /** Name of the file in the manifest. */
  file: string
  /** The way inside it; empty for the file itself. */
  member: readonly string[]
  /** Length in bytes. */
  size: number
  /** Reads bytes; fewer than asked for only at the end. Never allocates more than `size`. */
  read(offset: number, length: number): Uint8Array
}

/** What a format's reader does with what it finds. */
export type Judge = {
  /** Reports a finding about the content. */
  found(finding: NewFinding): void
  /**
   * Judges what is inside the content, by every format that its bytes allow, one level deeper. `name` is the member's. What `isMember` is
   * handed out under that name, so that it is unknown when no reader knows it.
   */
  within(name: string, content: { size: number; read: Content['read'] }, isMember?: boolean): void
  /** Counts work (bytes that were produced by inflating, members, steps); over a limit it reports the limit and throws `LimitReached`. */
  spend(what: 'members' | 'bytes' | 'steps', count: number): void
  /** How many bytes may still be produced by inflating. */
  bytesLeft(): number
}

/** Judges content of one format. Returns whether the bytes are, or can be read as, that format. Never throws but `LimitReached`. */
export type FormatReader = (content: Content, judge: Judge) => boolean

/** Takes the bytes of a file while they pass by for the digest. */
export type Sink = {
  /** Takes the next bytes, which begin at `offset` of the file. */
  write(chunk: Uint8Array, offset: number): void
  /** Called after the last bytes. */
  end(): void
}

/** What is known of the model from a ledger, for scanners that compare with it. See `facts.ts`. */
export type ScanFacts = { readonly [name: string]: unknown }

/** A model's files, for rules that look at more than one. */
export type ModelView = {
  files: readonly { name: string; size: number; digest: string }[]
  /** A file by its name; undefined when there is none. */
  file(name: string): Content | undefined
}

/** What a scanner is given while it works. */
export type ScanContext = {
  facts: ScanFacts
  /** Reports a finding; about the file that is judged, where it names no other. */
  found(finding: NewFinding & { file?: string | undefined; member?: readonly string[] | undefined }): void
}

/** A scanner: a set of rules with a stable id. It does nothing but read what it is given. */
export type Scanner = {
  /** `serialisation`, `headers`, `license`, `provenance` or `undeclared-lineage`. */
  id: string
  /** Raised with every change of what it finds. */
  version: number
  rules: readonly Rule[]
  /** All else that decides what it finds: lists of names, limits. Canonical JSON; part of the digest of the ruleset. */
  settings: unknown
  /** Judges one file, from its head and ranges, or from the bytes as they pass by. Returns false for what it does not judge. */
  scanFile?(content: Content, context: ScanContext): boolean | Sink
  /** Judges the model as a whole, after its files. */
  scanModel?(model: ModelView, context: ScanContext): void | Promise<void>
}

/** What an engine of others scanned. What it says nothing of was not scanned, and never passed. */
export type EngineRun = {
  /** `clamav` or `modelscan`. */
  engine: string
  /** Its version, as it states it; empty where it states none. */
  engineVersion: string
  /** The edition of its signatures, as it states it; null for an engine without. */
  signatures: string | null
  /** How many files it scanned. */
  scanned: number
  /** Files that it did not scan, and why. */
  notScanned: readonly { file: string; why: string }[]
}

/** The verdict of a scan. */
export type ScanVerdict = 'passed' | 'failed' | 'unknown'

/**
 * The report of a scan. Has no time and no path of the machine, so that without engines and overrides it is equal to the byte on every
 * machine.
 */
export type ScanDocument = {
  version: 1
  weights: Digest
  /** Digest of the tensors; null where no reader knows the format. */
  tensors: Digest | null
  ruleset: Digest
  /** `passed` when everything was judged and nothing failed; `unknown` when something could not be judged. */
  verdict: ScanVerdict
  /** The verdict without the findings that somebody passed over; null where no override counted. Nobody attests it. */
  verdictWithOverrides: ScanVerdict | null
  scanners: readonly { id: string; version: number }[]
  /** Engines of others that were called. They are outside of the ruleset. */
  engines: readonly EngineRun[]
  files: readonly { name: string; size: number; digest: string; judgedBy: readonly string[] }[]
  findings: readonly Finding[]
  /** Every override of findings in these weights that is on record where the scan was made, those that ended too. */
  overrides: readonly OverrideRecord[]
}

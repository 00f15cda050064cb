import { checkRecord, recordLeafOf, type CallRecord } from './callRecord.ts'
import { StemmaError } from './errors.ts'
import { isBytes32, type Address, type CredentialId, type Digest, type LogId } from './hex.ts'
import { verifyConsistency, verifyInclusion, type MerkleLog } from './merkleLog.ts'
import { quoted } from './text.ts'
import { isEpoch, logIdOf, type LogOwner } from './usage.ts'

/** Longest proof: a log of 2^64 records is 64 levels high, and a proof of continuation has one hash more. */
const MAX_PROOF = 65

/** Proof that a record stands in a log of `size` records, with the record. */
export type RecordProof = LogOwner & {
  usageProof: 'record'
  log: LogId
  size: number
  root: Digest
  record: CallRecord
  proof: Digest[]
}

/** Proof that the log of `second` records continues that of `first`. */
export type ConsistencyProof = LogOwner & {
  usageProof: 'consistency'
  log: LogId
  first: number
  firstRoot: Digest
  second: number
  secondRoot: Digest
  proof: Digest[]
}

/** What is found of a usage log to somebody who does not have it. `docs/formats/usage-log.md` describes its file. */
export type UsageProof = RecordProof | ConsistencyProof

/** A log of which something is proved: whose it is, its id, and the tree of its records. */
export type ProvableLog = { owner: LogOwner; id: LogId; tree: MerkleLog }

/** Proves that a record stands in the log as it was with `size` records. @throws `LogRangeError` */
export function recordProofOf({ owner, id, tree }: ProvableLog, record: CallRecord, size: number): RecordProof {
  const proof = tree.proveInclusion(record.index, size)
  return { usageProof: 'record', ...owner, log: id, size, root: tree.root(size), record, proof }
}

/** Proves that the log as it was with `second` records begins with the log as it was with `first`. @throws `LogRangeError` */
export function consistencyProofOf({ owner, id, tree }: ProvableLog, first: number, second: number): ConsistencyProof {
  const proof = tree.proveConsistency(first, second)
  const roots = { first, firstRoot: tree.root(first), second, secondRoot: tree.root(second) }
  return { usageProof: 'consistency', ...owner, log: id, ...roots, proof }
}

/** Whether a proof leads to its own roots. Whether those were anchored, the chain says. */
export function holds(proof: UsageProof): boolean {
  if (proof.usageProof === 'consistency') return verifyConsistency(proof)
  return verifyInclusion({ ...proof, index: proof.record.index, leaf: recordLeafOf(proof.record) })
}

/** Parses a proof. @throws {@link InvalidUsageProofError} naming the field; `InvalidRecordError` */
export function parseUsageProof(value: unknown): UsageProof {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidUsageProofError('all of it', value, 'an object')
  }
  const fields = value as Record<string, unknown>
  const kinds = { record: ['size', 'root', 'record'], consistency: ['first', 'firstRoot', 'second', 'secondRoot'] }
  const kind = fields.usageProof
  if (kind !== 'record' && kind !== 'consistency') {
    throw new InvalidUsageProofError('usageProof', kind, '"record" or "consistency"')
  }
  const names = ['usageProof', 'operator', 'credential', 'epoch', 'log', 'proof', ...kinds[kind]]
  const unknown = Object.keys(fields).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new InvalidUsageProofError(quoted(unknown), 'a field', `one of the fields ${names.join(', ')}`)
  }
  const digest = (name: string, given: unknown = fields[name]): Digest => {
    if (typeof given !== 'string' || !isBytes32(given) || given !== given.toLowerCase()) {
      throw new InvalidUsageProofError(name, given, '0x and 64 lower-case hex digits')
    }
    return given as Digest
  }
  const size = (name: string): number => {
    const given = fields[name]
    if (typeof given !== 'number' || !Number.isSafeInteger(given) || given < 1) {
      throw new InvalidUsageProofError(name, given, 'a whole number from 1 on')
    }
    return given
  }
  const { operator, epoch, proof } = fields
  if (typeof operator !== 'string' || !/^0x[0-9a-f]{40}$/.test(operator)) {
    throw new InvalidUsageProofError('operator', operator, 'an address in lower case')
  }
  if (!Array.isArray(proof) || proof.length > MAX_PROOF) {
    throw new InvalidUsageProofError('proof', proof, `a list of at most ${MAX_PROOF} hashes`)
  }
  if (!isEpoch(epoch)) throw new InvalidUsageProofError('epoch', epoch, 'a whole number below 2^32')
  const owner = { operator: operator as Address, credential: digest('credential') as string as CredentialId, epoch }
  const log = logIdOf(owner.operator, owner.credential, epoch)
  if (digest('log') !== (log as string)) {
    throw new InvalidUsageProofError('log', fields.log, `${log}, which operator, credential and epoch give`)
  }
  const shared = { ...owner, log, proof: proof.map((hash) => digest('proof', hash)) }
  if (kind === 'record') {
    const record = checkRecord(fields.record, "the proof's record")
    return { usageProof: kind, ...shared, size: size('size'), root: digest('root'), record }
  }
  const roots = { firstRoot: digest('firstRoot'), secondRoot: digest('secondRoot') }
  return { usageProof: kind, ...shared, first: size('first'), second: size('second'), ...roots }
}

/** Thrown when a file holds no proof about a usage log. */
export class InvalidUsageProofError extends StemmaError {
  override name = 'InvalidUsageProofError'
  constructor(field: string, value: unknown, expected: string) {
    const found = quoted(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing'))
    super(
      'INVALID_USAGE_PROOF',
      `In the proof, ${field} is ${found}. Expected ${expected}. Ask its operator for another: stemma usage prove.`,
    )
  }
}

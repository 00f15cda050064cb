import type { ChainId } from '../core/chainId.ts'
import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import type { Address } from '../core/hex.ts'
import { isEvidenceFitting, originOf, SERVING_GRADES, type SignedServing } from '../core/serving.ts'
import { quoted, utf8Length } from '../core/text.ts'
import { FieldReader, describeValue } from './fields.ts'

/** A signed statement about an endpoint in a file, with the ledger that it is for, so that it is not sent to another one. */
export type ServingFile = { version: 1; chainId: ChainId; usageAudit: Address; serving: SignedServing }

/** The contract keeps the times of a statement in 40 bits. */
const MOST_TIME = 2 ** 40
/** Most bytes of an origin, and of a model name in requests. */
const MAX_TEXT_BYTES = 2048

/** Makes the file of a statement that was signed for a ledger. */
export function servingFileOf({ chainId, contracts }: Deployment, serving: SignedServing): ServingFile {
  return { version: 1, chainId, usageAudit: contracts.usageAudit, serving }
}

/** Reads the parsed JSON of a signed statement's file. @throws {@link InvalidServingError} naming the field */
export function parseServingFile(value: unknown): ServingFile {
  const file = read.object(value, 'the file', ['version', 'chainId', 'usageAudit', 'serving'])
  const version = read.version(file.version, 1)
  const names = ['statement', 'signer', 'epoch', 'revision', 'deadline', 'signature']
  const serving = read.object(file.serving, 'serving', names)
  const stated = read.object(serving.statement, 'statement', [
    'publisher',
    'model',
    'origin',
    'name',
    'from',
    'until',
    'grade',
    'evidence',
  ])
  const statement = {
    publisher: read.account(stated.publisher, 'publisher'),
    model: read.modelId(stated.model, 'model'),
    origin: originAt(stated.origin),
    name: nameAt(stated.name),
    from: read.count(stated.from, 'from', MOST_TIME),
    until: read.count(stated.until, 'until', MOST_TIME),
    grade: read.word(stated.grade, 'grade', SERVING_GRADES),
    evidence: read.digest(stated.evidence, 'evidence'),
  }
  if (!isEvidenceFitting(statement)) {
    read.fail('evidence', statement.evidence, 'zero exactly when the grade is "stated"')
  }
  return {
    version,
    chainId: read.chainId(file.chainId, 'chainId'),
    usageAudit: read.account(file.usageAudit, 'usageAudit'),
    serving: {
      statement,
      signer: read.account(serving.signer, 'signer'),
      epoch: read.count(serving.epoch, 'epoch', 2 ** 32),
      revision: read.count(serving.revision, 'revision', 2 ** 32),
      deadline: read.count(serving.deadline, 'deadline'),
      signature: read.signature(serving.signature, 'signature'),
    },
  }
}

/** Checks that a statement was signed for a ledger. @throws {@link InvalidServingError} */
export function checkServingLedger(deployment: Deployment, file: ServingFile): void {
  read.ledger(deployment, 'usageAudit', file)
}

function originAt(value: unknown): string {
  const text = read.text(value, 'origin')
  return originOf(text) === text
    ? text
    : read.fail('origin', text, 'scheme, host and port as browsers write them, such as https://api.example.com')
}

function nameAt(value: unknown): string {
  const text = read.text(value, 'name')
  const length = utf8Length(text)
  return length > 0 && length <= MAX_TEXT_BYTES
    ? text
    : read.fail('name', text, `a model name of 1 to ${MAX_TEXT_BYTES} bytes`)
}

/** Thrown when a file does not hold a signed statement about an endpoint, or holds one for another ledger. */
export class InvalidServingError extends StemmaError {
  override name = 'InvalidServingError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_SERVING_STATEMENT',
      `Invalid signed statement: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Ask the publisher for another file, or choose the statement's ledger by --deployment.${hint}`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidServingError(...fault))

import { keccakText, keccakWords, ZERO_DIGEST, type Address, type Digest, type Hex, type ModelId } from './hex.ts'

/**
 * What a statement about an endpoint rests on, in the order of the contract's enum: the publisher's word only, an outsider's report on
 * the endpoint's answers, or a quote of a trusted execution environment.
 */
export const SERVING_GRADES = ['stated', 'probed', 'attested'] as const
/** A name of {@link SERVING_GRADES}. */
export type ServingGrade = (typeof SERVING_GRADES)[number]

/**
 * A publisher's statement which model answers at an endpoint. Of one publisher's statements and revocations about one origin and name,
 * the latest counts. Times are Unix seconds.
 */
export type ServingStatement = {
  publisher: Address
  model: ModelId
  /** Scheme, host and port, such as `https://api.example.com`; 1 to 2,048 bytes. */
  origin: string
  /** The model name in requests; 1 to 2,048 bytes. */
  name: string
  from: number
  /** Exclusive. */
  until: number
  grade: ServingGrade
  /** SHA-256 of the report or the quote; zero exactly when the grade is `stated`. */
  evidence: Digest
}

/** A statement as the contract takes it. */
export type ServingStruct = Omit<ServingStatement, 'grade'> & { grade: number }

/** A statement that was signed for somebody else to anchor. Plain data. */
export type SignedServing = {
  statement: ServingStatement
  /** Who signed: the publisher's controller, or an operator in the scope `deploy`. */
  signer: Address
  /** The publisher's epoch: a change of control voids the signature. */
  epoch: number
  /** The number of this word of the publisher about the endpoint: any other word in between voids the signature. */
  revision: number
  /** Last second at which it can be anchored (Unix seconds). */
  deadline: number
  signature: Hex
}

/** The latest word of a publisher about an endpoint. */
export type ServingWord = {
  publisher: Address
  /** How often the publisher has spoken of the endpoint, this word included. */
  revision: number
  /** What it states, with the statement's hash; null when it took back what it had stated. */
  stated: { statement: Digest; served: ServingStatement } | null
  /** Number of the block of the word. */
  block: number
}

/** The types of a statement that is signed (EIP-712). */
export const SERVING_TYPES = {
  StateServing: [
    { name: 'statement', type: 'ServingStatement' },
    { name: 'epoch', type: 'uint32' },
    { name: 'revision', type: 'uint32' },
    { name: 'deadline', type: 'uint48' },
  ],
  ServingStatement: [
    { name: 'publisher', type: 'address' },
    { name: 'model', type: 'bytes32' },
    { name: 'origin', type: 'string' },
    { name: 'name', type: 'string' },
    { name: 'from', type: 'uint40' },
    { name: 'until', type: 'uint40' },
    { name: 'grade', type: 'uint8' },
    { name: 'evidence', type: 'bytes32' },
  ],
}

const SERVING_TYPEHASH = keccakText(
  `ServingStatement(${SERVING_TYPES.ServingStatement.map(({ type, name }) => `${type} ${name}`).join(',')})`,
)

/** A statement as the contract takes it. */
export function encodeServing(statement: ServingStatement): ServingStruct {
  return { ...statement, grade: SERVING_GRADES.indexOf(statement.grade) }
}

/** The hash of a statement: its EIP-712 struct hash, the same on every chain. */
export function servingHashOf(statement: ServingStatement): Digest {
  const { publisher, model, origin, name, from, until, grade, evidence } = encodeServing(statement)
  const texts = [keccakText(origin), keccakText(name)] as const
  return keccakWords([SERVING_TYPEHASH, publisher, model, ...texts, from, until, grade, evidence]) as Digest
}

/** The topic under which the statements about an endpoint are found. */
export function endpointOf(origin: string, name: string): Digest {
  return keccakWords([keccakText(origin), keccakText(name)]) as Digest
}

/** Whether a statement names evidence exactly when its grade asks for some. */
export function isEvidenceFitting({ grade, evidence }: Pick<ServingStatement, 'grade' | 'evidence'>): boolean {
  return (grade === 'stated') === (evidence === ZERO_DIGEST)
}

/** The one form of an origin: scheme, host and port as browsers write them. Undefined when a text has none. */
export function originOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url && ['http:', 'https:'].includes(url.protocol) ? url.origin : undefined
}

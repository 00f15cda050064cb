import { canonicalJson } from '../core/canonicalJson.ts'
import { StemmaError } from '../core/errors.ts'
import { ZERO_DIGEST, type Digest } from '../core/hex.ts'
import { DuplicateJsonNameError, parseStrictJson } from '../core/json.ts'
import { LINEAGE_PREDICATE_TYPE, parseLineageStatement, type LineageStatement } from './lineageStatement.ts'
import { STATEMENT_PAYLOAD_TYPE } from './oms.ts'

/** The file beside a model that holds statements about it: a DSSE envelope or a Sigstore bundle on each line. */
export const CLAIMS_FILE = 'claims.jsonl'
/** Most lines of such a file that are read. */
const MOST_LINES = 10_000
/** Most lineage statements that are read of it. */
const MOST_STATEMENTS = 64

/** What such a file says of lineages. No signature is checked, so anybody may have written it. */
export type LineageClaims = {
  statements: LineageStatement[]
  /** The codes of the errors of lineage statements that cannot be read, each once. */
  refused: string[]
}

/** A statement as a line of {@link CLAIMS_FILE}: a DSSE envelope without a signature, for its author to sign. */
export function claimLine(statement: LineageStatement): string {
  const payload = base64(new TextEncoder().encode(canonicalJson(statement)))
  return JSON.stringify({ payload, payloadType: STATEMENT_PAYLOAD_TYPE, signatures: [] })
}

/**
 * Reads the lineage statements among the lines of a file, each once: the block that it was read at makes no other. Lines of other kinds are
 * passed over. Signatures are NOT checked, so anybody may have
 * written what it returns.
 */
export function readLineageClaims(text: string): LineageClaims {
  return claimsIn(text, MOST_STATEMENTS)
}

function claimsIn(text: string, most: number): LineageClaims {
  const statements = new Map<string, LineageStatement>()
  const refused = new Set<string>()
  for (const line of text.split('\n', MOST_LINES)) {
    try {
      const payload = payloadOf(line)
      if (payload === undefined || !isLineage(payload)) continue
      if (statements.size === most) break
      const statement = parseLineageStatement(payload)
      const key = keyOf(statement)
      if (!statements.has(key)) statements.set(key, statement)
    } catch (error) {
      if (!(error instanceof StemmaError)) throw error
      refused.add(error.code)
    }
  }
  return { statements: [...statements.values()], refused: [...refused] }
}

/**
 * The text of a file with one more statement; undefined when it has the statement already, of whatever block. Every line that is there stays as
 * it is.
 */
export function withClaim(text: string, statement: LineageStatement): string | undefined {
  const key = keyOf(statement)
  if (claimsIn(text, MOST_LINES).statements.some((each) => keyOf(each) === key)) return undefined
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${claimLine(statement)}\n`
}

/** What makes statements the same but for the block that they were read at. */
function keyOf({ subject, predicate: { ledger, models } }: LineageStatement): string {
  const [{ digest }] = subject
  return canonicalJson({ digest, ledger: [ledger.chainId, ledger.address], models })
}

function isLineage(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, 'predicateType') === LINEAGE_PREDICATE_TYPE
}

/** The statement in a line; undefined when the line does not hold one. @throws `DuplicateJsonNameError` when readers would disagree about it */
function payloadOf(line: string): unknown {
  // Most lines are of other kinds; those of ours are envelopes, and parsing costs more than looking.
  if (!line.includes('"payload"')) return undefined
  try {
    const value = parseStrictJson(line, 'The line') as Record<string, unknown>
    const envelope = (value.dsseEnvelope ?? value) as Record<string, unknown>
    if (envelope.payloadType !== STATEMENT_PAYLOAD_TYPE || typeof envelope.payload !== 'string') return undefined
    const bytes = Uint8Array.from(atob(envelope.payload), (character) => character.charCodeAt(0))
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), 'The payload')
  } catch (error) {
    if (error instanceof DuplicateJsonNameError) throw error
    return undefined
  }
}

function base64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(binary)
}

/** The statements that are about some weights. */
export function claimsAbout(claims: LineageClaims, weights: Digest): LineageStatement[] {
  return weights === ZERO_DIGEST
    ? []
    : claims.statements.filter(({ subject: [{ digest }] }) => `0x${digest.sha256}` === weights)
}

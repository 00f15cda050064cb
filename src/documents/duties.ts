import type { ChainId } from '../core/chainId.ts'
import { StemmaError } from '../core/errors.ts'
import type { Digest, ModelId, TermsId } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { OBLIGATION_NAMES, RIGHT_NAMES, type Obligation, type Right } from '../core/vocabulary.ts'
import { describeValue, FieldReader } from './fields.ts'

/** A threshold above which a duty holds: a fact of the licensee, as in `monthlyActiveUsers/product`, and a decimal number. */
export type DutyThreshold = { fact: string; above: string }

/** What a license asks of those who use a model through an endpoint. */
export type Duty = {
  obligation: Obligation
  /** The models whose terms ask for it. */
  models: readonly ModelId[]
  terms: TermsId
  /** The name of these terms; empty where it is not known. */
  license: string
  /** Whether it holds for everybody. Else it holds above one of the thresholds, or it is not known whether it does. */
  certain: boolean
  thresholds: readonly DutyThreshold[]
  /** The clause that asks for it, and what it says in short. */
  clause?: string
  /** The exact words to show. */
  show?: string
  /** What a name has to begin with. */
  prefix?: string
  /** What else is asked. */
  detail?: string
  /** Where the text of the license is. */
  uri?: string
}

/** What a gateway says of a model that it serves: which one it is, and which duties pass on. Described in `docs/formats/duties.md`. */
export type DutiesDocument = {
  version: 1
  model: ModelId
  /** The use that the duties are about. */
  use: Right
  /** The hash of the publisher's statement that this model answers here; null without one. */
  statement: Digest | null
  /** The origin of the gateway; null where its operator states none. */
  by: string | null
  chainId: ChainId
  /** Number of the block as of which the duties were read. */
  block: number
  duties: readonly Duty[]
  /** The documents of the gateways behind this one, unchanged, nearest first. */
  passed: readonly DutiesDocument[]
}

/** The member of an entry of `/v1/models` that holds the document. */
export const DUTIES_MEMBER = 'stemma'

/** Most duties of one document, most documents behind it, and most gateways in a row. */
const [MOST_DUTIES, MOST_PASSED, MOST_DEPTH] = [1000, 16, 8]
/** Most characters of a text. */
const MOST_TEXT = 4096

/** Reads a document of duties, such as the member `stemma` of an entry of `/v1/models`. @throws {@link InvalidDutiesError} */
export function parseDuties(value: unknown): DutiesDocument {
  return parseAt(value, 'the document', 1)
}

function parseAt(value: unknown, path: string, depth: number): DutiesDocument {
  if (depth > MOST_DEPTH) read.fail(path, value, `a document behind at most ${MOST_DEPTH} gateways`)
  // Fields of later versions of a gateway are left out, not refused: what is asked stays asked.
  const fields = read.object(value, path)
  return {
    version: read.version(fields.version, 1),
    model: read.modelId(fields.model, 'model'),
    use: read.word(fields.use, 'use', RIGHT_NAMES),
    statement: fields.statement === null ? null : read.digest(fields.statement, 'statement'),
    by: fields.by === null ? null : textAt(fields.by, 'by'),
    chainId: read.chainId(fields.chainId, 'chainId'),
    block: read.count(fields.block, 'block'),
    duties: read.list(fields.duties, 'duties', MOST_DUTIES).map((each, index) => dutyAt(each, `duties[${index}]`)),
    passed: read
      .list(fields.passed, 'passed', MOST_PASSED)
      .map((each, index) => parseAt(each, `passed[${index}]`, depth + 1)),
  }
}

function dutyAt(value: unknown, path: string): Duty {
  const fields = read.object(value, path)
  const texts = (['clause', 'show', 'prefix', 'detail', 'uri'] as const).flatMap((name) =>
    fields[name] === undefined ? [] : [[name, textAt(fields[name], `${path}.${name}`)]],
  )
  return {
    obligation: read.word(fields.obligation, `${path}.obligation`, OBLIGATION_NAMES),
    models: read.list(fields.models, `${path}.models`, MOST_DUTIES).map((each) => read.modelId(each, `${path}.models`)),
    terms: read.termsId(fields.terms, `${path}.terms`),
    license: textAt(fields.license, `${path}.license`),
    certain: read.boolean(fields.certain, `${path}.certain`),
    thresholds: read.list(fields.thresholds, `${path}.thresholds`, MOST_DUTIES).map((each) => {
      const { fact, above } = read.object(each, `${path}.thresholds`)
      return { fact: textAt(fact, `${path}.fact`), above: textAt(above, `${path}.above`) }
    }),
    ...(Object.fromEntries(texts) as Pick<Duty, 'clause' | 'show' | 'prefix' | 'detail' | 'uri'>),
  }
}

function textAt(value: unknown, field: string): string {
  const text = read.text(value, field)
  return text.length <= MOST_TEXT ? text : read.fail(field, text, `text of at most ${MOST_TEXT} characters`)
}

/** Thrown when a document of duties is malformed. */
export class InvalidDutiesError extends StemmaError {
  override name = 'InvalidDutiesError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_DUTIES',
      `Invalid duties: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. The format is described in docs/formats/duties.md.${hint}`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidDutiesError(...fault))

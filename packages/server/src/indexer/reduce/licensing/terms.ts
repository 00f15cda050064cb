import { bodyOfSet, type Hex, type TermsBody, type ThresholdBody, ZERO_DIGEST } from 'stemma/core'
import { digestList, digestStruct, hashStruct, typeHash } from '../../hash.ts'
import type { RowBuilder } from '../rowBuilder.ts'
import { handler, textOf, type Handler } from '../handlers.ts'
import { optionalDigest } from '../registry/models.ts'

const THRESHOLD_TYPE =
  'Threshold(uint8 metric,uint8 subject,uint128 limit,uint16 withdraws,uint16 adds,uint16 uses,uint32 param,uint8 flags)'
const THRESHOLD_TYPEHASH = typeHash(THRESHOLD_TYPE)
const TERMS_TYPEHASH = typeHash(
  `Terms(string name,string uri,bytes32 text,uint16 rights,uint16 flags,uint8 family,uint128 outbound,uint256 duties,Threshold[] thresholds)${THRESHOLD_TYPE}`,
)
const TERMS_SET_TYPEHASH = typeHash('TermsSet(bytes32 weights,bytes32 code,bytes32 outputs)')
type Threshold = Omit<ThresholdBody, 'limit'> & { limit: Hex }
type Content = {
  name: Uint8Array
  uri: Uint8Array
  text: Hex
  rights: number
  flags: number
  family: number
  outbound: Hex
  duties: Hex
  thresholds: readonly Threshold[]
}
type TermsPublished = { terms: Hex; account: Hex; content: Content }
type TermsSetPublished = { terms: Hex; account: Hex; weights: Hex; code: Hex; outputs: Hex }
/** Handlers of the events of terms. */
export const TERMS_HANDLERS: Readonly<Record<string, Handler>> = {
  TermsPublished: handler<TermsPublished>(
    (rows, { args }) => {
      const { name, uri, text, rights, flags, family, outbound, duties, thresholds } = args.content
      const account = rows.account(args.account)
      const terms = rows.create('terms', {
        id: args.terms,
        name: textOf(name),
        uri: textOf(uri),
        text: optionalDigest(text),
        rights,
        unstated: 0,
        flags,
        family,
        outbound: BigInt(outbound).toString(),
        duties: BigInt(duties).toString(),
        weights_terms: null,
        code_terms: null,
        outputs_terms: null,
        account,
      })
      insertThresholds(
        rows,
        terms,
        thresholds.map((threshold) => ({ ...threshold, limit: BigInt(threshold.limit) })),
      )
      rows.event({ subject: terms, model: null, account })
    },
    { creates: 'terms', idOf: publishedId },
  ),

  TermsSetPublished: handler<TermsSetPublished>(
    (rows, { args }) => {
      const body = bodyOfSet(bodyOf(rows, args.weights), bodyOf(rows, args.outputs))
      const account = rows.account(args.account)
      const terms = rows.create('terms', {
        id: args.terms,
        name: null,
        uri: null,
        text: null,
        rights: body.rights,
        unstated: body.unstated,
        flags: body.flags,
        family: body.family,
        outbound: body.outbound.toString(),
        duties: body.duties.toString(),
        weights_terms: rows.findOptional('terms', args.weights),
        code_terms: rows.findOptional('terms', args.code),
        outputs_terms: rows.findOptional('terms', args.outputs),
        account,
      })
      insertThresholds(rows, terms, body.thresholds)
      rows.event({ subject: terms, model: null, account })
    },
    {
      creates: 'terms',
      loads: ['terms', 'thresholds'],
      idOf: ({ weights, code, outputs }) => hashStruct(TERMS_SET_TYPEHASH, [weights, code, outputs]),
    },
  ),
}

function publishedId({ content }: TermsPublished): Hex {
  const { name, uri, text, rights, flags, family, outbound, duties } = content
  const thresholds = content.thresholds.map((each) =>
    digestStruct(THRESHOLD_TYPEHASH, [
      each.metric,
      each.subject,
      each.limit,
      each.withdraws,
      each.adds,
      each.uses,
      each.param,
      each.flags,
    ]),
  )
  return hashStruct(TERMS_TYPEHASH, [name, uri, text, rights, flags, family, outbound, duties, digestList(thresholds)])
}

function insertThresholds(rows: RowBuilder, terms: number, thresholds: TermsBody['thresholds']): void {
  thresholds.forEach(({ limit, ...threshold }, position) => {
    rows.insert('thresholds', { terms, position, amount: limit.toString(), ...threshold })
  })
}

/** What an evaluation reads of terms that an earlier event created; undefined when none are named. */
function bodyOf(rows: RowBuilder, id: Hex): TermsBody | undefined {
  if (id === ZERO_DIGEST) return undefined
  const key = rows.find('terms', id)
  const [row] = rows.rowsOf('terms', key)
  return {
    rights: row!.rights as number,
    unstated: row!.unstated as number,
    flags: row!.flags as number,
    family: row!.family as number,
    outbound: BigInt(row!.outbound as string),
    duties: BigInt(row!.duties as string),
    thresholds: rows
      .rowsOf('thresholds', key)
      .toSorted((a, b) => (a.position as number) - (b.position as number))
      .map((each) => ({
        metric: each.metric as number,
        subject: each.subject as number,
        limit: BigInt(each.amount as string),
        withdraws: each.withdraws as number,
        adds: each.adds as number,
        uses: each.uses as number,
        param: each.param as number,
        flags: each.flags as number,
      })),
  }
}

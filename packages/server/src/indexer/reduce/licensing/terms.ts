import { bodyOfSet, type Hex, type TermsBody, ZERO_DIGEST } from 'stemma/core'
import { digestList, digestStruct, hashStruct, typeHash } from '../../hash.ts'
import type { RowBuilder } from '../rowBuilder.ts'
import { handler, textOf, type Handler } from '../handlers.ts'
import { optionalDigest } from '../registry/models.ts'

const THRESHOLD_TYPE = 'Threshold(uint8 metric,uint128 limit,uint32 withdraws,uint32 adds)'
const THRESHOLD_TYPEHASH = typeHash(THRESHOLD_TYPE)
const TERMS_TYPEHASH = typeHash(
  `Terms(string name,string uri,bytes32 text,uint32 rights,uint32 obligations,Threshold[] thresholds)${THRESHOLD_TYPE}`,
)
const TERMS_SET_TYPEHASH = typeHash('TermsSet(bytes32 weights,bytes32 code,bytes32 outputs)')
type Threshold = { metric: number; limit: Hex; withdraws: number; adds: number }
type TermsPublished = {
  terms: Hex
  account: Hex
  name: Uint8Array
  uri: Uint8Array
  text: Hex
  rights: number
  obligations: number
  thresholds: readonly Threshold[]
}
type TermsSetPublished = { terms: Hex; account: Hex; weights: Hex; code: Hex; outputs: Hex }
/** Handlers of the events of terms. */
export const TERMS_HANDLERS: Readonly<Record<string, Handler>> = {
  TermsPublished: handler<TermsPublished>(
    (rows, { args }) => {
      const { name, uri, text, rights, obligations } = args
      const account = rows.account(args.account)
      const terms = rows.create('terms', {
        id: args.terms,
        name: textOf(name),
        uri: textOf(uri),
        text: optionalDigest(text),
        rights,
        unstated: 0,
        obligations,
        weights_terms: null,
        code_terms: null,
        outputs_terms: null,
        account,
      })
      insertThresholds(
        rows,
        terms,
        args.thresholds.map((threshold) => ({ ...threshold, limit: BigInt(threshold.limit) })),
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
        obligations: body.obligations,
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

function publishedId(args: TermsPublished): Hex {
  const thresholds = args.thresholds.map(({ metric, limit, withdraws, adds }) =>
    digestStruct(THRESHOLD_TYPEHASH, [metric, limit, withdraws, adds]),
  )
  const { name, uri, text, rights, obligations } = args
  return hashStruct(TERMS_TYPEHASH, [name, uri, text, rights, obligations, digestList(thresholds)])
}

function insertThresholds(rows: RowBuilder, terms: number, thresholds: TermsBody['thresholds']): void {
  thresholds.forEach(({ metric, limit, withdraws, adds }, position) => {
    rows.insert('thresholds', { terms, position, metric, amount: limit.toString(), withdraws, adds })
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
    obligations: row!.obligations as number,
    thresholds: rows
      .rowsOf('thresholds', key)
      .toSorted((a, b) => (a.position as number) - (b.position as number))
      .map(({ metric, amount, withdraws, adds }) => ({
        metric: metric as number,
        limit: BigInt(amount as string),
        withdraws: withdraws as number,
        adds: adds as number,
      })),
  }
}

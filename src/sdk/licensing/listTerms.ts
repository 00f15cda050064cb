import type { Result } from 'ethers'

import type { TermsStructOutput } from '../../../typechain-types/contracts/Ledger.ts'
import * as abi from '../../abi/ledger.ts'
import { parseDigest, parseTermsId, type TermsId } from '../../core/hex.ts'
import type { PublishedBody } from '../../core/publishedTerms.ts'
import { bodyOf, describeBody, termsIdOf, type Terms } from '../../core/terms.ts'
import { termsSetIdOf, type TermsSet } from '../../core/termsBody.ts'
import type { Ledger } from '../connect.ts'
import { argumentOf, readEvents, type LedgerEvent } from '../logs.ts'
import { termsBodyOf } from '../registry/readLineage.ts'

/** Published terms: a template, or a set by component. */
export type PublishedTerms = { id: TermsId; terms: Terms } | { id: TermsId; set: TermsSet }

/** Lists published terms and sets of terms, oldest first: all, or some by id. Each is checked against its id. */
export async function listTerms(
  ledger: Ledger,
  parameters: { ids?: readonly TermsId[] } = {},
): Promise<PublishedTerms[]> {
  const topics = parameters.ids ? { terms: parameters.ids } : {}
  const [templates, sets] = await Promise.all([
    readEvents(ledger, 'ledger', abi.TermsPublished, topics),
    readEvents(ledger, 'ledger', abi.TermsSetPublished, topics),
  ])
  return [...templates.map(templateOf), ...sets.map(setOf)].filter((found) => found !== undefined)
}

/** Some published terms and sets of terms by what they mean, as {@link listTerms}. */
export async function listBodies(ledger: Ledger, ids: readonly TermsId[]): Promise<PublishedBody[]> {
  const found = await listTerms(ledger, { ids })
  return found.map((entry) => {
    if ('set' in entry) return entry
    const { name, uri, text } = entry.terms
    return { id: entry.id, terms: { name, uri, text, body: bodyOf(entry.terms) } }
  })
}

/** The places of texts in terms. */
const [NAME, URI] = [0, 1]

function templateOf({ args }: LedgerEvent): PublishedTerms | undefined {
  const id = parseTermsId(args.terms as string)
  const content = args.content as TermsStructOutput & Result
  const { rights, flags, family, outbound, duties, thresholds } = content
  const terms = {
    name: argumentOf(content, NAME) as string,
    uri: argumentOf(content, URI) as string,
    text: parseDigest(content.text),
    ...describeBody(termsBodyOf({ rights, flags, family, outbound, duties, thresholds })),
  }
  return termsIdOf(terms) === id ? { id, terms } : undefined
}

function setOf({ args }: LedgerEvent): PublishedTerms | undefined {
  const id = parseTermsId(args.terms as string)
  const set = {
    weights: parseTermsId(args.weights as string),
    code: parseTermsId(args.code as string),
    outputs: parseTermsId(args.outputs as string),
  }
  return termsSetIdOf(set) === id ? { id, set } : undefined
}

import * as abi from '../../abi/lineageClaims.ts'
import { parseClaimId, type ClaimId, type InheritanceState } from '../../core/claim.ts'
import { parseAddress, parseModelId, type Address, type ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { readEvents, type LedgerEvent } from '../logs.ts'

/** Where the inheritance of an upheld claim by a model stands. */
export type Inheritance = {
  claim: ClaimId
  model: ModelId
  state: Exclude<InheritanceState, 'none'>
  /** Unix seconds, exclusive: the model's publisher can contest before. 0 when the model inherited at once. */
  contestUntil: number
  /** The answer of the model's publisher: the account that gave it, and its URI; null unless contested. */
  answer: { account: Address; uri: string } | null
  /** The ruling on this model, its adjudicator, and the URI of the reasons; null without one. */
  ruling: { adjudicator: Address; upheld: boolean; uri: string } | null
}

/**
 * Lists which models inherit claims, or would, in the order in which this was first asked for.
 *
 * @example
 * const inheritances = await listInheritances(ledger, { claims: [claim] })
 */
export async function listInheritances(
  ledger: Ledger,
  parameters: listInheritances.Parameters = {},
): Promise<Inheritance[]> {
  const { claims, models } = parameters
  const topics = { ...(claims && { claim: claims }), ...(models && { model: models }) }
  const read = await Promise.all(
    [abi.InheritanceOpened, abi.InheritanceContested, abi.InheritanceRuled, abi.ClaimInherited].map((event) =>
      readEvents(ledger, 'lineageClaims', event, topics),
    ),
  )
  const listed = new Map<string, Inheritance>()
  for (const { name, args } of read.flat().sort(byPlace)) {
    const claim = parseClaimId(args.claim as string)
    const model = parseModelId(args.model as string)
    const key = `${claim} ${model}`
    const before = listed.get(key) ?? { claim, model, state: 'pending', contestUntil: 0, answer: null, ruling: null }
    listed.set(key, { ...before, ...CHANGES[name]!(args) })
  }
  return [...listed.values()]
}

export declare namespace listInheritances {
  /** Filter for inheritances: every given field must match. Without any, all are listed. */
  type Parameters = { claims?: readonly ClaimId[]; models?: readonly ModelId[] }
}

/** What each event changes. */
const CHANGES: Readonly<Record<string, (args: LedgerEvent['args']) => Partial<Inheritance>>> = {
  InheritanceOpened: ({ contestUntil }) => ({ contestUntil: Number(contestUntil) }),
  InheritanceContested: ({ account, uri }) => ({
    state: 'contested',
    answer: { account: parseAddress(account as string), uri: uri as string },
  }),
  InheritanceRuled: ({ adjudicator, upheld, uri }) => ({
    state: upheld ? 'applied' : 'rejected',
    ruling: { adjudicator: parseAddress(adjudicator as string), upheld: upheld as boolean, uri: uri as string },
  }),
  ClaimInherited: () => ({ state: 'applied' }),
}

function byPlace(a: LedgerEvent, b: LedgerEvent): number {
  return a.block - b.block || a.index - b.index
}

import type { Hex } from 'stemma/core'
import { hashStruct, typeHash } from '../../hash.ts'
import { decimalOf, handler, textOf, type Handler } from '../handlers.ts'

const TIER_TYPEHASH = typeHash(
  'Tier(bytes32 model,bytes32 terms,uint32 passThrough,bool open,bool subCredentials,uint40 maxDuration,uint64 callQuota,uint64 tokenQuota,string name,string uri)',
)

type TierOffered = {
  tier: Hex
  model: Hex
  publisher: Hex
  terms: Hex
  passThrough: number
  open: boolean
  subCredentials: boolean
  maxDuration: number
  callQuota: Hex
  tokenQuota: Hex
  name: Uint8Array
  uri: Uint8Array
}

/** Handlers of the events of tiers. */
export const TIER_HANDLERS: Readonly<Record<string, Handler>> = {
  TierOffered: handler<TierOffered>(
    (rows, { args }) => {
      const { passThrough, open, subCredentials, maxDuration, callQuota, tokenQuota, name, uri } = args
      const model = rows.find('models', args.model)
      const publisher = rows.account(args.publisher)
      const tier = rows.create('tiers', {
        id: args.tier,
        model,
        publisher,
        terms: rows.find('terms', args.terms),
        pass_through: passThrough,
        open: open ? 1 : 0,
        sub_credentials: subCredentials ? 1 : 0,
        max_duration: maxDuration,
        call_quota: decimalOf(callQuota),
        token_quota: decimalOf(tokenQuota),
        name: textOf(name),
        uri: textOf(uri),
      })
      rows.event({ subject: tier, model, account: publisher })
    },
    { creates: 'tier', idOf: offeredId },
  ),

  TierWithdrawn: handler<{ tier: Hex; model: Hex; account: Hex }>((rows, { args }) => {
    const tier = rows.find('tiers', args.tier)
    const account = rows.account(args.account)
    rows.insert('tier_withdrawals', { tier, account })
    rows.event({ subject: tier, model: rows.find('models', args.model), account })
  }),
  TierReleased: handler<{ tier: Hex; model: Hex; account: Hex }>((rows, { args }) => {
    const tier = rows.find('tiers', args.tier)
    const account = rows.account(args.account)
    rows.insert('tier_releases', { tier, account })
    rows.event({ subject: tier, model: rows.find('models', args.model), account })
  }),
}

function offeredId({ model, terms, passThrough, open, subCredentials, name, uri, ...bounds }: TierOffered): Hex {
  const { maxDuration, callQuota, tokenQuota } = bounds
  const fields = [model, terms, passThrough, open, subCredentials, maxDuration, callQuota, tokenQuota, name, uri]
  return hashStruct(TIER_TYPEHASH, fields)
}

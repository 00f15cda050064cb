import { type Credential, CREDENTIAL_STATES, FOREVER, type Hex } from 'stemma/core'
import { hashWords } from '../../hash.ts'
import type { RowBuilder, Event } from '../rowBuilder.ts'
import { handler, textOf, type Handler } from '../handlers.ts'

/** A credential as the chain keeps it, without the publisher, which never changes. */
export type KeptCredential = Omit<Credential, 'publisher'>

type Issued = {
  credential: Hex
  model: Hex
  holder: Hex
  tier: Hex
  publisher: Hex
  validFrom: number
  validUntil: number
}

const LOADS = { loads: ['credentials', 'credential_states'] } as const

/** Events of the credentials. */
export const CREDENTIAL_HANDLERS: Readonly<Record<string, Handler>> = {
  CredentialIssued: handler<Issued>(
    (rows, { args }) => {
      const model = rows.find('models', args.model)
      const publisher = rows.account(args.publisher)
      const credential = rows.create('credentials', {
        id: args.credential,
        model,
        tier: rows.find('tiers', args.tier),
        holder: rows.account(args.holder),
        publisher,
        valid_from: args.validFrom,
        valid_until: args.validUntil,
      })
      rows.event({ subject: credential, model, account: publisher })
    },
    { creates: 'credential', idOf: ({ model, tier, holder }) => hashWords([model, tier, holder]) },
  ),

  CredentialRenewed: handler<{ credential: Hex; account: Hex; validUntil: number }>((rows, event) => {
    change(rows, event, (state) => lengthened(state, event.time, event.args.validUntil))
  }, LOADS),
  CredentialSuspended: handler<{ credential: Hex; account: Hex; reason: Uint8Array }>((rows, event) => {
    change(rows, event, (state) => suspended(state, event.time), textOf(event.args.reason))
  }, LOADS),
  CredentialReinstated: handler<{ credential: Hex; account: Hex }>((rows, event) => {
    change(rows, event, (state) => ({ ...state, state: 'active', gapUntil: event.time }))
  }, LOADS),
  CredentialRevoked: handler<{ credential: Hex; account: Hex; reason: Uint8Array }>((rows, event) => {
    change(rows, event, (state) => revoked(state, event.time), textOf(event.args.reason))
  }, LOADS),
  CredentialRenounced: handler<{ credential: Hex; account: Hex }>((rows, event) => {
    change(rows, event, (state) => revoked(state, event.time))
  }, LOADS),
  // It is not a credential: none was issued, and none can be. The event is about the holder that was refused.
  OfferCanceled: handler<{ credential: Hex; model: Hex; holder: Hex; tier: Hex; account: Hex }>((rows, { args }) => {
    const [model, account] = [rows.find('models', args.model), rows.account(args.account)]
    rows.event({ subject: rows.account(args.holder), model, account })
  }),
}

/** A state after a renewal, as `CredentialValidity.lengthen` computes it: a lapse becomes part of the gap. */
export function lengthened(state: KeptCredential, time: number, validUntil: number): KeptCredential {
  const expired = state.validUntil
  if (time <= expired) return { ...state, validUntil }
  const gapFrom = state.gapUntil === 0 || expired < state.gapFrom ? expired : state.gapFrom
  return { ...state, validUntil, gapFrom, gapUntil: state.state === 'suspended' ? state.gapUntil : time }
}

/** A state after a suspension: a gap opens without an end, and an earlier gap merges with it. */
export function suspended(state: KeptCredential, time: number): KeptCredential {
  return { ...state, state: 'suspended', gapFrom: state.gapUntil === 0 ? time : state.gapFrom, gapUntil: FOREVER }
}

/** A state after a revocation, which ends the window. */
export function revoked(state: KeptCredential, time: number): KeptCredential {
  return { ...state, state: 'revoked', validUntil: Math.min(state.validUntil, time) }
}

function change(
  rows: RowBuilder,
  { args }: Event<{ credential: Hex; account: Hex }>,
  next: (state: KeptCredential) => KeptCredential,
  reason: string | null = null,
): void {
  const credential = rows.find('credentials', args.credential)
  const account = rows.account(args.account)
  const { state, validFrom, validUntil, gapFrom, gapUntil } = next(stateOf(rows, credential))
  rows.insert('credential_states', {
    credential,
    state: CREDENTIAL_STATES.indexOf(state),
    valid_from: validFrom,
    valid_until: validUntil,
    gap_from: gapFrom,
    gap_until: gapUntil,
    account,
    reason,
  })
  rows.event({ subject: credential, model: rows.rowsOf('credentials', credential)[0]!.model as number, account })
}

function stateOf(rows: RowBuilder, credential: number): KeptCredential {
  const last = rows.rowsOf('credential_states', credential).at(-1)
  if (!last) {
    const { valid_from, valid_until } = rows.rowsOf('credentials', credential)[0]!
    const window = { validFrom: valid_from as number, validUntil: valid_until as number }
    return { state: 'active', ...window, gapFrom: 0, gapUntil: 0 }
  }
  return {
    state: CREDENTIAL_STATES[last.state as number]!,
    validFrom: last.valid_from as number,
    validUntil: last.valid_until as number,
    gapFrom: last.gap_from as number,
    gapUntil: last.gap_until as number,
  }
}

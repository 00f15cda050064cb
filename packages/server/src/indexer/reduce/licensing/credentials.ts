import { type Credential, CREDENTIAL_STATES, FOREVER, type Hex } from 'stemma/core'
import { hashWords } from '../../hash.ts'
import { hex, nullable, type Stored } from '../../values.ts'
import { checkId, type RowBuilder, type Event } from '../rowBuilder.ts'
import { handler, textOf, type Handler } from '../handlers.ts'
import { optionalDigest } from '../registry/models.ts'

/**
 * A credential as the chain keeps it by itself, without the publisher, which never changes, and with what was stated when it was issued
 * last.
 */
export type KeptCredential = Omit<Credential, 'publisher'> & {
  parent: number | null
  payment: Hex | null
  agreement: Hex | null
}

type Issued = {
  credential: Hex
  model: Hex
  holder: Hex
  tier: Hex
  publisher: Hex
  validFrom: number
  validUntil: number
  parent: Hex
  payment: Hex
  agreement: Hex
  lifts: number
}

type Requested = { model: Hex; tier: Hex; holder: Hex; details: Hex; uri: Uint8Array }

const LOADS = { loads: ['credentials', 'credential_states'] } as const

/** Events of the credentials. */
export const CREDENTIAL_HANDLERS: Readonly<Record<string, Handler>> = {
  CredentialIssued: handler<Issued>((rows, event) => {
    const { credential: id, validFrom, validUntil, lifts, ...args } = event.args
    checkId(event as unknown as Event, id, hashWords([args.model, args.tier, args.holder]))
    const model = rows.find('models', args.model)
    const publisher = rows.account(args.publisher)
    const issued = {
      parent: rows.findOptional('credentials', args.parent),
      payment: optionalDigest(args.payment),
      agreement: optionalDigest(args.agreement),
      lifts,
    }
    const known = rows.lookUp('credentials', id)
    const credential =
      known ??
      rows.create('credentials', {
        id,
        model,
        tier: rows.find('tiers', args.tier),
        holder: rows.account(args.holder),
        publisher,
        valid_from: validFrom,
        valid_until: validUntil,
        ...issued,
      })
    // It replaces a sub-credential, of which nothing is left.
    if (known !== null) {
      insertState(
        rows,
        known,
        { state: 'active', validFrom, validUntil, gapFrom: 0, gapUntil: 0, ...issued },
        publisher,
      )
    }
    rows.event({ subject: credential, model, account: publisher })
  }),

  CredentialRequested: handler<Requested>((rows, { args }) => {
    const model = rows.find('models', args.model)
    const holder = rows.account(args.holder)
    const [details, uri] = [optionalDigest(args.details), textOf(args.uri)]
    rows.insert('credential_requests', { model, tier: rows.find('tiers', args.tier), holder, details, uri })
    rows.event({ subject: holder, model, account: holder })
  }),

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
  insertState(rows, credential, next(stateOf(rows, credential)), account, reason)
  rows.event({ subject: credential, model: rows.rowsOf('credentials', credential)[0]!.model as number, account })
}

function insertState(
  rows: RowBuilder,
  credential: number,
  { state, validFrom, validUntil, gapFrom, gapUntil, ...issued }: KeptCredential,
  account: number,
  reason: string | null = null,
): void {
  rows.insert('credential_states', {
    credential,
    state: CREDENTIAL_STATES.indexOf(state),
    valid_from: validFrom,
    valid_until: validUntil,
    gap_from: gapFrom,
    gap_until: gapUntil,
    ...issued,
    account,
    reason,
  })
}

function stateOf(rows: RowBuilder, credential: number): KeptCredential {
  const last = rows.rowsOf('credential_states', credential).at(-1)
  const row = last ?? rows.rowsOf('credentials', credential)[0]!
  return {
    state: last ? CREDENTIAL_STATES[last.state as number]! : 'active',
    validFrom: row.valid_from as number,
    validUntil: row.valid_until as number,
    gapFrom: last ? (last.gap_from as number) : 0,
    gapUntil: last ? (last.gap_until as number) : 0,
    parent: row.parent as number | null,
    payment: digestOf(row.payment),
    agreement: digestOf(row.agreement),
    lifts: row.lifts as number,
  }
}

/** A digest of a row: bytes in one that was loaded, and hex digits in one of this batch. */
function digestOf(value: Stored): Hex | null {
  return nullable(value, (stored) => (typeof stored === 'string' ? (stored as Hex) : hex(stored)))
}

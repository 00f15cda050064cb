import { FOREVER, RIGHT_NAMES, type CredentialId, type Digest, type ModelId, type TierId } from 'stemma/core'
import { parseOfferFile } from 'stemma/documents'

import { notPublisher, type Field, type Form } from '../form.ts'
import type { Reader, Values } from '../reader.ts'

const DAY = 86_400
const MOST_DURATION = BigInt(Math.floor((2 ** 40 - 1) / DAY))
const MOST_QUOTA = 2n ** 64n - 1n
const MOST_NAME = 64

const MODEL: Field = { name: 'model', kind: 'line' }
const TIER: Field = { name: 'tier', kind: 'tier' }
const URI: Field = { name: 'uri', kind: 'line', optional: true }

const ofModel = ({ model }: Values) => ({ ...(model && { model }) })

/** Offers a tier of a model. */
export const offer: Form = {
  name: 'offer',
  fields: [
    MODEL,
    { name: 'tierName', kind: 'line' },
    { name: 'terms', kind: 'line' },
    { name: 'passThrough', kind: 'rights', optional: true },
    { name: 'open', kind: 'check', optional: true },
    { name: 'subCredentials', kind: 'check', optional: true },
    { name: 'days', kind: 'number', optional: true },
    { name: 'callQuota', kind: 'number', optional: true },
    { name: 'tokenQuota', kind: 'number', optional: true },
    URI,
  ],
  subject: ofModel,
  async read(reader) {
    const { termsNamed } = await import('../licenses.ts')
    return {
      act: 'offer',
      tier: {
        model: reader.id<ModelId>('model'),
        terms: termsNamed(reader, 'terms'),
        passThrough: reader.list('passThrough', RIGHT_NAMES),
        open: reader.isChecked('open'),
        subCredentials: reader.isChecked('subCredentials'),
        maxDuration: Number(reader.whole('days', MOST_DURATION) ?? 0n) * DAY,
        callQuota: reader.whole('callQuota', MOST_QUOTA),
        tokenQuota: reader.whole('tokenQuota', MOST_QUOTA),
        name: reader.required('tierName', MOST_NAME),
        uri: reader.uri('uri'),
      },
    }
  },
  hindrance: (known, account) => notPublisher(known, account, 'grant'),
}

/** Gets a credential of an open tier, or asks the publisher for one. */
export const apply: Form = {
  name: 'apply',
  fields: [MODEL, TIER, { name: 'details', kind: 'line', optional: true }, URI],
  subject: ofModel,
  read(reader, { known }) {
    const model = reader.id<ModelId>('model')
    const tier = reader.id<TierId>('tier')
    const details = reader.optionalId<Digest>('details')
    const uri = reader.uri('uri')
    const isOpen = known.model?.tiers.find(({ id }) => id === tier)?.open ?? false
    if (isOpen && details === undefined && uri === '') return { act: 'obtain', model, tier }
    return { act: 'request', model, tier, ...(details && { details }), uri }
  },
  hindrance: (known, _account, values) => withdrawn(known.model?.tiers ?? [], values),
}

function withdrawn(tiers: readonly { id: string; withdrawn: unknown }[], { tier }: Values) {
  const found = tiers.find(({ id }) => id === tier)
  return found && found.withdrawn !== null ? ({ kind: 'withdrawn' } as const) : undefined
}

/** Grants a tier to a holder: at once, or as a signed offer that the holder accepts. */
export const grant: Form = {
  name: 'grant',
  fields: [
    MODEL,
    TIER,
    { name: 'holder', kind: 'line' },
    { name: 'way', kind: 'choice', choices: ['grant', 'sign'] },
    { name: 'deadline', kind: 'time', when: ({ way }) => way === 'sign' },
    { name: 'validFrom', kind: 'time', optional: true },
    { name: 'validUntil', kind: 'time', optional: true },
    { name: 'payment', kind: 'line', optional: true },
    { name: 'agreement', kind: 'line', optional: true },
    { name: 'lifts', kind: 'rights', optional: true, when: ({ agreement }) => Boolean(agreement) },
  ],
  subject: ofModel,
  read(reader) {
    const payment = reader.optionalId<Digest>('payment')
    const agreement = reader.optionalId<Digest>('agreement')
    const grant = {
      model: reader.id<ModelId>('model'),
      tier: reader.id<TierId>('tier'),
      holder: reader.account('holder'),
      validFrom: reader.time('validFrom') ?? 0,
      validUntil: reader.time('validUntil') ?? FOREVER,
      ...(payment && { payment }),
      ...(agreement && { agreement, lifts: reader.list('lifts', RIGHT_NAMES) }),
    }
    if (reader.choice('way', ['grant', 'sign']) === 'grant') return { act: 'grant', grant }
    return { act: 'sign', grant, deadline: deadlineOf(reader) }
  },
  hindrance: (known, account, values) =>
    notPublisher(known, account, 'grant') ?? withdrawn(known.model?.tiers ?? [], values),
}

function deadlineOf(reader: Reader): number {
  reader.required('deadline')
  return reader.time('deadline') ?? 0
}

/** Revokes a credential for good. */
export const revoke: Form = {
  name: 'revoke',
  fields: [
    { name: 'credential', kind: 'line' },
    { name: 'reason', kind: 'lines', optional: true },
  ],
  subject: ({ credential }) => ({ ...(credential && { credential }) }),
  read: (reader) => ({
    act: 'revoke',
    credential: reader.id<CredentialId>('credential'),
    reason: reader.short('reason'),
  }),
  hindrance(known, account) {
    if (known.credential?.state === 'revoked') return { kind: 'revoked' }
    // Whose credential it was issued under may revoke it too, and that may act by others.
    return known.credential?.parent ? undefined : notPublisher(known, account, 'grant')
  },
}

/** Accepts an offer that a publisher has signed. */
export const accept: Form = {
  name: 'accept',
  fields: [{ name: 'offer', kind: 'document' }],
  subject: (values) => {
    const offer = offerIn(values)
    return offer ? { model: offer.model } : {}
  },
  read: async (reader) => ({ act: 'accept', file: await reader.document('offer', parseOfferFile) }),
  hindrance(_known, account, values) {
    const holder = offerIn(values)?.holder
    return holder && holder !== account ? { kind: 'not-holder', who: holder } : undefined
  },
}

/** The offer that a form holds, as far as it can be read. */
export function offerIn({ offer }: Values): { model: ModelId; tier: TierId; holder: string } | undefined {
  try {
    return parseOfferFile(JSON.parse(offer ?? '')).offer
  } catch {
    return undefined
  }
}

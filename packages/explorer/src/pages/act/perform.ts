import { claimFileOf, checkClaimLedger, checkOfferLedger, offerFileOf } from 'stemma/documents'
import {
  acceptOffer,
  acknowledgeClaim,
  attestScan,
  checkCitedEndpoints,
  contestClaim,
  discloseEvidence,
  evidenceDigest,
  fileClaim,
  grantCredential,
  obtainCredential,
  offerTier,
  prepareRegistration,
  publishTerms,
  registerModel,
  requestCredential,
  requestReview,
  revokeCredential,
  signOffer,
  withdrawClaim,
  type Ledger,
  type WriteOptions,
} from 'stemma/sdk'

import type { Intent, Kept, Outcome } from './intent.ts'

/** Runs the SDK's action of an intent. `onKept` gets, before anything is sent, what the reader has to keep. */
export async function perform(
  intent: Intent,
  ledger: Ledger,
  { onKept, ...options }: WriteOptions & { onKept: (kept: Kept) => void },
): Promise<Outcome> {
  switch (intent.act) {
    case 'register': {
      const { act: _, ...prepared } = intent
      return registerModel(ledger, { registration: await prepareRegistration(ledger, prepared), ...options })
    }
    case 'terms':
      return publishTerms(ledger, { terms: intent.terms, ...options })
    case 'offer':
      return { ...(await offerTier(ledger, { tier: intent.tier, ...options })), model: intent.tier.model }
    case 'request':
      return requestCredential(ledger, { ...withoutAct(intent), ...options })
    case 'obtain':
      return obtainCredential(ledger, { ...withoutAct(intent), ...options })
    case 'grant':
      return grantCredential(ledger, { ...intent.grant, ...options })
    case 'sign':
      return signed(ledger, intent)
    case 'revoke':
      return {
        ...(await revokeCredential(ledger, { ...withoutAct(intent), ...options })),
        credential: intent.credential,
      }
    case 'accept':
      checkOfferLedger(ledger.deployment, intent.file)
      return acceptOffer(ledger, { ...intent.file.offer, ...options })
    case 'claim':
      return filed(ledger, intent, { onKept, ...options })
    case 'acknowledge':
      return { ...(await acknowledgeClaim(ledger, { claim: intent.claim, ...options })), claim: intent.claim }
    case 'withdraw':
      return { ...(await withdrawClaim(ledger, { claim: intent.claim, ...options })), claim: intent.claim }
    case 'contest':
      return { ...(await contestClaim(ledger, { ...withoutAct(intent), ...options })), claim: intent.claim }
    case 'disclose': {
      checkClaimLedger(ledger.deployment, intent.file)
      const { claim, evidence, salt } = intent.file.claim
      return { ...(await discloseEvidence(ledger, { claim, evidence, salt, uri: intent.uri, ...options })), claim }
    }
    case 'review':
      return { ...(await requestReview(ledger, { ...withoutAct(intent), ...options })), model: intent.model }
    case 'scan':
      return attestScan(ledger, { report: intent.report, ...options })
  }
}

async function signed(ledger: Ledger, { grant, deadline }: Intent & { act: 'sign' }): Promise<Outcome> {
  const offer = await signOffer(ledger, { ...grant, deadline })
  return { keep: { name: 'offer.json', text: textOf(offerFileOf(ledger.deployment, offer)) } }
}

async function filed(
  ledger: Ledger,
  { evidence: document, uri, act: _, ...claim }: Intent & { act: 'claim' },
  { onKept, ...options }: WriteOptions & { onKept: (kept: Kept) => void },
): Promise<Outcome> {
  await checkCitedEndpoints(ledger, { evidence: document })
  let keep: Kept | undefined
  const { kept, ...sent } = await fileClaim(ledger, {
    ...claim,
    evidence: evidenceDigest(document),
    ...options,
    onPrepared(prepared) {
      const text = textOf(claimFileOf(ledger.deployment, prepared, uri, document))
      keep = { name: `claim-${prepared.claim.slice(2, 10)}.json`, text }
      onKept(keep)
    },
  })
  return { ...sent, claim: kept.claim, ...(keep && { keep }) }
}

function textOf(file: object): string {
  return `${JSON.stringify(file, null, 2)}\n`
}

function withoutAct<T extends { act: string }>({ act: _, ...parameters }: T): Omit<T, 'act'> {
  return parameters
}

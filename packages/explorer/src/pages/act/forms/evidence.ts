import {
  EVIDENCE_KINDS,
  parseEvidence,
  productSubject,
  RELATION_NAMES,
  ZERO_DIGEST,
  type ClaimId,
  type Digest,
  type Evidence,
  type Hex,
  type ModelId,
} from 'stemma/core'
import { parseClaimFile } from 'stemma/documents'

import { isId } from '../../../app/address.ts'
import type { Form } from '../form.ts'
import type { Reader, Values } from '../reader.ts'

/** The highest deposit that is paid without being asked about, in wei: 0.1 ether, as in the SDK. */
const MAX_DEPOSIT = 10n ** 17n

const isWritten = ({ evidence }: Values): boolean => !evidence?.trim()

/** Files a claim that a model, or a product, was made from a model without saying so. */
export const claim: Form = {
  name: 'claim',
  fields: [
    { name: 'product', kind: 'check', optional: true },
    { name: 'subject', kind: 'line' },
    { name: 'parent', kind: 'line' },
    { name: 'relation', kind: 'choice', choices: RELATION_NAMES, must: true },
    { name: 'replaces', kind: 'line', optional: true },
    { name: 'summary', kind: 'lines', secret: true, when: isWritten },
    { name: 'evidenceKind', kind: 'choice', choices: EVIDENCE_KINDS, when: isWritten },
    { name: 'evidenceText', kind: 'lines', secret: true, when: isWritten },
    { name: 'evidence', kind: 'document', optional: true, secret: true },
    { name: 'evidenceUri', kind: 'line', optional: true, secret: true },
    { name: 'maxDeposit', kind: 'number', optional: true },
  ],
  subject: ({ subject, product }) => ({ ...(subject && product !== 'yes' && { model: subject }) }),
  async read(reader) {
    const product = reader.isChecked('product')
    const replaces = reader.optionalId<ModelId>('replaces')
    return {
      act: 'claim',
      product,
      subject: product ? productIn(reader) : reader.id('subject'),
      parent: reader.id<ModelId>('parent'),
      relation: reader.choice('relation', RELATION_NAMES),
      ...(replaces && { replaces }),
      evidence: await evidenceIn(reader),
      uri: reader.uri('evidenceUri'),
      maxDeposit: reader.ether('maxDeposit', MAX_DEPOSIT),
    }
  },
}

/** A product is named by its address, or by the digest of its weights. */
function productIn(reader: Reader): Hex {
  const text = reader.text('subject')
  return isId(text) ? reader.id('subject') : reader.attempt('subject', () => productSubject(text))
}

async function evidenceIn(reader: Reader): Promise<Evidence> {
  if (reader.text('evidence') !== '') return reader.document('evidence', parseEvidence)
  const kind = reader.choice('evidenceKind', EVIDENCE_KINDS)
  const [summary, text] = [reader.required('summary'), reader.required('evidenceText')]
  if (reader.errors.size > 0) return undefined as never
  return reader.attempt('evidenceText', () => parseEvidence({ version: 1, summary, items: [{ kind, text }] }))
}

const ANSWERS = ['acknowledge', 'contest', 'withdraw', 'disclose'] as const

/** Answers a claim, as the publisher of its subject; or, as its claimant, discloses its evidence or takes it back. */
export const answer: Form = {
  name: 'answer',
  fields: [
    { name: 'claim', kind: 'line', when: ({ answer }) => answer !== 'disclose' },
    { name: 'answer', kind: 'choice', choices: ANSWERS, must: true },
    { name: 'claimFile', kind: 'document', secret: true, when: ({ answer }) => answer === 'disclose' },
    { name: 'uri', kind: 'line', optional: true, when: ({ answer }) => answer === 'contest' || answer === 'disclose' },
  ],
  subject: ({ claim }) => ({ ...(claim && { claim }) }),
  async read(reader) {
    const act = reader.choice('answer', ANSWERS)
    if (act === 'disclose') {
      const file = await reader.document('claimFile', parseClaimFile)
      return { act, file, uri: reader.uri('uri') || (file?.uri ?? '') }
    }
    const claim = reader.id<ClaimId>('claim')
    return act === 'contest' ? { act, claim, uri: reader.uri('uri') } : { act, claim }
  },
  hindrance({ claim, publisher }, account, { answer }) {
    if (!claim) return undefined
    if (claim.state !== 'filed' && claim.state !== 'contested') return { kind: 'closed' }
    if (answer === 'withdraw' || answer === 'disclose')
      return claim.claimant === account ? undefined : { kind: 'not-claimant', who: claim.claimant }
    if (!publisher || publisher.controller === account) return undefined
    return { kind: 'not-controller', who: publisher.controller }
  },
}

/** Asks for the review of a model. */
export const review: Form = {
  name: 'review',
  fields: [
    { name: 'model', kind: 'line' },
    { name: 'uri', kind: 'line', optional: true },
  ],
  subject: ({ model }) => ({ ...(model && { model }) }),
  read: (reader) => ({ act: 'review', model: reader.id<ModelId>('model'), uri: reader.uri('uri') }),
  hindrance: ({ model }) => (model?.review && model.review.state !== 'none' ? { kind: 'has-review' } : undefined),
}

const SCOPES = ['files', 'tensors'] as const
const VERDICTS = ['passed', 'failed'] as const

/** Attests what a scan has found. */
export const scan: Form = {
  name: 'scan',
  fields: [
    { name: 'weights', kind: 'line' },
    { name: 'verdict', kind: 'choice', choices: VERDICTS, must: true },
    { name: 'scope', kind: 'choice', choices: SCOPES },
    { name: 'report', kind: 'line' },
    { name: 'ruleset', kind: 'line' },
    { name: 'scannedAt', kind: 'time' },
    { name: 'tensors', kind: 'line', optional: true },
    { name: 'uri', kind: 'line', optional: true },
  ],
  subject: ({ model }) => ({ ...(model && { model }) }),
  read(reader) {
    reader.required('scannedAt')
    return {
      act: 'scan',
      report: {
        weights: reader.id<Digest>('weights'),
        tensors: reader.optionalId<Digest>('tensors') ?? ZERO_DIGEST,
        scope: reader.choice('scope', SCOPES),
        ruleset: reader.id<Digest>('ruleset'),
        report: reader.id<Digest>('report'),
        scannedAt: reader.time('scannedAt') ?? 0,
        verdict: reader.choice('verdict', VERDICTS),
        uri: reader.uri('uri'),
      },
    }
  },
}

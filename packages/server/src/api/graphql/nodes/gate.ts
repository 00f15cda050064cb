import { rightsOf } from 'stemma/core'
import type { SubjectReview } from '../../gate/reviews.ts'
import type { Readers } from '../../readers.ts'
import type { Nodes } from '../nodes.ts'
import type { CertificationNode, ReviewNode, ReviewRequestNode } from '../schemaTypes.ts'

/** The nodes of reviews. */
export function gateNodes({ accounts, models, reviews, view }: Readers, nodes: Nodes): Pick<Nodes, 'review'> {
  const requestNode = (request: NonNullable<SubjectReview['request']>, uri: string): ReviewRequestNode => ({
    weights: request.weights,
    requester: () => accounts.addressOf(request.requester),
    readyAt: request.readyAt,
    readyBlock: request.readyBlock,
    quorum: request.quorum,
    uri,
    block: () => nodes.block(request.block),
  })
  const certificationNode = (certification: NonNullable<SubjectReview['certification']>): CertificationNode => ({
    certifier: () => accounts.addressOf(certification.account),
    uses: rightsOf(certification.uses),
    until: certification.until,
    weights: certification.weights,
  })
  return {
    async review(subject): Promise<ReviewNode | null> {
      const { request, uri, history, certification, scans } = await reviews.ofSubject(subject)
      const last = history.at(-1)
      if (!last && !certification && scans.length === 0) return null
      return {
        subject,
        async model() {
          const model = await models.byId.load(subject)
          return model ? nodes.model(model) : null
        },
        state: last?.state ?? 'none',
        request: request && requestNode(request, uri ?? request.uri),
        certification: certification && certification.until > view.now ? certificationNode(certification) : null,
        scans: scans.map(({ scanner, tensors, scope, report, ruleset, scannedAt, verdict, uri, block }) => ({
          scanner: () => accounts.addressOf(scanner),
          tensors,
          scope,
          report,
          ruleset,
          scannedAt,
          verdict,
          uri,
          block: () => nodes.block(block),
        })),
        history: history.map(({ state, account, block }) => ({
          state,
          account: () => accounts.addressOf(account),
          block: () => nodes.block(block),
        })),
      }
    },
  }
}

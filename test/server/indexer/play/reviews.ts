import type { Address } from '../../../../src/core/hex.ts'
import { FOREVER } from '../../../../src/core/lineage.ts'
import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import { digest } from './registrations.ts'

/** Takes the review of an artifact a step on, or changes a setting of the gate. */
export function review(chain: Chain, random: Random): Action {
  const { history } = chain
  // Few artifacts, so that what follows a request finds it.
  const weights = digest(1_000_000 + random.integer(1, 40))
  const [account, other] = random.sample(chain.accounts, 2) as [Address, Address]
  const scannedAt = 1_760_000_000 + history.next()
  const report = {
    weights,
    tensors: digest(random.integer(1, 4)),
    scope: random.integer(1, 2),
    ruleset: digest(1),
    report: digest(history.counter),
    scannedAt,
    uri: 'ipfs://report',
  }
  return random.pick([
    () => chain.gate(account, 'requestArtefactReview', [weights, 'ipfs://weights']),
    () => chain.gate(chain.admin, 'attestScan', [{ ...report, verdict: random.integer(1, 2) }]),
    () => chain.gate(account, 'clear', [weights]),
    () => chain.gate(account, 'setReviewUri', [weights, 'ipfs://elsewhere']),
    () => chain.gate(account, 'quarantine', [weights]),
    () => chain.gate(chain.admin, 'certifyArtefact', [weights, FOREVER]),
    () => chain.gate(chain.admin, 'withdrawCertification', [weights, 'wrong']),
    () => chain.gate(chain.admin, 'setMargin', [random.integer(0, 3600)]),
    () => chain.gate(chain.admin, 'setMinBlocks', [random.integer(0, 9)]),
    () => chain.gate(chain.admin, 'setOrganization', [other, digest(random.integer(0, 2))]),
    () => chain.gate(chain.admin, 'setQuorum', [random.integer(1, 3)]),
  ])()
}

/** Requests the review of an artifact and moves its files, which comes by chance too rarely. */
export async function moveArtifact(chain: Chain): Promise<void> {
  const [requester] = chain.accounts as [Address]
  const weights = digest(1_000_100)
  await chain.mine([chain.gate(requester, 'requestArtefactReview', [weights, 'ipfs://weights'])], 1)
  await chain.mine([chain.gate(requester, 'setReviewUri', [weights, 'ipfs://elsewhere'])], 1)
}

import type { Chain } from '../chain.ts'
import { revokeBatch } from './batches.ts'
import { ruleClaims, attestAgain } from './claims.ts'
import { bindAndUnbind, bindAndReplace } from './externals.ts'
import { resume, waitOutDelay, revokeRole } from './governance.ts'
import { ruleInheritances } from './inheritances.ts'
import { releaseTier } from './licensing.ts'
import { verifyPublisher } from './publishers.ts'
import { recallAndUndo } from './recalls.ts'
import { moveArtifact } from './reviews.ts'
import { stateAndRevoke } from './usage.ts'

/** Plays what comes by chance too rarely, after {@link live}. */
export async function playRare(chain: Chain): Promise<void> {
  const { paused } = chain.history
  if (paused) await chain.mine([resume(chain, paused)], 1)
  await ruleClaims(chain)
  await verifyPublisher(chain)
  await waitOutDelay(chain)
  const { parent, child } = await ruleInheritances(chain)
  await attestAgain(chain, parent, child)
  await releaseTier(chain, parent)
  await revokeRole(chain)
  await revokeBatch(chain)
  await recallAndUndo(chain)
  await bindAndUnbind(chain)
  await bindAndReplace(chain)
  await moveArtifact(chain)
  await stateAndRevoke(chain)
}

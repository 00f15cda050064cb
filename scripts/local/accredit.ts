import type { JsonRpcProvider } from 'ethers'

import type { Deployment } from '../../src/core/deployment.ts'
import type { Address } from '../../src/core/hex.ts'
import { FOREVER } from '../../src/core/lineage.ts'
import { sha256Text } from '../../src/core/sha256.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { readVerifications } from '../../src/sdk/registry/readVerifications.ts'
import { setProfile } from '../../src/sdk/registry/setProfile.ts'
import { verifyPublisher } from '../../src/sdk/registry/verifyPublisher.ts'

/** Has publishers state a profile, and the administrator of a local ledger verify it, so that their word counts. */
export async function accredit(
  provider: JsonRpcProvider,
  deployment: Deployment,
  publishers: readonly Address[],
): Promise<void> {
  const administrator = openLedger(await provider.getSigner(0), deployment)
  const verified = await readVerifications(administrator, publishers)
  for (const publisher of new Set(publishers)) {
    if (verified.has(publisher)) continue
    const profile = sha256Text(JSON.stringify({ version: 1, publisher }))
    const own = openLedger(await provider.getSigner(publisher), deployment)
    await setProfile(own, { publisher, profile, domain: '' })
    await verifyPublisher(administrator, { publisher, profile, from: 0, until: FOREVER })
  }
}

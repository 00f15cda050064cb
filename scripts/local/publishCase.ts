import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { JsonRpcProvider } from 'ethers'

import { draftFolder } from '../../src/artifacts/draftFolder.ts'
import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import { evidenceDigest, parseEvidence } from '../../src/core/evidence.ts'
import type { Address, ModelId } from '../../src/core/hex.ts'
import { openLedger, type Ledger } from '../../src/sdk/connect.ts'
import { acknowledgeClaim } from '../../src/sdk/claims/acknowledgeClaim.ts'
import { attestParent } from '../../src/sdk/claims/attestParent.ts'
import { countersignParent } from '../../src/sdk/claims/countersignParent.ts'
import { discloseEvidence } from '../../src/sdk/claims/discloseEvidence.ts'
import { fileClaim } from '../../src/sdk/claims/fileClaim.ts'
import { readModel } from '../../src/sdk/registry/readModel.ts'
import { registerDraft } from '../register.ts'
import { accredit } from './accredit.ts'
import { readAccounts } from './accounts.ts'

/** The models of the Composer 2 case, by name. */
export type CaseModels = Record<'composer' | 'forkA' | 'forkB', ModelId>

/**
 * Puts the Composer 2 case on a ledger as far as it goes without waiting: Composer 2 is registered without its parent, two forks
 * follow, a third party claims the parent with its evidence, the publisher names another step and acknowledges the claim, and the parent's
 * publisher countersigns.
 *
 * @param folder the folder of the case's cards and evidence
 */
export async function publishCase(
  provider: JsonRpcProvider,
  deployment: Deployment,
  { kimi, folder }: { kimi: ModelId; folder: string },
): Promise<CaseModels> {
  const { case: cast, others } = await readAccounts(provider)
  const licenses = await loadLicenses()
  const as = async (account: Address): Promise<Ledger> => openLedger(await provider.getSigner(account), deployment)
  const register = async (account: Address, name: string, parents: Record<string, ModelId>): Promise<ModelId> => {
    const { draft } = await draftFolder(join(folder, name), { cache: false })
    return registerDraft(await as(account), draft, licenses, parents)
  }
  await accredit(provider, deployment, [cast.anysphere, cast.forkA, cast.forkB])
  const composer = await register(cast.anysphere, 'anysphere__Composer-2', {})
  const [forkA, forkB] = await Promise.all([
    register(cast.forkA, 'fork-a__composer-2-open', { 'anysphere/Composer-2': composer }),
    register(cast.forkB, 'fork-b__k2p5-coder-mit', { 'moonshotai/Kimi-K2.5': kimi }),
  ])
  const evidence = evidenceDigest(parseEvidence(JSON.parse(await readFile(join(folder, 'evidence.json'), 'utf8'))))
  const claimant = await as(others.claimant)
  const lineage = { subject: composer, parent: kimi, relation: 'reinforcement-learning' } as const
  const { claim, salt } = (await fileClaim(claimant, { ...lineage, evidence })).kept
  await discloseEvidence(claimant, { claim, evidence, salt })
  const publisher = await as(cast.anysphere)
  await attestParent(publisher, { model: composer, parent: kimi, relation: 'continued-pretraining' })
  await acknowledgeClaim(publisher, { claim })
  const { registration } = await readModel(openLedger(provider, deployment), { model: kimi })
  await countersignParent(await as(registration.publisher), { model: composer, parent: kimi })
  return { composer, forkA, forkB }
}

/**
 * Plays the Composer 2 case (DESIGN section 1) on a local ledger: a commercial model made of Kimi K2.5 and registered without a
 * credential, two forks under "MIT code", a credential granted and revoked, and at each step the answer of `verify` to the
 * publisher, to a downstream user and to a fork. Played for both readings of K2.5's license.
 */
import { join } from 'node:path'

import type { JsonRpcProvider } from 'ethers'

import { draftFolder } from '../src/artifacts/draft.ts'
import { loadLicenses } from '../src/artifacts/licenseLibrary.ts'
import type { Deployment } from '../src/core/deployment.ts'
import type { Facts } from '../src/core/evaluate.ts'
import { parseAddress, type Address, type ModelId } from '../src/core/hex.ts'
import { termsIdOf } from '../src/core/terms.ts'
import type { Right } from '../src/core/vocabulary.ts'
import { termsOfLicense, type LicenseEntry } from '../src/interop/license.ts'
import { openLedger, type Ledger } from '../src/sdk/connect.ts'
import { grantCredential } from '../src/sdk/grantCredential.ts'
import { offerTier } from '../src/sdk/offerTier.ts'
import { readModel } from '../src/sdk/readModel.ts'
import { revokeCredential } from '../src/sdk/revokeCredential.ts'
import { verifyModel } from '../src/sdk/verifyModel.ts'
import type { Report } from '../src/verify/verify.ts'
import { registerDraft } from './register.ts'

const EXAMPLES = join(import.meta.dirname, '../examples')
const YEAR = 365 * 24 * 3600
/** The publisher's revenue, as reported in 2026, against the threshold of 20 million in K2.5's license. */
const PUBLISHER: Facts = { monthlyRevenueUsd: 167_000_000n, monthlyActiveUsers: 1_000_000n }
const SMALL: Facts = { monthlyRevenueUsd: 50_000n, monthlyActiveUsers: 2_000n }

type Cast = { anysphere: Ledger; publisher: Address; forkA: Ledger; forkB: Ledger; user: Address; kimi: Ledger }
type Models = { composer: ModelId; forkA: ModelId; forkB: ModelId }

/** What one question was answered, for whoever wants to check the play. */
export type Answer = { reading: string; act: string; who: string; use: Right; report: Report }

/** Plays the case and tells it line by line. `kimi` is the registered Kimi K2.5, by its modified MIT. */
export async function playComposer2(
  provider: JsonRpcProvider,
  deployment: Deployment,
  kimi: ModelId,
  say: (line: string) => void,
): Promise<Answer[]> {
  const licenses = await loadLicenses()
  const accounts = await provider.listAccounts()
  const { registration } = await readModel(openLedger(provider, deployment), { model: kimi })
  const as = (index: number) => openLedger(accounts[index]!, deployment)
  const kimiAccount = accounts.find((account) => parseAddress(account.address) === registration.publisher)
  if (!kimiAccount)
    throw new Error(`The node does not manage the account of Kimi's publisher, ${registration.publisher}.`)
  const cast: Cast = {
    anysphere: as(1),
    publisher: parseAddress(accounts[1]!.address),
    forkA: as(2),
    forkB: as(3),
    user: parseAddress(accounts[4]!.address),
    kimi: openLedger(kimiAccount, deployment),
  }

  const { draft } = await draftFolder(join(EXAMPLES, 'composer-2/moonshotai__Kimi-K2.5-research-reading'), {
    cache: false,
  })
  const researchKimi = await registerDraft(cast.kimi, draft, licenses)
  return [
    ...(await playReading('K2.5 under its modified MIT, as published', kimi, cast, licenses, provider, say)),
    ...(await playReading('K2.5 for research only, as the press read it', researchKimi, cast, licenses, provider, say)),
  ]
}

async function playReading(
  reading: string,
  kimi: ModelId,
  cast: Cast,
  licenses: readonly LicenseEntry[],
  provider: JsonRpcProvider,
  say: (line: string) => void,
): Promise<Answer[]> {
  say(`\n== ${reading}`)
  const models = await registerCast(cast, kimi, licenses)
  say(`Registered: Composer 2 ${models.composer}, its fork ${models.forkA}, a fork of K2.5 ${models.forkB}.`)
  const answers: Answer[] = []
  const ask = async (act: string): Promise<void> => {
    say(`\n-- ${act}`)
    answers.push(...(await askAll(reading, act, cast, models, say)))
  }

  await ask('Composer 2 is registered as made from K2.5 by reinforcement learning, without a credential')
  const terms = termsOfLicense(licenses.find(({ id }) => id === 'stemma-commercial-fine-tuning')!)!
  const passThrough = terms.rights.filter((right) => right === 'commercial' || right === 'host')
  const { tier } = await offerTier(cast.kimi, {
    tier: {
      model: kimi,
      terms: termsIdOf(terms),
      passThrough,
      open: false,
      maxDuration: YEAR,
      callQuota: 0n,
      tokenQuota: 0n,
      name: 'Commercial Fine-Tuning',
      uri: '',
    },
  })
  const now = (await provider.getBlock('latest'))!.timestamp
  const grant = await grantCredential(cast.kimi, {
    model: kimi,
    tier,
    holder: cast.publisher,
    validUntil: now + YEAR / 2,
  })
  await ask(`K2.5's publisher grants Commercial Fine-Tuning to Composer 2's publisher: ${grant.credential}`)
  await revokeCredential(cast.kimi, {
    credential: grant.credential,
    reason: 'the terms of the agreement were not kept',
  })
  await ask('The credential is revoked')
  return answers
}

async function registerCast(cast: Cast, kimi: ModelId, licenses: readonly LicenseEntry[]): Promise<Models> {
  const draftOf = async (name: string) =>
    (await draftFolder(join(EXAMPLES, 'composer-2', name), { cache: false })).draft
  const parents = { 'moonshotai/Kimi-K2.5': kimi }
  const composer = await registerDraft(cast.anysphere, await draftOf('anysphere__Composer-2'), licenses, parents)
  const forkParents = { ...parents, 'anysphere/Composer-2': composer }
  return {
    composer,
    forkA: await registerDraft(cast.forkA, await draftOf('fork-a__composer-2-open'), licenses, forkParents),
    forkB: await registerDraft(cast.forkB, await draftOf('fork-b__k2p5-coder-mit'), licenses, forkParents),
  }
}

async function askAll(
  reading: string,
  act: string,
  cast: Cast,
  models: Models,
  say: (line: string) => void,
): Promise<Answer[]> {
  const questions: [who: string, model: ModelId, use: Right, licensee: Address, facts: Facts][] = [
    ["Composer 2's publisher", models.composer, 'commercial', cast.publisher, PUBLISHER],
    ['a downstream user of Composer 2', models.composer, 'commercial', cast.user, SMALL],
    ['a user of the fork of Composer 2', models.forkA, 'redistribute', cast.user, SMALL],
    ['a user of the fork of K2.5', models.forkB, 'redistribute', cast.user, SMALL],
  ]
  const answers: Answer[] = []
  for (const [who, model, use, licensee, facts] of questions) {
    const report = await verifyModel(cast.anysphere, { model, use, policy: { licensee }, facts })
    answers.push({ reading, act, who, use, report })
    say(`May ${who} use it for "${use}"?  ${report.verdict.toUpperCase()}`)
    const reasons = report.findings.filter(({ severity }) => severity !== 'warning' || report.verdict !== 'permitted')
    for (const { severity, reason } of reasons.slice(0, 4)) say(`    ${severity}: ${reason}`)
    const duties = [...new Set(report.obligations.map(({ obligation }) => obligation))]
    if (duties.length > 0) say(`    obligations: ${duties.join(', ')}`)
  }
  return answers
}

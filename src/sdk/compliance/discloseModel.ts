import { ZERO_ADDRESS, type CredentialId, type ModelId } from '../../core/hex.ts'
import { indexLineage, isCredentialValidAt, isExternal } from '../../core/lineage.ts'
import { nameOfUri } from '../../core/modelName.ts'
import { credentialIdOf } from '../../core/tier.ts'
import type { Right } from '../../core/vocabulary.ts'
import type { LicenseEntry } from '../../documents/license.ts'
import { disclose, type Disclosure } from '../../verify/disclosure.ts'
import type { GatedBase, ModelDocuments, ProfileName } from '../../verify/profiles/profile.ts'
import { PROFILES } from '../../verify/profiles/profiles.ts'
import { verifyUses } from '../../verify/verify.ts'
import type { Ledger } from '../connect.ts'
import { listTiers } from '../licensing/listTiers.ts'
import { UnregisteredModelError } from '../registry/readLineage.ts'
import { ledgerAt } from '../ledgerAt.ts'
import { answerReader } from './answerReader.ts'

/**
 * Says what the documents of a registration state, and what profiles make of it: what a commercial deployment lacks (`deployment`), and
 * what follows from the training description under two sets of rules (`eu-gpai`, `cn-filing`). An indication, and never legal advice.
 * About a time of the past (`question.at`) it reads the ledger as it stood then. To read the block of a verdict, give it
 * `ledgerAsOf(ledger, block)`.
 *
 * @example
 * const { findings } = await discloseModel(ledger, { model, documents, licenses, profiles: ['deployment'] })
 *
 * @throws `UnregisteredModelError` when the model is not registered
 */
export async function discloseModel(given: Ledger, parameters: discloseModel.Parameters): Promise<Disclosure> {
  const { model, documents, licenses, profiles, question = {} } = parameters
  const { at } = question
  const ledger = at === undefined ? given : await ledgerAt(given, at)
  const reader = answerReader(ledger)
  const licensee = question.policy?.licensee ?? ZERO_ADDRESS
  const { lineage, timestamp } = await reader.readLineage(model, licensee)
  const [entry] = lineage.models
  const parents = entry!.parents.map((parent) => parent.model)
  const models = indexLineage(lineage)
  const external = parents.filter((id) => models.has(id) && isExternal(models.get(id)!))
  const [registrations, externals] = await Promise.all([
    reader.readRegistrations([model, ...parents]),
    external.length > 0 ? reader.readExternals?.(external) : undefined,
  ])
  const registration = registrations.get(model)
  if (!registration) throw new UnregisteredModelError(model, ledger.deployment.name)
  const asksForCredentials = profiles.some((profile) => PROFILES[profile].asksForCredentials)
  const time = at ?? timestamp
  const held = lineage.models.flatMap((each) =>
    each.credentials
      .filter(({ credential }) => isCredentialValidAt(credential, time))
      .map(({ tier, holder }): CredentialId => credentialIdOf(each.model, tier, holder)),
  )
  return disclose({
    model,
    registration,
    entry: entry!,
    models,
    registrations,
    externals: externals ?? new Map(),
    documents,
    licenses,
    profiles,
    gated: asksForCredentials ? await gatedBases(ledger, reader, model, question) : [],
    credentials: new Set(held),
  })
}

export declare namespace discloseModel {
  type Parameters = {
    model: ModelId
    /** The documents, as they were found. */
    documents: ModelDocuments
    /** The license library, for the licenses of training data. */
    licenses: readonly LicenseEntry[]
    profiles: readonly ProfileName[]
    /** Who asks, whose word counts and as of when, as in a verification. */
    question?: Omit<verifyUses.Parameters, 'model' | 'uses'>
  }
}

/** The ancestors that withhold commercial use from the licensee and from the publishers between, with the tiers that they offer. */
async function gatedBases(
  ledger: Ledger,
  reader: ReturnType<typeof answerReader>,
  model: ModelId,
  question: NonNullable<discloseModel.Parameters['question']>,
): Promise<GatedBase[]> {
  const [report] = await verifyUses(reader, { ...question, model, uses: ['commercial'] })
  const withheld = new Map<ModelId, { path: readonly ModelId[]; rights: Set<Right> }>()
  for (const { code, model: at, path, right } of report!.findings) {
    if (code !== 'right-withheld' || at === model || right === undefined) continue
    const found = withheld.get(at) ?? { path, rights: new Set() }
    withheld.set(at, { ...found, rights: found.rights.add(right) })
  }
  const named = new Map(report!.models.map((each) => [each.model, each]))
  return Promise.all(
    Array.from(withheld, async ([id, { path, rights }]): Promise<GatedBase> => {
      const tiers = (await listTiers(ledger, { model: id })).filter(
        ({ withdrawn, released }) => !withdrawn && !released,
      )
      return {
        model: id,
        name: nameOfUri(named.get(id)?.name || id),
        rights: [...rights],
        path,
        publisher: named.get(id)?.publisher ?? ZERO_ADDRESS,
        tiers: tiers.map(({ tier }) => ({ name: tier.name, open: tier.open })),
      }
    }),
  )
}

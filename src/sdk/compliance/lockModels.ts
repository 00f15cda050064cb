import type { Address } from '../../core/hex.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import type { Standing } from '../../core/report.ts'
import type { Right } from '../../core/vocabulary.ts'
import { lockedLineage, type LockedModel } from '../../documents/lock.ts'
import type { LicenseEntry } from '../../documents/license.ts'
import { answer, type Answer } from '../../verify/answer.ts'
import type { PinBindings } from '../../verify/bindings.ts'
import { standingOf, type Counted, type ProveNames } from '../../verify/standing.ts'
import type { Ledger } from '../connect.ts'
import { UnregisteredModelError } from '../registry/readLineage.ts'
import { readTogether } from './readTogether.ts'

/** Most models that are evaluated at a time. */
const MOST_AT_A_TIME = 8

const NOBODY: Counted = { trusted: new Set(), placed: new Set(), named: new Set(), leftOut: new Set() }

/** A model that is to be locked. */
export type ModelToLock = Pick<LockedModel, 'name' | 'model' | 'subject'> & {
  use: readonly Right[]
  /** Publishers whose word counts for this model. */
  trusted: readonly Address[]
}

/** A model as the ledger has it now, in the form of an entry of a lock file, and what is answered about it. */
export type ModelLocked = { entry: Omit<LockedModel, 'standing'>; standing: Standing; answer: Answer }

/**
 * Reads models as a lock file keeps them, all as of one block. The caller decides whether the publisher of each may be locked.
 *
 * @throws {@link UnregisteredModelError} when one of them is not registered
 */
export async function lockModels(ledger: Ledger, parameters: lockModels.Parameters): Promise<ModelLocked[]> {
  const { models, licenses, prove, pins } = parameters
  const { lineages, reader } = await readTogether(ledger, { models: models.map(({ model }) => model) })
  const registrations = await reader.readRegistrations([...lineages.keys()])
  return mapConcurrent(models, MOST_AT_A_TIME, async ({ name, model, subject, use, trusted }) => {
    const [lineage, registration] = [lineages.get(model), registrations.get(model)]
    if (!lineage || !registration) throw new UnregisteredModelError(model, ledger.deployment.name)
    const { weights, tensors, publisher } = registration
    const found = await answer(reader, {
      asked: { model, name },
      uses: use,
      trusted,
      ...(licenses && { licenses }),
      ...(prove && { prove }),
      ...(pins && { pins }),
    })
    const entry = { name, model, weights, tensors, publisher, use, subject, ...lockedLineage(lineage.models) }
    // What the reader trusts differs between readers; that a publisher is accredited does not.
    const isAccredited = standingOf(lineage.models[0]!, NOBODY) === 'accredited'
    return { entry, standing: isAccredited ? 'accredited' : found.reports[0]!.publisherStanding, answer: found }
  })
}

export declare namespace lockModels {
  type Parameters = {
    models: readonly ModelToLock[]
    licenses?: readonly LicenseEntry[]
    prove?: ProveNames
    pins?: PinBindings
  }
}

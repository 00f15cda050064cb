import type { ExternalName } from '../core/external.ts'
import { nameOfUri } from '../core/modelName.ts'
import type { ModelId } from '../core/hex.ts'
import type { Registration } from '../core/registration.ts'
import type { Ledger } from '../sdk/connect.ts'
import { readExternals } from '../sdk/registry/readExternals.ts'
import { readRegistrations } from '../sdk/registry/readRegistrations.ts'
import { shortId } from './format.ts'

/** Reads what publishers call some models, and the names of external parents among them; the start of the id where nothing is known. */
export async function readModelNames(ledger: Ledger, models: readonly ModelId[]): Promise<Map<ModelId, string>> {
  return namesOf(models, await readNamed(ledger, models))
}

/** What is known of some models and external parents. */
export type Named = {
  registrations: ReadonlyMap<ModelId, Registration>
  externals: ReadonlyMap<ModelId, ExternalName>
}

/** Reads the registrations of some models. Those that are external parents have none; their names are read instead. */
export async function readNamed(ledger: Ledger, models: readonly ModelId[]): Promise<Named> {
  const found = await readRegistrations(ledger, { models })
  const registrations = new Map(found.map(({ model, registration }) => [model, registration]))
  const known = await readExternals(ledger, { ids: models.filter((model) => !registrations.has(model)) })
  return { registrations, externals: new Map([...known].map(([id, { name }]) => [id, name])) }
}

/** A name for each of some models; the start of the id where nothing is known. */
export function namesOf(models: readonly ModelId[], { registrations, externals }: Named): Map<ModelId, string> {
  return new Map(
    models.map((model) => {
      const name = externals.get(model) ?? nameOfUri(registrations.get(model)?.uri ?? '')
      return [model, name || shortId(model)]
    }),
  )
}

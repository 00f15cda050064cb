import type { Ledger } from 'stemma/sdk'

import type { Description, ServedModel } from './ports.ts'

/** Says of each served name which registered model answers. */
export async function createDescription({ models }: { ledger: Ledger; models: readonly ServedModel[] }): Promise<Description> {
  const ids = new Map(models.map(({ name, model }) => [name, model]))
  return {
    headers: (name) => (ids.has(name) ? [['stemma-model', ids.get(name)!]] : []),
    model: (name) => ({ stemma: { model: ids.get(name) } }),
  }
}

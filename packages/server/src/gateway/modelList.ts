import type { ApiDialect, Description, ServedModel } from './ports.ts'

/** When a model began to be served is not known, so all have the same time, which clients want to be there. */
const CREATED = 0

/** The answer to `/v1/models`: what a key covers, in the caller's dialect. */
export function modelList(models: readonly ServedModel[], dialect: ApiDialect, description: Description): object {
  const data = models.map((model) => modelEntry(model, dialect, description))
  if (dialect === 'openai') return { object: 'list', data }
  return { data, has_more: false, first_id: models[0]?.name ?? null, last_id: models.at(-1)?.name ?? null }
}

/** One entry of the list, with what the license asks to pass on. */
export function modelEntry({ name }: ServedModel, dialect: ApiDialect, description: Description): object {
  const words = description.model(name)
  if (dialect === 'openai') return { id: name, object: 'model', created: CREATED, owned_by: 'stemma', ...words }
  const created = new Date(CREATED * 1000).toISOString()
  return { type: 'model', id: name, display_name: name, created_at: created, ...words }
}

import type { Address } from '../core/hex.ts'
import { describeUse } from '../core/registration.ts'
import { shortText } from '../core/text.ts'
import type { PlannedParent } from '../sdk/registry/planImport.ts'

/** What became of a model of an import. */
export type ImportStatus = 'proposed' | 'registered' | 'known' | 'failed'

/** A model of an import, as it is printed in JSON. */
export type ImportRow = {
  /** `owner/name`, with `@` and the revision where one was named. */
  name: string
  named: boolean
  status: ImportStatus
  /** Ids of the model; several where several publishers have registered its weights. */
  models: readonly string[]
  publishers: readonly string[]
  revision: string | null
  weights: string | null
  /** The license as the model states it. */
  license: string | null
  terms: string | null
  parents: readonly {
    name: string
    relation: string
    part?: string
    kind: string
    model: string | null
    by: string | null
  }[]
  notes: readonly string[]
  transaction: string | null
  block: number | null
  error: { code: string; message: string } | null
}

/** A parent as a row has it. @param model its id, where it is known already */
export function importedParent(
  { model: name, relation, part, is }: PlannedParent,
  model: string | null,
): ImportRow['parents'][number] {
  const id = is.kind === 'imported' ? model : is.kind === 'registered' ? is.model : is.id
  const by = is.kind === 'registered' ? is.by : null
  return { name, relation, ...(part && { part }), kind: is.kind, model: id, by }
}

/** An import for people: what is or was registered, what was registered before and by whom, and at the end what failed. */
export function formatImport(rows: readonly ImportRow[]): string {
  const lines = (status: ImportStatus): string[] => rows.filter((row) => row.status === status).flatMap(linesOf)
  const count = (status: ImportStatus): number => rows.filter((row) => row.status === status).length
  const totals = (['proposed', 'registered', 'known', 'failed'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status === 'known' ? 'registered before' : status}`)
  return [
    ...lines('proposed'),
    ...lines('registered'),
    ...lines('known'),
    ...lines('failed'),
    totals.join(', ') || 'nothing to import',
  ].join('\n')
}

/** In whose name an import registers, said before it does. */
export function importPublisher(publisher: Address | undefined): string {
  const who = publisher === undefined ? 'the account that will sign' : publisher
  return `Models are registered in the name of ${who}. Each registration is a statement by that publisher about a model that others may have made; it does not make it theirs, and its maker can register it too.`
}

function linesOf(row: ImportRow): string[] {
  const name = shortText(row.name, 200)
  if (row.status === 'failed') return [`failed ${name}: ${row.error!.code}: ${shortText(row.error!.message, 1000)}`]
  if (row.status === 'known') {
    const by = row.models.map((model, index) => `${model} by ${row.publishers[index]!}`)
    return [`registered before ${name}: ${by.join('; ')}`]
  }
  const id = row.models[0] === undefined ? '' : ` ${row.models[0]}`
  const sent = row.transaction === null ? '' : `, transaction ${row.transaction} in block ${row.block}`
  return [
    `${row.status} ${name}${id}${sent}`,
    `  commit ${row.revision ?? 'unknown'}, license ${row.license === null ? 'none stated' : shortText(row.license, 100)}${row.terms === null ? ' (no terms: grants nothing)' : ''}`,
    ...row.parents.map((parent) => {
      const use = describeUse(parent as Parameters<typeof describeUse>[0])
      const by = parent.by === null ? '' : ` by ${parent.by}`
      const kinds: Record<string, string> = {
        registered: `registered${by}`,
        imported: 'registered by this import',
        external: 'external: nobody has registered it',
      }
      return `  parent ${shortText(parent.name, 200)} (${use}), ${kinds[parent.kind]!}`
    }),
    ...row.notes.map((each) => `  note: ${shortText(each, 1000)}`),
  ]
}

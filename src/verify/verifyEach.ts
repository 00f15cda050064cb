import type { ModelId } from '../core/hex.ts'
import { isExternal, lineageOfOne, type Lineage, type LineageModel } from '../core/lineage.ts'
import type { LedgerReader, ReadBlock } from '../core/ports.ts'
import type { Report } from '../core/report.ts'
import { verify } from './verify.ts'

/**
 * As {@link verify}, for several models whose lineages were read at one block: a report for each, the same as for it alone. Registrations,
 * names and terms are read once for all of them. What publishers call themselves is left out.
 *
 * @param read the lineages of these models: every model among them and its ancestors, each once, in any order
 * @throws as {@link verify}
 */
export async function verifyEach(
  reader: LedgerReader,
  read: ReadBlock & { lineage: Lineage },
  { models, ...question }: verifyEach.Parameters,
): Promise<Map<ModelId, Report>> {
  const within = readOnce(reader, read)
  const reports = await Promise.all(models.map((model) => verify(within, { ...question, model })))
  return new Map(reports.map((report) => [report.model, report]))
}

export declare namespace verifyEach {
  type Parameters = Omit<verify.Parameters, 'model' | 'name' | 'tensors' | 'fileStatements'> & {
    models: readonly ModelId[]
  }
}

/** A reader that answers from one reading of all that these lineages hold, and asks for anything else as before. */
function readOnce(reader: LedgerReader, read: ReadBlock & { lineage: Lineage }): LedgerReader {
  const { readDomains: _, ...others } = reader
  const { lineage } = read
  const all = new Map<ModelId, LineageModel>(lineage.models.map((entry) => [entry.model, entry]))
  const terms = [...lineage.terms.keys()]
  const tiers = new Set(lineage.models.flatMap(({ credentials }) => credentials.map(({ tier }) => tier)))
  const externals = lineage.models.filter(isExternal).map(({ model }) => model)
  return {
    ...others,
    readLineage: async (model, licensee, block) =>
      all.has(model)
        ? { ...read, lineage: lineageOfOne(lineage, all, model, licensee) }
        : reader.readLineage(model, licensee, block),
    readRegistrations: shared([...all.keys()], (ids) => reader.readRegistrations(ids)),
    ...(reader.readExternals && { readExternals: shared(externals, (ids) => reader.readExternals!(ids)) }),
    readTermsLabels: shared(terms, (ids) => reader.readTermsLabels(ids)),
    ...(reader.readTerms && { readTerms: shared(terms, (ids) => reader.readTerms!(ids)) }),
    ...(reader.readTiers && { readTiers: shared([...tiers], (ids) => reader.readTiers!(ids)) }),
  }
}

/** Reads some ids the first time that anything is asked for, and gives of them what is asked for. Others are read when they are. */
function shared<K, V>(
  known: readonly K[],
  readAll: (ids: readonly K[]) => Promise<Map<K, V>>,
): (ids: readonly K[]) => Promise<Map<K, V>> {
  const among = new Set(known)
  let reading: Promise<Map<K, V>> | undefined
  return async (ids) => {
    const others = ids.filter((id) => !among.has(id))
    const [all, more] = await Promise.all([
      (reading ??= readAll(known)),
      others.length > 0 ? readAll(others) : undefined,
    ])
    return new Map(
      ids.flatMap((id) => {
        const value = all.get(id) ?? more?.get(id)
        return value === undefined ? [] : [[id, value] as const]
      }),
    )
  }
}

import { ZERO_ADDRESS, type Digest, type ModelId } from '../core/hex.ts'
import { nameOfUri } from '../core/modelName.ts'
import type { LedgerReader } from '../core/ports.ts'
import type { Finding, FindingCode } from '../core/report.ts'
import { RIGHTS, type Right } from '../core/vocabulary.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { bookOf } from '../verify/licenseBook.ts'
import { verifyUses } from '../verify/verify.ts'
import type { LedgerFacts, RegistrationFacts } from './facts.ts'

/** Most registrations of the same weights that are compared with, the oldest first: anybody can register weights again. */
const MOST_REGISTRATIONS = 8
/** How `verify` says that the terms of a model contradict those of what it was made from. */
const CONFLICTS: readonly FindingCode[] = [
  'label-void',
  'label-doubtful',
  'relabeled',
  'terms-differ',
  'parent-undisclosed',
]

/**
 * Reads what a ledger says of weights, for the scanners that compare with it: terms, lineages, and where the terms of a model contradict
 * those of its ancestors. Every publisher's word counts, because what is asked is what was stated.
 *
 * @param licenses the license library, by which terms are named
 * @throws what the reader throws
 */
export async function readLedgerFacts(
  reader: LedgerReader,
  weights: Digest,
  licenses: readonly LicenseEntry[],
): Promise<LedgerFacts> {
  const models = (await reader.findByWeights(weights)).slice(0, MOST_REGISTRATIONS)
  let block = 0
  const registrations: RegistrationFacts[] = []
  for (const model of models) {
    const read = await readOne(reader, model, licenses)
    block = Math.max(block, read.block)
    registrations.push(read.facts)
  }
  return { block, registrations }
}

async function readOne(
  reader: LedgerReader,
  model: ModelId,
  licenses: readonly LicenseEntry[],
): Promise<{ block: number; facts: RegistrationFacts }> {
  const { lineage, block } = await reader.readLineage(model, ZERO_ADDRESS)
  const registrations = await reader.readRegistrations(lineage.models.map((each) => each.model))
  const uris = [...registrations.values()].map(({ uri }) => uri)
  const ids = lineage.models.flatMap((each) => [each.model, ...each.parents.map((parent) => parent.model)])
  const trusted = lineage.models.map(({ publisher }) => publisher)
  const { terms } = lineage.models[0]!
  const label = (await reader.readTermsLabels([terms])).get(terms)
  const parts = label && label.parts.length > 0 ? label.parts : [{ id: terms, name: label?.name }]
  const book = bookOf(licenses)
  return {
    block,
    facts: {
      model,
      name: nameOfUri(registrations.get(model)?.uri ?? ''),
      terms: parts.map(({ id, name }) => ({
        license: book.byTerms.get(id)?.id ?? name ?? null,
        licenseName: null,
        licenseLink: null,
      })),
      lineage: { uris, ids: [...new Set(ids)] },
      conflicts: await readConflicts(reader, { model, trusted, licenses }),
    },
  }
}

async function readConflicts(
  reader: LedgerReader,
  question: Omit<verifyUses.Parameters, 'uses'>,
): Promise<RegistrationFacts['conflicts']> {
  const reports = await verifyUses(reader, { ...question, uses: Object.keys(RIGHTS) as Right[] })
  const found = new Map<string, Finding>()
  for (const finding of reports.flatMap(({ findings }) => findings)) {
    if (CONFLICTS.includes(finding.code)) found.set(`${finding.code} ${finding.model} ${finding.reason}`, finding)
  }
  return [...found.values()].map(({ severity, reason, remedy }) => ({ severity, reason, remedy }))
}

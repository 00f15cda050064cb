import { readFileStatements, type NamedParents } from '../../artifacts/fileStatements.ts'
import { readModelText } from '../../artifacts/modelText.ts'
import { modelNameKey } from '../../core/modelName.ts'
import { shortText } from '../../core/text.ts'
import { namesModelOf } from '../../interop/lineageNames.ts'
import { parentsOfConfig } from '../../interop/parentFiles.ts'
import { ledgerFactsOf, type RegistrationFacts } from '../facts.ts'
import { modelFilesOf } from '../modelFiles.ts'
import type { ModelView, Rule, ScanContext, Scanner } from '../ports.ts'

/** Files whose `_name_or_path` says what a program loaded before it saved them. */
const CONFIGS = ['config.json', 'model_index.json']
/** Most parents that are named for a registration; a card can state any number. */
const MOST_NAMED = 100

const UNDECLARED: Rule = {
  id: 'provenance.undeclared-parent',
  level: 'fail',
  finds: 'A card, a configuration or a header names a parent that the registration does not.',
  remedy:
    'Ask the publisher whether it was made from that model: the terms of an undeclared parent count too. To bring it on the ledger: stemma claim file.',
}
const HINT: Rule = {
  id: 'provenance.loaded-from',
  level: 'warn',
  finds: 'A configuration says that it was saved from a model that the registration does not name.',
  remedy: 'Compare the weights with those of that model: stemma weights compare.',
}
const UNREGISTERED: Rule = {
  id: 'provenance.unregistered',
  level: 'note',
  finds: 'Nobody registered these weights, and a file names what they were made from.',
  remedy: 'Ask the publisher to register the model with its parents.',
}

/** Compares what cards, configurations, merge recipes and GGUF headers say a model was made from with the registered lineage. */
export const provenanceScanner: Scanner = {
  id: 'provenance',
  version: 1,
  rules: [UNDECLARED, HINT, UNREGISTERED],
  settings: { mostNamed: MOST_NAMED },
  async scanModel(model, context) {
    const ledger = ledgerFactsOf(context.facts)
    if (ledger === null) return
    const { parents } = await readFileStatements({ contents: modelFilesOf(model) }, [])
    const hints = await readHints(model)
    if (ledger.registrations.length === 0) {
      for (const { origin, names } of parents)
        for (const name of names) report(context, UNREGISTERED, `${origin} names ${shortText(name, 80)}`)
    }
    for (const registration of ledger.registrations) {
      reportUnknown(context, UNDECLARED, registration, parents)
      reportUnknown(context, HINT, registration, hints)
    }
  },
}

function reportUnknown(
  context: ScanContext,
  rule: Rule,
  { lineage, model }: RegistrationFacts,
  stated: readonly NamedParents[],
): void {
  const isKnown = namesModelOf(lineage)
  const reported = new Set<string>()
  for (const { origin, names } of stated) {
    for (const name of names) {
      const key = modelNameKey(name)
      if (reported.has(key) || reported.size >= MOST_NAMED || isKnown(name)) continue
      reported.add(key)
      report(context, rule, `${origin} names ${shortText(name, 80)}, which the lineage of ${model} does not have`)
    }
  }
}

async function readHints(model: ModelView): Promise<NamedParents[]> {
  const files = modelFilesOf(model).filter(({ name }) => CONFIGS.includes(name))
  const sources = await Promise.all(files.map(async (file) => parentsOfConfig(await readModelText(file), file.name)))
  return sources.map(({ origin, parents }) => ({ origin, names: parents }))
}

function report(context: ScanContext, { id, level, remedy }: Rule, what: string): void {
  context.found({ rule: id, level, what, remedy })
}

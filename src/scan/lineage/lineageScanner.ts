import { readFileStatements } from '../../artifacts/fileStatements.ts'
import { StemmaError } from '../../core/errors.ts'
import { sha256, sha256Text } from '../../core/sha256.ts'
import { compareCodePoints, quoted, shortText } from '../../core/text.ts'
import { bandOf } from '../../fingerprint/compareWithSketches.ts'
import { compareWithSketch, type Comparison } from '../../fingerprint/compareWithSketch.ts'
import { claimCommand, equalWords, pairingWords, placesWords, verdictWords } from '../../fingerprint/comparisonWords.ts'
import { CALIBRATION } from '../../fingerprint/lines.ts'
import { makeProbe, type Anchored } from '../../fingerprint/probe.ts'
import { CannotSketchError } from '../../fingerprint/readers/content.ts'
import { openSketchSource, type OpenedSource } from '../../fingerprint/readers/openSketchSource.ts'
import type { Sketch } from '../../fingerprint/sketch.ts'
import { parseSketch } from '../../fingerprint/sketchBytes.ts'
import { namesModelOf } from '../../interop/lineageNames.ts'
import { lineageFactsOf, type LineageFacts, type SketchFacts, type Standing } from '../facts.ts'
import { modelFilesOf } from '../modelFiles.ts'
import type { Level, ModelView, ScanContext, Scanner } from '../ports.ts'
import { probeGroups } from './probeGroups.ts'
import { MOST_SETS, RULES, SETTINGS } from './rules.ts'
import { readSmallFile } from './sketchFile.ts'
import { weightSetsOf, type WeightSet } from './weightSets.ts'

/** Most models that a finding names. */
const MOST_NAMED = 5

/** Compares the weights with the sketches of registered models, and finds those of which they are not independent without saying so. */
export const lineageScanner: Scanner = {
  id: 'undeclared-lineage',
  version: 1,
  rules: Object.values(RULES),
  settings: SETTINGS,
  async scanModel(model, context) {
    const facts = lineageFactsOf(context.facts)
    if (facts === null) return
    const { sets, unread } = weightSetsOf(model)
    reportUnread(context, sets, unread)
    const isStated = await statedByFiles(model, facts)
    for (const set of sets.slice(0, MOST_SETS)) {
      await compareSet(set, facts, {
        context,
        leaves: sets.length === 1 ? facts.leaves : undefined,
        standingOf: (sketch) => isStated(sketch) ?? sketch.standing,
      })
    }
    const digests = facts.sketches.map(({ digest }) => digest).toSorted(compareCodePoints)
    const what = `compared with ${digests.length} sketches, whose digests in order have the SHA-256 ${sha256Text(digests.join('\n'))}`
    if (sets.length > 0) context.found({ rule: RULES.compared.id, what })
  },
}

function reportUnread(context: ScanContext, sets: readonly WeightSet[], unread: readonly string[]): void {
  const { id } = RULES.cannotTell
  for (const file of unread) context.found({ rule: id, file, what: 'the format of these weights has no reader' })
  if (sets.length > MOST_SETS)
    context.found({ rule: id, what: `only ${MOST_SETS} of ${sets.length} sets of weights were compared` })
  if (sets.length + unread.length === 0)
    context.found({ rule: id, level: 'note', what: 'there are no weights in safetensors, GGUF or ONNX' })
}

/** What the files of a model that nobody registered state of the model of a sketch: then their word is all there is. */
async function statedByFiles(
  model: ModelView,
  { models }: LineageFacts,
): Promise<(sketch: SketchFacts) => Standing | undefined> {
  if (models.length > 0) return () => undefined
  const { parents } = await readFileStatements({ contents: modelFilesOf(model) }, [])
  const names = parents.flatMap((each) => each.names)
  return ({ self, lineage }) => {
    if (names.some(namesModelOf(self))) return 'declared'
    return names.some(namesModelOf(lineage)) ? 'shared' : undefined
  }
}

type Comparing = {
  context: ScanContext
  leaves: LineageFacts['leaves'] | undefined
  standingOf: (sketch: SketchFacts) => Standing
}

async function compareSet(set: WeightSet, facts: LineageFacts, comparing: Comparing): Promise<void> {
  const { context, leaves } = comparing
  const { id } = RULES.cannotTell
  const { name: file } = set
  try {
    const opened = await openSketchSource(set.files, { leaves })
    if (opened.reason !== null)
      context.found({
        rule: id,
        file,
        level: levelOf(opened.isOutOfReach),
        what: `layers are not read: ${opened.reason}`,
      })
    compareAll(opened, file, facts, comparing)
  } catch (error) {
    // A fault of the file: the process that judges ends on any other, and says so.
    if (!(error instanceof StemmaError)) throw error
    context.found({
      rule: id,
      file,
      level: levelOf(error instanceof CannotSketchError && error.isOutOfReach),
      what: shortText(error.message, 300),
    })
  }
}

function levelOf(isOutOfReach: boolean): Level {
  return isOutOfReach ? 'note' : RULES.cannotTell.level
}

/** Of each sketch, only its anchors are in memory all the time. */
type Anchors = Anchored & { facts: SketchFacts }

function compareAll(
  opened: OpenedSource,
  file: string,
  { weights, models, sketches }: LineageFacts,
  comparing: Comparing,
): void {
  const { context, standingOf } = comparing
  const { source, exact } = opened
  const anchors = sketches.flatMap((facts): Anchors[] => {
    const sketch = readSketch(facts)
    return sketch === undefined ? [] : [{ facts, isSecret: sketch.isSecret, anchors: sketch.anchors }]
  })
  const changed = sketches.length - anchors.length
  const { groups, left } = probeGroups(source, anchors)
  const untold: string[] = []
  for (const group of groups) {
    const probe = makeProbe(source, group, { exact })
    for (const { facts } of group) {
      const sketch = readSketch(facts)
      if (sketch === undefined) continue
      const comparison = compareWithSketch(probe, sketch, { band: bandOf(probe, sketch, sketches.length) })
      if (comparison.verdict === 'cannot-tell') untold.push(facts.name)
      if (comparison.found.length > 0 || comparison.verdict === 'same-weights')
        reportFound(context, file, { facts, comparison, standing: standingOf(facts), weights, models })
    }
  }
  const rule = RULES.cannotTell.id
  if (untold.length > 0 && opened.reason === null)
    context.found({ rule, file, level: 'note', what: `no test applies to the pair with ${listOf(untold)}` })
  if (left.length + changed > 0)
    context.found({
      rule,
      file,
      what: `${left.length + changed} sketches were not compared: their anchors need too much memory, or their files changed`,
    })
}

/** The sketch in a file, if it is still the one whose digest was checked. */
function readSketch({ path, digest }: SketchFacts): Sketch | undefined {
  const bytes = readSmallFile(path)
  return bytes === undefined || sha256(bytes) !== digest ? undefined : parseSketch(bytes)
}

type Found = Pick<LineageFacts, 'weights' | 'models'> & {
  facts: SketchFacts
  comparison: Comparison
  standing: Standing
}

const WHY: Readonly<Record<Exclude<Standing, 'declared'>, string>> = {
  undeclared: 'neither is declared to be an ancestor of the other',
  later: 'it was registered after these weights',
  shared: 'both have a declared ancestor in common',
}

function reportFound(context: ScanContext, file: string, found: Found): void {
  const { facts, comparison, weights, models } = found
  if (found.standing === 'declared') return
  // What both inherit explains a likeness; that all tensors are equal, it does not.
  const standing = found.standing === 'shared' && comparison.verdict === 'same-weights' ? 'undeclared' : found.standing
  const rule = standing === 'undeclared' ? RULES.undeclared : RULES.related
  const model = facts.model === null ? '' : ` (${facts.model})`
  const { independentPairs, bases } = CALIBRATION
  const what = [
    `${verdictWords(comparison.verdict, facts.name)}${model}, and ${WHY[standing]}`,
    `places ${placesWords(comparison)}`,
    `pairing ${pairingWords(comparison)}`,
    `equal ${equalWords(comparison)}`,
    `lines set on ${independentPairs} independent pairs of ${bases} bases, with none above`,
    `sketch ${facts.digest}`,
  ].join('. ')
  const claim = claimCommand({
    subject: models[0] ?? weights,
    isProduct: models.length === 0,
    parent: facts.model ?? undefined,
  })
  context.found({
    rule: rule.id,
    file,
    what,
    ...(standing === 'shared' && { level: 'note' as const }),
    ...(standing === 'undeclared' && { remedy: `${rule.remedy} To bring it on the ledger: ${claim}` }),
  })
}

function listOf(names: readonly string[]): string {
  const some = names.slice(0, MOST_NAMED).map(quoted).join(', ')
  return names.length > MOST_NAMED ? `${some} and ${names.length - MOST_NAMED} more` : some
}

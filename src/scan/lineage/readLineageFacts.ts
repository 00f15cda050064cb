import { ZERO_ADDRESS, type Digest, type ModelId } from '../../core/hex.ts'
import type { LineageModel } from '../../core/lineage.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import { nameOfUri } from '../../core/modelName.ts'
import type { LedgerReader } from '../../core/ports.ts'
import type { Registration } from '../../core/registration.ts'
import { annexDigest } from '../../documents/annex.ts'
import { LINES } from '../../fingerprint/lines.ts'
import type { LineageFacts, SketchFacts, Standing } from '../facts.ts'
import { listSketches, type ListedSketch, type RefusedSketch } from './listSketches.ts'

/** Name of the public sketch in an annex. */
const IN_ANNEX = 'sketch-1'
/** Most registrations of the same weights that are compared with, the oldest first: anybody can register weights again. */
const MOST_REGISTRATIONS = 8
/** Registrations that are asked for at once, and lineages. */
const [MOST_IDS, MOST_CALLS] = [100, 8]

/** The sketches that weights are compared with, and those of the folder that do not count. */
export type ReadLineageFacts = { facts: LineageFacts; refused: readonly RefusedSketch[] }

/**
 * Reads the sketches of a folder for the scanner of undeclared lineage. With a ledger, a sketch counts only where the registration that its name
 * names commits to it.
 *
 * @param reader the ledger; without one, every sketch counts, and nothing is declared
 * @throws `SketchFolderError`, what the reader throws
 */
export async function readLineageFacts(
  folder: string,
  weights: Digest,
  reader?: LedgerReader,
): Promise<ReadLineageFacts> {
  const { sketches, refused } = await listSketches(folder)
  if (reader === undefined) return { facts: { weights, models: [], sketches: sketches.map(unregistered) }, refused }
  const models = (await reader.findByWeights(weights)).slice(0, MOST_REGISTRATIONS)
  const own = await mapConcurrent(models, MOST_CALLS, (model) => readLineage(reader, model))
  const committed = await committedOf(reader, sketches, refused)
  const lineages = await mapConcurrent(committed, MOST_CALLS, ({ model }) => readLineage(reader, model))
  const counted = withoutLaterCopies(committed, lineages, refused)
  const uris = await urisOf(reader, new Set(counted.flatMap(([, lineage]) => lineage.map(({ model }) => model))))
  const facts = counted.map(([each, lineage]) => factsOf(each, lineage, own, uris))
  return { facts: { weights, models, sketches: facts }, refused }
}

function unregistered({ name, path, digest }: ListedSketch): SketchFacts {
  // Folders of examples write the slash of a name in this way.
  const uri = name.replace('__', '/')
  const names = { uris: [uri], ids: [] }
  return { digest, path, name: uri, model: null, self: names, lineage: names, standing: 'undeclared' }
}

type Committed = ListedSketch & { model: ModelId; registration: Registration }

/** The sketches to which their registrations commit. */
async function committedOf(
  reader: LedgerReader,
  sketches: readonly ListedSketch[],
  refused: RefusedSketch[],
): Promise<Committed[]> {
  const committed: Committed[] = []
  for (let first = 0; first < sketches.length; first += MOST_IDS) {
    const some = sketches.slice(first, first + MOST_IDS)
    const registrations = await reader.readRegistrations(some.flatMap(({ model }) => model ?? []))
    for (const sketch of some) {
      const registration = sketch.model === null ? undefined : registrations.get(sketch.model)
      const why = whyNot(sketch, registration)
      if (why === null) committed.push({ ...sketch, model: sketch.model!, registration: registration! })
      else refused.push({ name: sketch.name, why })
    }
  }
  return committed
}

function whyNot({ model, annex, digest }: ListedSketch, registration: Registration | undefined): string | null {
  if (model === null) return 'its name is not the id of a model'
  if (registration === undefined) return 'the ledger has no such model'
  if (annex === null) return 'there is no annex beside it'
  if (annexDigest(annex) !== registration.annex) return 'the annex beside it is not that of the registration'
  return annex[IN_ANNEX] === digest ? null : `the annex commits to another sketch`
}

/** A model with all its ancestors. */
async function readLineage(reader: LedgerReader, model: ModelId): Promise<readonly LineageModel[]> {
  return (await reader.readLineage(model, ZERO_ADDRESS)).lineage.models
}

/**
 * Leaves out sketches that have rows of one that was registered earlier, by a model that they do not declare: who registers the sketch of another's
 * model once more would make an undeclared parent of himself.
 */
function withoutLaterCopies(
  committed: readonly Committed[],
  lineages: readonly (readonly LineageModel[])[],
  refused: RefusedSketch[],
): [Committed, readonly LineageModel[]][] {
  const pairs = committed.map((each, index) => [each, lineages[index]!] as const)
  const oldestFirst = pairs.toSorted(([, [a]], [, [b]]) => a!.registeredAt - b!.registeredAt)
  const owners = new Map<string, ModelId>()
  const counted = new Set<Committed>()
  for (const [each, lineage] of oldestFirst) {
    const declared = new Set(idsOf(lineage))
    const others = each.rows.flatMap((row) => owners.get(row) ?? []).filter((model) => !declared.has(model))
    if (others.length >= LINES.equalRows) {
      refused.push({
        name: each.name,
        why: `it has rows of ${others[0]}, which is older, and which it does not declare`,
      })
      continue
    }
    counted.add(each)
    for (const row of each.rows) if (!owners.has(row)) owners.set(row, each.model)
  }
  return pairs.filter(([each]) => counted.has(each)).map(([each, lineage]) => [each, lineage])
}

/** The addresses of some registrations. */
async function urisOf(reader: LedgerReader, models: ReadonlySet<ModelId>): Promise<Map<ModelId, string>> {
  const [all, uris] = [[...models], new Map<ModelId, string>()]
  for (let first = 0; first < all.length; first += MOST_IDS) {
    const registrations = await reader.readRegistrations(all.slice(first, first + MOST_IDS))
    for (const [model, { uri }] of registrations) uris.set(model, uri)
  }
  return uris
}

function factsOf(
  { digest, path, model, registration }: Committed,
  lineage: readonly LineageModel[],
  own: readonly (readonly LineageModel[])[],
  uris: ReadonlyMap<ModelId, string>,
): SketchFacts {
  const ids = idsOf(lineage)
  return {
    digest,
    path,
    name: nameOfUri(registration.uri),
    model,
    self: { uris: [registration.uri], ids: [model] },
    lineage: { uris: lineage.flatMap((each) => uris.get(each.model) ?? []), ids },
    standing: standingOf(lineage, new Set(ids), own),
  }
}

function idsOf(lineage: readonly LineageModel[]): ModelId[] {
  return [...new Set(lineage.flatMap(({ model, parents }) => [model, ...parents.map((parent) => parent.model)]))]
}

function standingOf(
  lineage: readonly LineageModel[],
  ids: ReadonlySet<ModelId>,
  own: readonly (readonly LineageModel[])[],
): Standing {
  const [itself] = lineage
  if (own.some((each) => ids.has(each[0]!.model) || idsOf(each).includes(itself!.model))) return 'declared'
  if (own.some((each) => idsOf(each).some((id) => ids.has(id)))) return 'shared'
  return own.some(([model]) => model!.registeredAt < itself!.registeredAt) ? 'later' : 'undeclared'
}

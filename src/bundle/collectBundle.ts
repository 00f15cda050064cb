import { encodeBlockHeader, readBlockHeader } from '../core/blockHeader.ts'
import { isExternal } from '../core/lineage.ts'
import { keccak } from '../core/hex.ts'
import type { ProofSource } from '../core/ports.ts'
import { recordPlace, attestedPlace, verifiedPlace } from './statePlaces.ts'
import { readQuestion } from './bundleState.ts'
import type { Bundle, BundleQuestion } from './document.ts'
import { ProvenState } from './provenState.ts'
import { RecordedState } from './recordedState.ts'
import { valueOf } from './stateSource.ts'

/**
 * Collects all that answers a question offline, as of the latest block. What the node says is checked as a reader of the bundle will
 * check it, so that a node that lies, or changes its chain meanwhile, is noticed here.
 *
 * @example
 * const question = { models: [model], weights: null, uses: ['commercial'], licensee, operators: [] }
 * const bundle = await collectBundle(proofSource(ledger), question)
 *
 * @throws `UnregisteredModelError` when a model is not registered
 * @throws {@link InvalidProofAnswerError} {@link NotOnNodeError} `InvalidBlockHeaderError` when the node does not show what it should
 * @throws {@link NotInBundleError} `InvalidProofError` when its proofs do not hold
 */
export async function collectBundle(source: ProofSource, question: BundleQuestion): Promise<Bundle> {
  const header = encodeBlockHeader(await source.readBlock())
  const { number, stateRoot } = readBlockHeader(header)
  const recorded = new RecordedState(source, number)
  const read = await Promise.all(question.models.map((model) => source.readLineage(model, question.licensee, number)))
  const models = read.flatMap(({ lineage }) => lineage.models)
  // The walk below goes from parents to parents. Who they are is known already, so all can be asked for at once.
  await Promise.all(
    models.flatMap((entry) => [
      valueOf(recorded, recordPlace(entry.model)),
      ...(isExternal(entry)
        ? []
        : [
            recorded.registration(entry.model),
            valueOf(recorded, attestedPlace(entry.model, 'count')),
            valueOf(recorded, verifiedPlace(entry.publisher, 'verifiedUntil')),
          ]),
    ]),
  )
  const { lineages } = await readQuestion(recorded, question)
  const unregistered = lineages.flatMap((lineage) => lineage.models.filter(isExternal)).map(({ model }) => model)
  const externals = await source.readExternals([...new Set(unregistered)])
  const { chainId, contracts } = source.deployment
  const bundle: Bundle = {
    version: 1,
    chainId,
    ledger: contracts.ledger,
    question,
    header,
    nodes: [...recorded.nodes.values()],
    registrations: [...recorded.registrations.values()],
    terms: Array.from(recorded.published.values(), (entry) => ('terms' in entry ? entry.terms : entry.set)),
    tiers: [...recorded.tiers.values()],
    externals: Array.from(externals.values(), ({ name }) => name),
  }
  const proven = new ProvenState(bundle, source.deployment, stateRoot)
  await readQuestion(proven, question)
  const unused = new Set(proven.unusedNodes())
  return { ...bundle, nodes: bundle.nodes.filter((node) => !unused.has(keccak(node))) }
}

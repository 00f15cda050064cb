import { readBlockHeader } from '../core/blockHeader.ts'
import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import { externalIdOf } from '../core/external.ts'
import type { Digest, ModelId, TermsId } from '../core/hex.ts'
import { isExternal } from '../core/lineage.ts'
import type { ExternalParent, LedgerReader, TermsLabel, Verification } from '../core/ports.ts'
import { provedBody, termsLabelOf } from '../core/publishedTerms.ts'
import type { TermsBody } from '../core/termsBody.ts'
import { readQuestion, readRegistered, type BundleSubject } from './bundleState.ts'
import { InvalidBundleError, type Bundle, type BundleQuestion } from './document.ts'
import { readAnchored, readVerification } from './ledgerState.ts'
import { ProvenState, UnusedInBundleError } from './provenState.ts'

/** A bundle whose every part is proved: it reads as any source of verification does, and opens no connection. */
export type OpenBundle = {
  reader: LedgerReader
  question: BundleQuestion
  /** The block that all is as of. The time is in Unix seconds. */
  block: { number: number; hash: Digest; timestamp: number }
  /** What the ledger holds of the models that were asked about, beside what a verdict rests on. */
  subjects: readonly BundleSubject[]
}

/**
 * What a bundle cannot show: what came after its block, and what only events say, of which a prover can leave out any.
 */
export const BUNDLE_LIMITS: readonly string[] = [
  'what happened after its block: recalls, revocations, rulings and new claims',
  'that no other model is registered with the same weights, or under the name of an external parent',
  'claims that are pending and not accepted for ruling',
  'what external parents are called, where it leaves the name out',
  'which publishers prove a name, and what publishers state that external parents are',
  'calls that no operator has anchored',
]

/**
 * Opens a bundle and proves all of it: the block by the hash that the reader trusts, the state by the block, every word that the question
 * needs by the state, absence too, and what events hold by ids. The contracts are those of the reader's own deployment; the bundle
 * chooses none. Anything in it that the answer does not need is refused.
 *
 * @throws {@link OtherLedgerError} when the bundle is of another ledger than the deployment
 * @throws {@link UntrustedBlockError} when it is not of the trusted block
 * @throws {@link NotInBundleError} {@link UnusedInBundleError} {@link OtherCodeError} {@link LedgerStateError} `InvalidProofError`
 * `InvalidBlockHeaderError` `InvalidRlpError` {@link InvalidBundleError} when it does not prove what it should, or holds more
 */
export async function openBundle(bundle: Bundle, trust: openBundle.Trust): Promise<OpenBundle> {
  const { deployment, trustedBlock } = trust
  const { question } = bundle
  if (bundle.chainId !== deployment.chainId || bundle.ledger !== deployment.contracts.ledger) {
    throw new OtherLedgerError(bundle, deployment)
  }
  const header = readBlockHeader(bundle.header)
  if (header.hash !== trustedBlock) throw new UntrustedBlockError(header, trustedBlock)
  const state = new ProvenState(bundle, deployment, header.stateRoot)
  const { lineages, recalled, subjects } = await readQuestion(state, question)
  if (question.weights !== null) {
    for (const model of question.models) {
      if (state.registrations.get(model)!.weights !== question.weights) throw new UnusedInBundleError(`model ${model}`)
    }
  }
  const times = lineages.map(({ models }) => models[0]!.registeredAt)
  if (times.some((time, index) => time < times[index - 1]!)) {
    throw new InvalidBundleError('bundle.question.models', question.models, 'the models with the weights, oldest first')
  }
  const external = new Set(lineages.flatMap(({ models }) => models.filter(isExternal)).map(({ model }) => model))
  const externals = new Map<ModelId, ExternalParent>()
  for (const name of bundle.externals) {
    const id = externalIdOf(name)
    if (!external.delete(id)) throw new UnusedInBundleError(`the name ${name}`)
    externals.set(id, { name, registered: [] })
  }
  state.requireAllUsed()
  const { number, hash, timestamp } = header
  const block = { chainId: deployment.chainId, block: number, timestamp }
  const read = new Map(question.models.map((model, index) => [`${model} ${question.licensee}`, lineages[index]!]))
  const reader: LedgerReader = {
    ...readerOf(state, question, externals),
    readLineage: async (model, licensee) => ({
      ...block,
      lineage: read.get(`${model} ${licensee}`) ?? (await readRegistered(state, model, licensee)),
    }),
    // All registrations of a bundle are of its lineages, whose recalls are read.
    readRecalled: async (models) => new Set(models.map(({ model }) => model).filter((model) => recalled.has(model))),
  }
  return { reader, question, block: { number, hash, timestamp }, subjects }
}

export declare namespace openBundle {
  /** What a reader trusts, of its own knowledge. */
  type Trust = {
    /** Where the reader knows the ledger to be. */
    deployment: Deployment
    /** The hash of a block that the reader trusts, such as from its own node or a checkpoint. */
    trustedBlock: Digest
  }
}

function readerOf(
  state: ProvenState,
  question: BundleQuestion,
  externals: ReadonlyMap<ModelId, ExternalParent>,
): Omit<LedgerReader, 'readLineage' | 'readRecalled'> {
  return {
    source: 'bundle',
    readRegistrations: async (models) => found(models, (model) => state.registrations.get(model)),
    readExternals: async (ids) => found(ids, (id) => externals.get(id)),
    readTermsLabels: async (ids) => found(ids, (id) => termsLabelOf(id, state.published)),
    readTerms: async (ids) => found(ids, (id) => labelledBody(id, state)),
    readTiers: async (ids) => found(ids, (id) => state.tiers.get(id)),
    readUsage: (credentials, operators) => readAnchored(state, credentials, operators),
    async readVerifications(publishers): Promise<Map<(typeof publishers)[number], Verification>> {
      const read = await Promise.all(publishers.map((publisher) => readVerification(state, publisher)))
      return new Map(publishers.flatMap((publisher, index) => (read[index] ? [[publisher, read[index]]] : [])))
    },
    findByWeights: async (weights) =>
      question.models.filter((model) => state.registrations.get(model)!.weights === weights),
  }
}

function labelledBody(id: TermsId, { published }: ProvenState): (TermsLabel & { body: TermsBody }) | undefined {
  const [label, body] = [termsLabelOf(id, published), provedBody(id, published)]
  return label && body && { ...label, body }
}

function found<K, V>(keys: readonly K[], entryOf: (key: K) => V | undefined): Map<K, V> {
  const entries = keys.map((key) => [key, entryOf(key)] as const)
  return new Map(entries.filter((entry): entry is readonly [K, V] & { 1: V } => entry[1] !== undefined))
}

/** Thrown when a bundle is of another ledger than the reader's deployment. */
export class OtherLedgerError extends StemmaError {
  override name = 'OtherLedgerError'
  constructor({ chainId, ledger }: Bundle, deployment: Deployment) {
    super(
      'BUNDLE_OTHER_LEDGER',
      `The bundle is of the ledger ${ledger} on chain ${chainId}, and the deployment "${deployment.name}" is ${deployment.contracts.ledger} on chain ${deployment.chainId}. Choose the bundle's deployment by --deployment.`,
    )
  }
}

/** Thrown when a bundle is not of the block that the reader trusts. */
export class UntrustedBlockError extends StemmaError {
  override name = 'UntrustedBlockError'
  override readonly kind = 'undecided'
  constructor({ number, hash }: { number: number; hash: Digest }, trusted: Digest) {
    super(
      'BUNDLE_UNTRUSTED_BLOCK',
      `The bundle is of block ${number}, ${hash}, and you trust block ${trusted}. Take a bundle of that one, or get the hash of block ${number} from a source that you trust.`,
    )
  }
}

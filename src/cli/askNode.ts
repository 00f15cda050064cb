import type { Context } from '../console/context.ts'
import { askThen } from '../sdk/compliance/askThen.ts'
import { askVerdict } from '../sdk/compliance/askVerdict.ts'
import { checkDeployment, openLedger, type Ledger } from '../sdk/connect.ts'
import { ledgerAsOf } from '../sdk/ledgerAsOf.ts'
import { ledgerAt } from '../sdk/ledgerAt.ts'
import { readingOnly } from '../sdk/nodeErrors.ts'
import { resolveServing, type CountingStatement } from '../sdk/audit/resolveServing.ts'
import { findModels } from '../sdk/registry/findModels.ts'
import type { CountingOptions } from '../sdk/registry/resolveModel.ts'
import type { Asked } from '../verify/answer.ts'
import type { TrustPolicy } from '../verify/policy.ts'
import { UnregisteredWeightsError } from '../verify/verifyWeights.ts'
import { asksForDocuments, discloseOptions } from './disclosed.ts'
import { modelNamed } from './names.ts'
import { read } from './open.ts'
import { pinnedBindings } from './pinnedBindings.ts'
import { pinnedProver } from './pinnedProver.ts'
import type { EndpointTarget, Target } from './target.ts'
import { trustedOf, type VerifyAnswer, type VerifyArguments, type VerifyOptions } from './verifyArguments.ts'

/** A question to a node about what it is asked for. */
type NodeQuestion = Pick<VerifyArguments, 'question' | 'maxAge'> & { target: Target | EndpointTarget }

/**
 * Asks the node that the options name. The lineage of an id names the chain on which it was read, so the contracts are checked meanwhile.
 * A search for weights or a name finds nothing on the wrong chain, which must not pass as an answer: there the check comes first.
 */
export function askNode(context: Context, options: VerifyOptions, asked: NodeQuestion): Promise<VerifyAnswer> {
  const ask = (ledger: Ledger): Promise<VerifyAnswer> => askLedger(context, options, asked, ledger)
  return asked.target.kind === 'id'
    ? read(context, options, (ledger) => meanwhile(ask(ledger), checkDeployment(ledger)), openLedger)
    : read(context, options, ask)
}

async function askLedger(
  context: Context,
  options: VerifyOptions,
  { question: { now, ...question }, maxAge, target }: NodeQuestion,
  live: Ledger,
): Promise<VerifyAnswer> {
  const { policy, facts, at } = question
  // Whose word counts is the reader's to say, and is as of now.
  const counting = await countingOf(context, options, policy, live, maxAge)
  const pins = pinnedBindings(context, live)
  const ledger = await ledgerFor(live, at, asksForDocuments(options))
  let served: readonly CountingStatement[] | undefined
  const answer = await askThen(ledger, at ?? now, queryOf(target), async () => {
    if (target.kind === 'endpoint')
      served = await resolveServing(ledger, { ...target, ...counting, ...(at !== undefined && { at }) })
    const asked = await askedOf(ledger, target, counting, served)
    return askVerdict(ledger, { asked, ...question, maxAge, now, ...counting, pins }).catch((error: unknown) =>
      explainUnregistered(ledger, target, error),
    )
  })
  const found = { answer, ledger: ledger.deployment.contracts.ledger, counting, ...(served && { served }) }
  if (!asksForDocuments(options)) return found
  const { model } = answer
  const same = { policy, facts, ...counting, pins, ...(at !== undefined && { at }) }
  return { ...found, disclosure: await discloseOptions(context, ledger, options, { model, question: same }) }
}

/** The ledger as of the time that is asked about. Documents are read in more than one step, so that one block has to be chosen for all. */
async function ledgerFor(live: Ledger, at: number | undefined, readsDocuments: boolean): Promise<Ledger> {
  const ledger = at === undefined ? live : await ledgerAt(live, at)
  if (ledger.asOf || !readsDocuments) return ledger
  return ledgerAsOf(ledger, await readingOnly(() => ledger.provider.getBlockNumber()))
}

async function countingOf(
  context: Context,
  { proofs, strict }: VerifyOptions,
  policy: TrustPolicy,
  ledger: Ledger,
  maxAge: number | undefined,
): Promise<CountingOptions> {
  const trusted = await trustedOf(context, policy, ledger.deployment)
  if (policy.trustedPublishers !== undefined) return { trusted }
  return proofs && !strict ? { trusted, prove: pinnedProver(context, ledger, maxAge) } : { trusted }
}

/** What was asked, once a check that runs beside it has passed. */
async function meanwhile<T>(asking: Promise<T>, checking: Promise<void>): Promise<T> {
  asking.catch(() => {})
  await checking
  return asking
}

async function askedOf(
  ledger: Ledger,
  target: Target | EndpointTarget,
  counting: CountingOptions,
  served: readonly CountingStatement[] | undefined,
): Promise<Asked> {
  switch (target.kind) {
    case 'endpoint':
      return { id: served![0]!.served.model }
    case 'id':
      return { id: target.id }
    case 'weights':
      return { weights: target.weights }
    case 'name':
      return { model: await modelNamed(ledger, target.name, counting), name: target.name }
  }
}

/** What is asked about, as its registrations are found. */
function queryOf(target: Target | EndpointTarget): string {
  switch (target.kind) {
    case 'endpoint':
      return `${target.name} at ${target.origin}`
    case 'id':
      return target.id
    case 'weights':
      return target.weights
    case 'name':
      return target.name
  }
}

/** Adds to the error about weights that nobody registered what is registered under the name that their place states. */
async function explainUnregistered(ledger: Ledger, target: Target | EndpointTarget, error: unknown): Promise<never> {
  if (!(error instanceof UnregisteredWeightsError) || target.kind !== 'weights' || target.name === undefined)
    throw error
  const found = await findModels(ledger, { query: target.name })
  const models = found.map(({ model, registration: { publisher } }) => ({ model, publisher }))
  throw new UnregisteredWeightsError(target.weights, { name: target.name, models })
}

import { externalIdOf, externalNamesOf, isExternalName, parseExternalName } from '../core/external.ts'
import { StemmaError } from '../core/errors.ts'
import { isBytes32, parseModelId, ZERO_DIGEST, type Hex, type ModelId } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import type { Ledger } from '../sdk/connect.ts'
import { ContractError } from '../sdk/contractError.ts'
import { listChildren } from '../sdk/registry/listChildren.ts'
import { readBindings } from '../sdk/registry/readBindings.ts'
import { readExternals } from '../sdk/registry/readExternals.ts'
import { UnregisteredModelError } from '../sdk/registry/readLineage.ts'
import { UnregisteredWeightsError } from '../verify/verifyWeights.ts'

/** What is known of an external parent. */
type KnownExternal = {
  id: ModelId
  /** Undefined where nobody gave its name. */
  name: string | undefined
  /** Models that name it as a parent, oldest first; at least one. */
  children: readonly ModelId[]
  /** Models that it is bound to, by verifiers and adjudicators. */
  bound: readonly ModelId[]
  /** Models that are registered under its name. */
  registered: readonly ModelId[]
}

/**
 * Replaces the error about a model that nobody registered, where what was asked for is a parent that registrations name as external:
 * then nothing is mistyped, and another question has an answer. Any other error is returned as it is.
 */
export async function explainExternal(ledger: Ledger, error: unknown): Promise<unknown> {
  const asked = missingIn(error)
  if (asked === undefined) return error
  // The first error is the one to hear of, when the node fails at the second question.
  return (await externalParentError(ledger, asked, error).catch(() => undefined)) ?? error
}

/** Refuses an id that registrations name as an external parent, where one of anything else is asked for. @throws {@link ExternalParentError} */
export async function refuseExternal(ledger: Ledger, id: Hex): Promise<void> {
  const error = await externalParentError(ledger, id)
  if (error) throw error
}

async function externalParentError(
  ledger: Ledger,
  asked: string,
  cause?: unknown,
): Promise<ExternalParentError | undefined> {
  const id = externalIn(asked)
  const known = id && (await knownExternal(ledger, id))
  return known && new ExternalParentError({ asked, ...known }, ledger.deployment.name, cause)
}

/** What an error says that nobody registered: an id, a digest or a name. */
function missingIn(error: unknown): string | undefined {
  if (error instanceof UnregisteredModelError) return error.model
  if (error instanceof UnregisteredWeightsError) return error.weights
  if (error instanceof ContractError && error.errorName.endsWith('UnknownModel')) return String(error.args.model)
  return undefined
}

/** The id that a text would have as an external parent; undefined for a name that is none of one. */
function externalIn(text: string): ModelId | undefined {
  if (isBytes32(text)) return parseModelId(text)
  try {
    const [name] = isExternalName(text)
      ? [parseExternalName(text)]
      : externalNamesOf({ tensors: ZERO_DIGEST, uri: text })
    return name && externalIdOf(name)
  } catch {
    return undefined
  }
}

async function knownExternal(ledger: Ledger, id: ModelId): Promise<KnownExternal | undefined> {
  const children = (await listChildren(ledger, { model: id })).filter(({ external }) => external)
  if (children.length === 0) return undefined
  const [named, bound] = await Promise.all([
    readExternals(ledger, { ids: [id] }),
    readBindings(ledger, { external: id }),
  ])
  const { name, registered = [] } = named.get(id) ?? {}
  return { id, name, children: children.map(({ model }) => model), bound, registered }
}

/** Thrown when what was asked for is an external parent, which has no registration. */
export class ExternalParentError extends StemmaError {
  override name = 'ExternalParentError'
  override readonly kind = 'undecided'
  constructor(
    { asked, id, name, children, bound, registered }: KnownExternal & { asked: string },
    deployment: string,
    cause?: unknown,
  ) {
    const subject = isBytes32(asked) ? id : `${quoted(asked)} (${id})`
    const called = name === undefined ? '' : ` ${quoted(name)}`
    const many = children.length === 1 ? 'a registration names' : `${children.length} registrations name`
    super(
      'EXTERNAL_PARENT',
      `${subject} is the external parent${called} that ${many} on the ledger "${deployment}", and not a registered model: it has no terms, ancestors or publisher of its own. ${whatToAsk({ bound, registered, children })} List all models that name it: stemma model children ${id}.`,
      { cause },
    )
  }
}

/** What can be asked in place of an external parent. */
function whatToAsk({ bound, registered, children }: Pick<KnownExternal, 'bound' | 'registered' | 'children'>): string {
  if (bound.length > 0) return `It is bound to ${bound.join(' and ')}: ask about that.`
  if (registered.length > 0) {
    return `Registered under its name, but not bound to it (stemma model bind): ${registered.slice(0, 4).join(', ')}.`
  }
  return `Ask about a model that was made from it, such as ${children[0]}.`
}

import { quoted } from '../../core/text.ts'
import { isError } from 'ethers'

import type {
  CredentialStructOutput,
  LineageStructOutput,
  TermsBodyStructOutput,
} from '../../../typechain-types/contracts/compliance/ComplianceLens.ts'
import { lineage } from '../../abi/complianceLens.ts'
import {
  isBytes32,
  parseAddress,
  parseModelId,
  parseTermsId,
  parseTierId,
  ZERO_ADDRESS,
  ZERO_DIGEST,
  type Address,
  type ModelId,
} from '../../core/hex.ts'
import { CREDENTIAL_STATES, type Credential, type Lineage } from '../../core/lineage.ts'
import { unpackLineageEdge, unpackModelRecord } from '../../core/packed.ts'
import { StemmaError } from '../../core/errors.ts'
import type { ReadBlock } from '../../core/ports.ts'
import type { TermsBody } from '../../core/termsBody.ts'
import { checkDeployment, type Ledger } from '../connect.ts'
import { ContractError } from '../contractError.ts'
import { interfaceOf } from '../contracts.ts'
import { decodeAnswer } from '../decodeAnswer.ts'
import { NodeAnswerError, readingOnly } from '../nodeErrors.ts'

/**
 * Reads a model (the first in the lineage), all its ancestors, and the credentials of the licensee and of the publishers
 * among them. Takes one `eth_call`, whose answer also names the chain.
 *
 * @throws {@link UnregisteredModelError} when the model is not registered
 * @throws {@link WrongChainError} and {@link StaleDeploymentError} as {@link connect}
 */
export async function readLineage(
  ledger: Ledger,
  parameters: readLineage.Parameters,
): Promise<ReadBlock & { lineage: Lineage }> {
  const { model, licensee = ZERO_ADDRESS, block = 'latest' } = parameters
  const { asOf } = ledger
  try {
    const answer = await callLens(ledger, model, licensee, block)
    if (answer.chainId !== BigInt(ledger.deployment.chainId)) {
      const { WrongChainError } = await import('../wrongChain.ts')
      throw new WrongChainError(ledger.deployment, answer.chainId)
    }
    const timestamp = Number(answer.timestamp)
    if (asOf?.past && asOf.past.timestamp !== timestamp) {
      throw new NodeAnswerError(
        new Error(`it is of time ${timestamp}, and block ${asOf.block} is of time ${asOf.past.timestamp}`),
      )
    }
    return {
      chainId: ledger.deployment.chainId,
      block: Number(answer.blockNumber),
      timestamp,
      lineage: lineageOf(answer),
    }
  } catch (error) {
    if (error instanceof ContractError && error.errorName === 'ComplianceLensUnknownModel') {
      throw new UnregisteredModelError(model, ledger.deployment.name, { cause: error })
    }
    // Without a lens at the address, the deployment may be of another chain, or of this one before a restart.
    if (error instanceof NodeAnswerError) await checkDeployment(ledger)
    if (error instanceof NodeAnswerError && isError(error.cause, 'CALL_EXCEPTION') && (await isLens(ledger))) {
      const { NodeGasError } = await import('../nodeFailures.ts')
      throw new NodeGasError(error.cause)
    }
    throw error
  }
}

export declare namespace readLineage {
  type Parameters = {
    model: ModelId
    /** The account whose credentials to read; none by default. */
    licensee?: Address
    /** The state after this block (number or tag) instead of the latest; an older one needs an archive node. */
    block?: number | 'latest' | 'safe' | 'finalized'
  }
}

/**
 * Whether the lens refuses a model that cannot be, by the error of its own for that. Where the gas ends in a call within it, it reverts
 * without an error, as any other contract does that is asked what it does not know.
 */
async function isLens(ledger: Ledger): Promise<boolean> {
  const refusal = await callLens(ledger, ZERO_DIGEST as string as ModelId, ZERO_ADDRESS, 'latest').catch(
    (error: unknown) => error,
  )
  return refusal instanceof ContractError
}

/** The lens's answer, typed by TypeChain. */
async function callLens(
  { provider, deployment }: Ledger,
  model: ModelId,
  licensee: Address,
  blockTag: number | string,
): Promise<LineageStructOutput> {
  const lens = interfaceOf(lineage)
  const data = lens.encodeFunctionData('lineage', [model, licensee])
  const answer = await readingOnly(() => provider.call({ to: deployment.contracts.complianceLens, data, blockTag }))
  return decodeAnswer(lens.getFunction('lineage')!.outputs, answer)[0] as LineageStructOutput
}

/** Converts the lens's answer to the core's types. Checks every value, because a node can send anything. */
function lineageOf(answer: LineageStructOutput): Lineage {
  const terms = answer.terms.map((entry) => ({ id: parseTermsId(entry.terms), body: termsBodyOf(entry.body) }))
  const models = answer.models.map((entry) => parseModelId(entry.model))
  const at = <T>(list: readonly T[], index: bigint, what: string): T => {
    const item = list[Number(index)]
    if (item === undefined) throw new NodeAnswerError(new Error(`${what} number ${index} of ${list.length}`))
    return item
  }
  return {
    terms: new Map(terms.map(({ id, body }) => [id, body])),
    models: answer.models.map((entry, index) => ({
      model: models[index]!,
      ...unpackModelRecord(entry.record),
      terms: at(terms, entry.terms, 'terms').id,
      verifiedFrom: Number(entry.verifiedFrom),
      verifiedUntil: Number(entry.verifiedUntil),
      parents: entry.parents.map((word) => {
        const { parent, ...edge } = known(unpackLineageEdge(word), `edge ${word}`)
        return { model: at(models, BigInt(parent), 'parent'), ...edge }
      }),
      credentials: entry.credentials.map((held) => ({
        tier: parseTierId(held.tier),
        holder: parseAddress(held.holder),
        terms: at(terms, held.terms, 'terms').id,
        passThrough: Number(held.passThrough),
        credential: credentialOf(held.credential),
      })),
    })),
  }
}

/** Converts a credential to the core's type. @internal */
export function credentialOf(value: CredentialStructOutput): Credential {
  return {
    publisher: parseAddress(value.publisher),
    validFrom: Number(value.validFrom),
    validUntil: Number(value.validUntil),
    gapFrom: Number(value.gapFrom),
    gapUntil: Number(value.gapUntil),
    state: CREDENTIAL_STATES[Number(value.state)] ?? 'none',
    lifts: Number(value.lifts),
  }
}

/** Converts a body of terms to the core's type. @internal */
export function termsBodyOf(
  value: Pick<TermsBodyStructOutput, Exclude<keyof TermsBody, 'unstated'>> & { unstated?: bigint },
): TermsBody {
  return {
    rights: Number(value.rights),
    unstated: Number(value.unstated ?? 0),
    flags: Number(value.flags),
    family: Number(value.family),
    outbound: value.outbound,
    duties: value.duties,
    thresholds: value.thresholds.map((threshold) => ({
      metric: Number(threshold.metric),
      subject: Number(threshold.subject),
      limit: threshold.limit,
      withdraws: Number(threshold.withdraws),
      adds: Number(threshold.adds),
      uses: Number(threshold.uses),
      param: Number(threshold.param),
      flags: Number(threshold.flags),
    })),
  }
}

function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new NodeAnswerError(new Error(what))
  return value
}

/** Thrown when a model is not registered on the ledger. */
export class UnregisteredModelError extends StemmaError {
  override name = 'UnregisteredModelError'
  override readonly kind = 'undecided'
  /** The id, the name or the digest that was asked for, as it was given. */
  readonly model: string
  constructor(
    model: string,
    deployment: string,
    { cause, near = [] }: { cause?: unknown; near?: readonly string[] } = {},
  ) {
    const hint = near.length > 0 ? ` Did you mean ${near.map(quoted).join(', ')}?` : ''
    super(
      'MODEL_NOT_REGISTERED',
      `Model ${isBytes32(model) ? model : quoted(model)} is not registered on the ledger "${deployment}". Check the id, or choose another deployment.${hint}`,
      { cause },
    )
    this.model = model
  }
}

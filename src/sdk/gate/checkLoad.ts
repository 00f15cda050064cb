import * as abi from '../../abi/loadCheck.ts'
import { factsOf, VERDICTS, type Facts, type Verdict } from '../../core/evaluate.ts'
import { ZERO_ADDRESS, ZERO_DIGEST, type Address, type Digest, type ModelId } from '../../core/hex.ts'
import type { Registration } from '../../core/registration.ts'
import { rightsMask, type Right } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { NodeAnswerError, reading } from '../nodeErrors.ts'
import { encodeRegistration } from '../registry/registerModel.ts'
import { registrationOf } from '../registry/readRegistrations.ts'
import { readBlock, type BlockHead } from '../readBlock.ts'

/**
 * Asks whether a registered model may be loaded for some uses now, and for the parts of the answer: the license, recalls, the
 * review, the certification, and the tensors that are at hand. A fact that is left out is unknown, and a license that depends on
 * it is not permitted.
 *
 * Without `everybody`, `trusted` and `named`, only the words of verified publishers count: what others grant is unknown, and does not
 * load. Lists are put in order here.
 *
 * @example
 * const { loadable, license, shut } = await checkLoad(ledger, { model, tensors, uses: ['commercial'] })
 *
 * @throws {@link UnregisteredModelError} when the model is not registered
 */
export async function checkLoad(ledger: Ledger, parameters: checkLoad.Parameters): Promise<checkLoad.ReturnType> {
  const { model, tensors, uses, licensee = ZERO_ADDRESS, facts = {} } = parameters
  const { everybody = false, trusted = [], named = [] } = parameters
  const registration = encodeRegistration(parameters.registration ?? (await registrationOf(ledger, model)))
  const head = parameters.head ?? (await readBlock(ledger.provider, 'latest'))
  if (!head) throw new NodeAnswerError(new Error('there is no latest block'))
  const words = { everybody, trusted: inOrder(trusted), named: inOrder(named) }
  const query = { model, licensee, uses: rightsMask(uses), time: head.timestamp, ...words, facts: factsOf(facts) }
  const answer = await reading(() =>
    methodOf(ledger, 'loadCheck', abi.check)(registration, tensors ?? ZERO_DIGEST, query, { blockTag: head.number }),
  )
  const { loadable, recalled, cleared, certified, shut, tensorsShut, misstated } = answer
  const license = VERDICTS[Number(answer.license)] ?? 'unknown'
  const parts = { license, recalled, cleared, certified, shut, tensorsShut, misstated }
  return { loadable, ...parts, block: head.number, time: head.timestamp }
}

export declare namespace checkLoad {
  type Parameters = {
    model: ModelId
    /** The digest of the tensors of what is going to be loaded, computed from its bytes; null where no reader knows the format. */
    tensors: Digest | null
    /** At least one. */
    uses: readonly Right[]
    /** Who wants to load it; the public by default. */
    licensee?: Address
    /** What is known of the licensee, by the names of the measures, as in `inTerritory/domicile/EU`. */
    facts?: Facts
    /** Whether the words of all publishers count; not by default. */
    everybody?: boolean
    /** Publishers whose words count though nobody verified them. */
    trusted?: readonly Address[]
    /** Models for which their publishers' words count, but not on what is their own work. */
    named?: readonly ModelId[]
    /** The model's registration, where the caller has read it. */
    registration?: Registration
    /** The block to ask about, where the caller has read it; else the latest. */
    head?: Pick<BlockHead, 'number' | 'timestamp'>
  }
  type ReturnType = {
    /** Whether the license permits the uses, the model is cleared or certified, and nothing below withholds it. */
    loadable: boolean
    /** What the license says of the uses. */
    license: Verdict
    /** Whether the publisher or the authority recalled the model, its weights or the tensors. */
    recalled: boolean
    /** Whether its review is cleared. */
    cleared: boolean
    /** Whether it is certified for all the uses. */
    certified: boolean
    /** Whether it or its weights are quarantined, or a quorum of scanners failed the weights. */
    shut: boolean
    /** Whether a quorum of scanners failed the tensors, in whatever folder. */
    tensorsShut: boolean
    /** Whether its registration states other tensors. */
    misstated: boolean
    /** Number of the block that was read. */
    block: number
    /** Time of the block, in Unix seconds. */
    time: number
  }
}

/** A list as the contracts take it: ascending, each member once. */
function inOrder<T extends Address | ModelId>(list: readonly T[]): T[] {
  return [...new Set(list)].toSorted()
}

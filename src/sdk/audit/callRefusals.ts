import type { Log } from 'ethers'

import * as claims from '../../abi/lineageClaims.ts'
import * as recalls from '../../abi/recalls.ts'
import * as gate from '../../abi/reviewGate.ts'
import { EVERYBODY, evaluate } from '../../core/evaluate.ts'
import type { CredentialId, ModelId } from '../../core/hex.ts'
import { isCredentialValidAt, type HeldCredential, type Lineage } from '../../core/lineage.ts'
import type { Registration } from '../../core/registration.ts'
import { credentialIdOf } from '../../core/tier.ts'
import { rightsMask, type Right } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { interfaceOf } from '../contracts.ts'
import { checkLoad } from '../gate/checkLoad.ts'
import { ledgerAfter } from '../ledgerAt.ts'
import { readCredential, type IssuedCredential } from '../licensing/readCredential.ts'
import { readLogs } from '../logs.ts'
import { NodeHistoryError } from '../nodeFailures.ts'
import { readBlock } from '../readBlock.ts'
import { readLineage } from '../registry/readLineage.ts'
import { readRegistrations } from '../registry/readRegistrations.ts'

/** Blocks whose logs are read at a time. */
const PAGE = 10_000

/** Events that can change a standing though they name none of the ids that it rests on. Only officials and publishers emit them. */
const GENERAL = [
  gate.QuorumSet,
  gate.MarginSet,
  gate.MinBlocksSet,
  gate.ReviewPeriodSet,
  gate.OrganizationSet,
  claims.ClaimRuled,
  claims.ClaimAcknowledged,
  claims.InheritanceRuled,
  claims.ExternalReplaced,
  recalls.ExternalBound,
  recalls.ExternalUnbound,
]

/** Says why calls under a credential were not permitted at blocks of the past. */
export type CallRefusals = {
  /**
   * Why a use was not permitted as the ledger stood after a block; null when it was. Ask in the order of the blocks.
   *
   * @param span within which the block's time lies, in Unix seconds
   */
  refusalAt(block: number, span: { from: number; until: number }, use: Right): Promise<string | null>
}

/** A standing that holds from a block on, until something that it rests on changes. */
type Standing = {
  block: number
  lineage: Lineage
  held: HeldCredential | undefined
  /** When something changes by time alone, ascending. */
  times: readonly number[]
  /** What the review and the recalls say, by use. */
  loads: Map<Right, Promise<checkLoad.ReturnType>>
  answers: Map<string, string | null>
}

/**
 * Reads when calls under a credential were permitted: by the credential, and by what `evaluate` and the load check say of its model with
 * the tensors that its registration states, every publisher's word counting. The state is read once and then after each event that names
 * something that it rests on, so many blocks cost few questions; it needs an archive node.
 *
 * @param parameters `last`: number of the last block that will be asked about
 *
 * @throws `CredentialNotFoundError` when there is none of that id
 * @throws `NodeHistoryError` when the node does not have the state of a block
 */
export async function callRefusals(
  ledger: Ledger,
  parameters: { credential: CredentialId; last: number },
): Promise<CallRefusals> {
  const issued = await readCredential(ledger, { credential: parameters.credential })
  const registrations = new Map<ModelId, Registration>()
  const ids = new Set<string>([wordOf(issued.holder), issued.id])
  let changes: number[] | undefined
  let standing: Standing | undefined

  /** Adds what a lineage rests on. Returns whether anything was new. */
  const learn = async (lineage: Lineage): Promise<boolean> => {
    const before = ids.size
    const missing = lineage.models.map(({ model }) => model).filter((model) => !registrations.has(model))
    const read = missing.length > 0 ? await readRegistrations(ledger, { models: missing }) : []
    for (const { model, registration } of read) registrations.set(model, registration)
    for (const { model, publisher, credentials } of lineage.models) {
      ids.add(model).add(wordOf(publisher))
      for (const { tier, holder } of credentials) ids.add(credentialIdOf(model, tier, holder))
      const { weights, tensors } = registrations.get(model) ?? {}
      for (const digest of [weights, tensors]) if (digest && BigInt(digest) !== 0n) ids.add(digest)
    }
    return ids.size > before
  }

  const standAt = async (block: number): Promise<Standing> => {
    const past = await ledgerAtBlock(ledger, block)
    const { lineage } = await readLineage(past, { model: issued.model, licensee: issued.holder })
    if ((await learn(lineage)) || changes === undefined) {
      changes = await readChanges(ledger, ids, { fromBlock: block + 1, toBlock: parameters.last })
    }
    const own = lineage.models[0]!.credentials
    const held = own.find(({ tier, holder }) => tier === issued.tier && holder === issued.holder)
    const times = lineage.models.flatMap(({ credentials }) =>
      credentials.flatMap(({ credential: { validFrom, validUntil, gapFrom, gapUntil } }) => [
        validFrom,
        validUntil,
        gapFrom,
        gapUntil,
      ]),
    )
    const ascending = [...new Set(times)].sort((one, other) => one - other)
    return { block, lineage, held, times: ascending, loads: new Map(), answers: new Map() }
  }

  const loadAt = async (block: number, use: Right): Promise<checkLoad.ReturnType> => {
    const tensors = registrations.get(issued.model)?.tensors
    return checkLoad(await ledgerAtBlock(ledger, block), {
      model: issued.model,
      tensors: tensors && BigInt(tensors) !== 0n ? tensors : null,
      uses: [use],
      licensee: issued.holder,
      everybody: true,
    })
  }

  const isOpen = async (now: Standing, block: number, use: Right, load: checkLoad.ReturnType): Promise<boolean> => {
    if (load.cleared) return true
    // Without an event, a certification can only end by time.
    if (!load.certified) return false
    const next = changes!.find((change) => change > now.block)
    const end = Math.min(parameters.last, next === undefined ? Infinity : next - 1)
    return (await loadAt(end, use)).certified || (await loadAt(block, use)).certified
  }

  return {
    async refusalAt(block, span, use) {
      if (!standing || changes!.some((change) => change > standing!.block && change <= block)) {
        standing = await standAt(block)
      }
      const now = standing
      const isBetween = now.times.some((time) => span.from < time && time <= span.until)
      const time = isBetween ? (await blockOf(ledger, block)).timestamp : span.until
      const load = now.loads.get(use) ?? loadAt(now.block, use)
      now.loads.set(use, load)
      const open = await isOpen(now, block, use, await load)
      const key = `${use} ${open} ${now.times.filter((each) => each <= time).length}`
      const known = now.answers.get(key)
      if (known !== undefined) return known
      const answer = refusalOf(issued, now, await load, { open, time, use })
      now.answers.set(key, answer)
      return answer
    },
  }
}

function refusalOf(
  { id, holder }: IssuedCredential,
  { lineage, held }: Standing,
  { recalled, shut, tensorsShut, misstated }: checkLoad.ReturnType,
  { open, time, use }: { open: boolean; time: number; use: Right },
): string | null {
  if (!held) return `the credential ${id} was not in force.`
  const { credential } = held
  if (credential.state === 'revoked' || credential.state === 'suspended')
    return `the credential was ${credential.state}.`
  if (!isCredentialValidAt(credential, time)) {
    return `the credential was valid from ${credential.validFrom} until ${credential.validUntil}, and the block is of ${time}.`
  }
  if (recalled) return 'the model was recalled.'
  if (shut || tensorsShut) return 'the model was quarantined, or scanners had failed it.'
  if (misstated) return 'the model does not have the tensors that its registration states.'
  if (!open) return 'the model was neither cleared by a review nor certified.'
  const { verdict } = evaluate(lineage, { ...EVERYBODY, licensee: holder, uses: rightsMask([use]), time })
  return verdict === 'permitted' || verdict === 'conditional' ? null : `the license said "${verdict}".`
}

/** The ledger as it stood after a block. @throws `NodeHistoryError` */
async function ledgerAtBlock(ledger: Ledger, block: number): Promise<Ledger> {
  const { timestamp } = await blockOf(ledger, block)
  return ledgerAfter(ledger, timestamp, { block, timestamp })
}

async function blockOf({ provider }: Ledger, number: number): Promise<{ timestamp: number }> {
  const block = await readBlock(provider, number)
  if (!block) throw new NodeHistoryError('it does not have this block', undefined, `at block ${number}`)
  return block
}

/** The numbers of the blocks in which something may have changed, ascending. */
async function readChanges(
  ledger: Ledger,
  ids: ReadonlySet<string>,
  { fromBlock, toBlock }: { fromBlock: number; toBlock: number },
): Promise<number[]> {
  const {
    manager,
    ledger: registry,
    recalls: recalled,
    licenseCredential,
    lineageClaims,
    reviewGate,
  } = ledger.deployment.contracts
  const general = new Set(GENERAL.map((event) => interfaceOf(event).getEvent(event.name)!.topicHash))
  const addresses = [manager, registry, recalled, licenseCredential, lineageClaims, reviewGate]
  const changes = new Set<number>()
  for (let from = fromBlock; from <= toBlock; from += PAGE) {
    const logs = await readLogs(ledger, addresses, [], { fromBlock: from, toBlock: Math.min(from + PAGE - 1, toBlock) })
    for (const log of logs) {
      const isGeneral = log.address.toLowerCase() === manager || general.has(log.topics[0]!)
      if (isGeneral || namesAny(log, ids)) changes.add(log.blockNumber)
    }
  }
  return [...changes].sort((one, other) => one - other)
}

/** Whether a log has one of some words among its topics or in its data. */
function namesAny({ topics, data }: Log, ids: ReadonlySet<string>): boolean {
  if (topics.some((topic) => ids.has(topic.toLowerCase()))) return true
  for (let at = 2; at + 64 <= data.length; at += 64)
    if (ids.has(`0x${data.slice(at, at + 64).toLowerCase()}`)) return true
  return false
}

/** An address as a word of a topic or of data. */
function wordOf(address: string): string {
  return `0x${address.slice(2).padStart(64, '0')}`
}

import {
  evaluate,
  factsOf,
  FOREVER,
  isCredentialValidAt,
  rightsMask,
  StemmaError,
  ZERO_DIGEST,
  type Address,
  type Facts,
  type Lineage,
  type ModelId,
  type Registration,
} from 'stemma/core'
import {
  checkLoad,
  ContractError,
  ledgerAsOf,
  NodeAnswerError,
  readLineage,
  readLogEpoch,
  readReview,
  registrationOf,
  type Ledger,
} from 'stemma/sdk'

import type { Head, KeyEntry, Refusal } from './ports.ts'

/** Whose words count in what a license says, as in `checkLoad`, and what is known of the holders. */
export type Words = {
  /** Whether the words of all publishers count; not by default. */
  everybody?: boolean
  /** Publishers whose words count though nobody verified them. */
  trusted?: readonly Address[]
  /** Models for which their publishers' words count. */
  named?: readonly ModelId[]
  /** Publishers whose models are served without a review that is cleared or a certificate. Recalls and quarantines count all the same. */
  unreviewed?: readonly Address[]
  /** What is known of a holder, by the names of the measures; nothing when left out. */
  factsOf?: (holder: Address) => Facts
}

/** What was read of the chain for one key, at one block. */
export type KeyState =
  | {
      kind: 'read'
      /** Whose only credential of the holder for the model itself is that of the key. */
      lineage: Lineage
      load: checkLoad.ReturnType
      /** Until when the model is certified, where that is what opens it; in Unix seconds. */
      certifiedUntil: number
      epoch: number
    }
  /** The chain itself refuses the question, as for a model that is not registered. */
  | { kind: 'refused'; refusal: Refusal }

/** Reads the states of keys as of one block, each question once. What is immutable is remembered. */
export class KeyReader {
  readonly #ledger: Ledger
  readonly #operator: Address
  readonly #words: Words
  readonly #registrations = new Map<ModelId, Promise<Registration>>()

  constructor(ledger: Ledger, operator: Address, words: Words) {
    this.#ledger = ledger
    this.#operator = operator
    this.#words = words
  }

  /**
   * Reads what some keys depend on. Nothing of it counts unless the block is still that of the head afterwards, which the caller checks.
   *
   * @throws when the node does not answer all of it
   */
  async read(entries: readonly KeyEntry[], head: Head): Promise<Map<string, KeyState>> {
    const then = ledgerAsOf(this.#ledger, head.block)
    const [lineages, loads, epochs, reviews] = [1, 2, 3, 4].map(() => new Map<string, Promise<never>>())
    const once = <T>(memo: Map<string, Promise<never>>, key: readonly string[], run: () => Promise<T>): Promise<T> => {
      const name = key.join(' ')
      const known = memo.get(name) ?? (run() as Promise<never>)
      memo.set(name, known)
      return known
    }
    const states = entries.map(async (entry): Promise<readonly [string, KeyState]> => {
      const { id, model, holder, use, credential } = entry
      try {
        const registration = await this.#registrationOf(model)
        const [{ lineage, ...block }, load, epoch] = await Promise.all([
          once(lineages!, [model, holder], () => readLineage(then, { model, licensee: holder })),
          once(loads!, [model, holder, use], () => this.#checkLoad(then, entry, registration, head)),
          once(epochs!, [credential], () => readLogEpoch(then, { operator: this.#operator, credential })),
        ])
        if (block.block !== head.block || block.timestamp !== head.time) {
          throw new NodeAnswerError(
            new Error(`it answers as of block ${block.block}, and was asked as of ${head.block}`),
          )
        }
        const isOpenByCertificate = load.certified && !load.cleared
        const certifiedUntil = isOpenByCertificate
          ? ((await once(reviews!, [model], () => readReview(then, { subject: model }))).certification?.until ?? 0)
          : FOREVER
        return [id, { kind: 'read', lineage: ofKey(lineage, entry), load, certifiedUntil, epoch }]
      } catch (error) {
        const refusal = refusedByChain(error)
        if (!refusal) throw error
        return [id, { kind: 'refused', refusal }]
      }
    })
    return new Map(await Promise.all(states))
  }

  /** Why a key's calls are not permitted at a time (Unix seconds); null when they are. */
  judge(entry: KeyEntry, state: KeyState, time: number): Refusal | null {
    if (state.kind === 'refused') return state.refusal
    const { lineage, load, certifiedUntil } = state
    const [first] = lineage.models
    const refusal =
      credentialRefusal(lineage, time) ??
      (load.recalled || first!.recalled || first!.status === 'recalled' ? recalled() : undefined) ??
      (load.shut || load.tensorsShut || load.misstated ? quarantined() : undefined) ??
      this.#licenseRefusal(entry, lineage, load, time)
    if (refusal) return refusal
    if (this.#words.unreviewed?.includes(first!.publisher)) return null
    if (!load.cleared && !(load.certified && time < certifiedUntil)) return pending()
    // Whatever else the contract may look at.
    return load.loadable ? null : quarantined()
  }

  #registrationOf(model: ModelId): Promise<Registration> {
    const known = this.#registrations.get(model)
    if (known) return known
    const read = registrationOf(this.#ledger, model)
    this.#registrations.set(model, read)
    // What is not there yet may come.
    read.catch(() => this.#registrations.delete(model))
    return read
  }

  #checkLoad(ledger: Ledger, entry: KeyEntry, registration: Registration, head: Head): Promise<checkLoad.ReturnType> {
    const { factsOf: facts, unreviewed: _, ...words } = this.#words
    const { model, holder, use } = entry
    const tensors = registration.tensors === ZERO_DIGEST ? null : registration.tensors
    const at = { number: head.block, timestamp: head.time }
    const about = { model, tensors, uses: [use], licensee: holder, registration, head: at }
    return checkLoad(ledger, { ...about, ...words, facts: facts?.(holder) ?? {} })
  }

  #licenseRefusal(entry: KeyEntry, lineage: Lineage, load: checkLoad.ReturnType, time: number): Refusal | undefined {
    const { everybody = false, trusted = [], named = [], factsOf: facts } = this.#words
    const { verdict } = evaluate(lineage, {
      licensee: entry.holder,
      uses: rightsMask([entry.use]),
      time,
      everybody,
      trusted: [...new Set(trusted)].toSorted(),
      named: [...new Set(named)].toSorted(),
      facts: factsOf(facts?.(entry.holder) ?? {}),
    })
    const verdicts = [verdict, load.license]
    if (verdicts.includes('not-permitted')) return forbidden(entry)
    return verdicts.includes('unknown') ? undecided(entry) : undefined
  }
}

/** The next time after `time` at which what was read may mean something else, in Unix seconds; infinite when there is none. */
export function nextChange(state: KeyState, time: number): number {
  if (state.kind === 'refused') return Infinity
  const times = state.lineage.models.flatMap(({ verifiedFrom, verifiedUntil, credentials }) => [
    verifiedFrom,
    verifiedUntil,
    ...credentials.flatMap(({ credential }) => {
      const { validFrom, validUntil, gapFrom, gapUntil } = credential
      return [validFrom, validUntil, gapFrom, gapUntil]
    }),
  ])
  return [...times, state.certifiedUntil].reduce(
    (next, at) => (at > time && at < FOREVER ? Math.min(next, at) : next),
    Infinity,
  )
}

/** The lineage as it stands for a key: the holder's other credentials for the model do not pay for its calls. */
function ofKey({ models, terms }: Lineage, { holder, tier }: KeyEntry): Lineage {
  const [first, ...ancestors] = models
  const credentials = first!.credentials.filter((held) => held.holder !== holder || held.tier === tier)
  const own = credentials.toSorted((a, b) => Number(b.holder === holder) - Number(a.holder === holder))
  return { models: [{ ...first!, credentials: own }, ...ancestors], terms }
}

/** The credential of the key stands first: see {@link ofKey}. */
function credentialRefusal({ models }: Lineage, time: number): Refusal | undefined {
  const credential = models[0]!.credentials[0]?.credential
  if (!credential || credential.state === 'none') {
    return refused(
      'credential_missing',
      'The license credential of the key does not exist, or its tier was given up',
      ASK,
    )
  }
  if (credential.state === 'revoked') return refused('credential_revoked', 'The license credential was revoked', ASK)
  if (credential.state === 'suspended') {
    return refused(
      'credential_suspended',
      'The license credential is suspended',
      `${ASK}, and call again once it is reinstated`,
    )
  }
  if (time < credential.validFrom) {
    return refused(
      'credential_not_yet_valid',
      `The license credential is valid from ${dateOf(credential.validFrom)}`,
      'Call again then',
    )
  }
  if (time >= credential.validUntil) {
    return refused(
      'credential_expired',
      `The license credential ended at ${dateOf(credential.validUntil)}`,
      'Ask the licensor to renew it',
    )
  }
  return isCredentialValidAt(credential, time)
    ? undefined
    : refused('credential_suspended', 'The license credential is interrupted at this time', ASK)
}

const ASK = 'Ask the licensor'

function recalled(): Refusal {
  return refused('model_recalled', 'The model was recalled', 'Use another model, or ask its publisher what replaces it')
}

function quarantined(): Refusal {
  return refused('model_quarantined', 'The security review shuts the model', 'Use another model, or ask its publisher')
}

function pending(): Refusal {
  const what = 'The security review of the model is not cleared, and no certificate covers the use'
  return refused('review_pending', what, 'Call again once it is')
}

function forbidden({ use }: KeyEntry): Refusal {
  return refused(
    'license_forbids',
    `The license does not permit the use "${use}" under this key`,
    `${ASK} for a tier that does`,
  )
}

function undecided({ use }: KeyEntry): Refusal {
  const what = `The chain does not say for sure that the license permits the use "${use}" under this key`
  return refused(
    'license_undecided',
    what,
    'Ask the operator whose words the gateway counts, and which facts it knows of the holder',
  )
}

/** What the chain itself says no to; undefined for a failure of the node. */
function refusedByChain(error: unknown): Refusal | undefined {
  const isUnregistered = error instanceof StemmaError && error.code === 'MODEL_NOT_REGISTERED'
  if (isUnregistered)
    return refused('model_not_registered', 'The model of the key is not registered on the ledger', ASK)
  if (!(error instanceof ContractError)) return undefined
  return refused('standing_refused', `The ledger refuses the question (${error.errorName})`, 'Ask the operator')
}

function refused(code: string, what: string, remedy: string): Refusal {
  return { status: 403, code, message: `${what}. ${remedy}.` }
}

function dateOf(time: number): string {
  return new Date(time * 1000).toISOString().replace('.000', '')
}

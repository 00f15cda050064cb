import {
  accessManagerAbi,
  ledgerAbi,
  licenseCredentialAbi,
  lineageClaimsAbi,
  recallsAbi,
  reviewGateAbi,
  usageAuditAbi,
} from 'stemma/abi'
import { type Address, type Deployment, type Hex, ZERO_ADDRESS, ZERO_DIGEST } from 'stemma/core'
import { eventDecoders, type AbiEntry, type AbiInput, type Arguments, type EventDecoder } from '../decode.ts'
import type { ContractName, EventKind } from '../codes.ts'
import type { KeyedTable, Rows } from '../store.ts'
import { CLAIM_HANDLERS } from './claims/claims.ts'
import { CREDENTIAL_HANDLERS } from './licensing/credentials.ts'
import { checkId, RowBuilder, LOADED, type Event, type Known, type LoadedTable } from './rowBuilder.ts'
import type { Handler } from './handlers.ts'
import { TERMS_HANDLERS } from './licensing/terms.ts'
import { TIER_HANDLERS } from './licensing/tiers.ts'
import { MODEL_HANDLERS } from './registry/models.ts'
import { PAUSE_HANDLERS } from './governance/pauses.ts'
import { PUBLISHER_HANDLERS } from './registry/publishers.ts'
import { RECALL_HANDLERS } from './registry/recalls.ts'
import { REVIEW_HANDLERS } from './gate/reviews.ts'
import { AUTHORITY_HANDLERS, ROLE_HANDLERS } from './governance/roles.ts'
import { USAGE_HANDLERS } from './audit/usage.ts'

/** The contracts whose events are indexed, with the handlers of their events. */
type Contract = { abi: readonly AbiEntry[]; handlers: Readonly<Record<string, Handler>> }
/** Handlers of events that all pausable contracts of an AccessManager have. */
const SHARED_HANDLERS = { ...PAUSE_HANDLERS, ...AUTHORITY_HANDLERS }
const CONTRACTS: Partial<Record<ContractName & keyof Deployment['contracts'], Contract>> = {
  ledger: {
    abi: ledgerAbi,
    handlers: { ...MODEL_HANDLERS, ...PUBLISHER_HANDLERS, ...TERMS_HANDLERS, ...TIER_HANDLERS, ...SHARED_HANDLERS },
  },
  licenseCredential: { abi: licenseCredentialAbi, handlers: { ...CREDENTIAL_HANDLERS, ...SHARED_HANDLERS } },
  lineageClaims: { abi: lineageClaimsAbi, handlers: { ...CLAIM_HANDLERS, ...SHARED_HANDLERS } },
  reviewGate: { abi: reviewGateAbi, handlers: { ...REVIEW_HANDLERS, ...SHARED_HANDLERS } },
  usageAudit: { abi: usageAuditAbi, handlers: { ...USAGE_HANDLERS, ...SHARED_HANDLERS } },
  recalls: { abi: recallsAbi, handlers: { ...RECALL_HANDLERS, ...AUTHORITY_HANDLERS } },
  manager: { abi: accessManagerAbi, handlers: ROLE_HANDLERS },
}

/** The table to which a type of the contracts refers. */
const KEYS_OF: Readonly<Record<string, KeyedTable>> = {
  ModelId: 'models',
  TermsId: 'terms',
  TierId: 'tiers',
  CredentialId: 'credentials',
  ClaimId: 'claims',
  LogId: 'usage_logs',
  address: 'accounts',
}

type Visit = (table: KeyedTable, id: string) => void
type Entry = {
  name: EventKind
  contract: ContractName
  decoder: EventDecoder
  handler: Handler
  /** Visits every id and account that the arguments name, except the id that the event creates. */
  visit(args: Arguments, visit: Visit): void
}

/** An event with its handler. */
export type ReadEvent = Event & { entry: Entry }

/** A log, with the parts that are needed here. */
export type LogToRead = {
  address: Hex
  topics: readonly Hex[]
  data: Hex
  block: number
  index: number
  transaction: Hex
  /** The block's time, in Unix seconds. */
  time: number
}

/** The events of a deployment: where to look for them, and how to read them. */
export type EventTable = {
  addresses: readonly Address[]
  /** First topics. */
  topics: readonly Hex[]
  /** Reads a log; undefined when its event is not indexed. @throws {@link MalformedLogError}, {@link FalseEventError} */
  read(log: LogToRead): ReadEvent | undefined
}

/** The events of a deployment. */
export function eventTable({ contracts }: Pick<Deployment, 'contracts'>): EventTable {
  const entries = new Map<string, Map<string, Entry>>()
  const addresses: Address[] = []
  const topics = new Set<Hex>()
  for (const [contract, { abi, handlers }] of Object.entries(CONTRACTS)) {
    const address = contracts[contract as keyof Deployment['contracts']]
    addresses.push(address)
    const byTopic = new Map<string, Entry>()
    entries.set(address, byTopic)
    for (const decoder of eventDecoders(abi)) {
      const handler = handlers[decoder.name]
      if (!handler) continue
      topics.add(decoder.topic)
      const inputs = decoder.inputs.filter(({ name }) => name !== handler.creates)
      const visit = visits(inputs, handler.refers)
      const name = decoder.name as EventKind
      byTopic.set(decoder.topic, { name, contract: contract as ContractName, decoder, handler, visit })
    }
  }
  return {
    addresses,
    topics: [...topics],
    read(log) {
      const entry = entries.get(log.address)?.get(log.topics[0]!)
      if (!entry) return undefined
      const { name, contract, decoder, handler } = entry
      const { block, index, transaction, time } = log
      const event = { name, contract, args: decoder.decode(log), block, log: index, transaction, time, entry }
      const { creates, idOf } = handler
      if (idOf) checkId(event, event.args[creates!] as string, idOf(event.args))
      return event
    },
  }
}

/** The ids and accounts that events name and that are neither known nor created by these events. */
export function wantedKeys(known: Known, events: readonly ReadEvent[]): Map<KeyedTable, Set<string>> {
  const wanted = new Map<KeyedTable, Set<string>>()
  const created = new Set<string>()
  const visit: Visit = (table, id) => {
    if (known.keys[table].has(id) || created.has(id)) return
    const ids = wanted.get(table)
    if (ids) ids.add(id)
    else wanted.set(table, new Set([id]))
  }
  for (const { entry, args } of events) {
    entry.visit(args, visit)
    if (entry.handler.creates) created.add(args[entry.handler.creates] as string)
  }
  return wanted
}

/** The rows on which events build: the keys of their subjects, by table. */
export function wantedRows(known: Known, events: readonly ReadEvent[]): Map<LoadedTable, Set<number>> {
  const wanted = new Map<LoadedTable, Set<number>>()
  for (const { entry, args } of events) {
    for (const table of entry.handler.loads ?? []) {
      const keys = wanted.get(table) ?? new Set()
      wanted.set(table, keys)
      entry.visit(args, (kind, id) => {
        const key = kind === LOADED[table].of ? known.keys[kind].get(id) : undefined
        if (key !== undefined) keys.add(key)
      })
    }
  }
  return wanted
}

/** Builds the rows of events, and adds them to what is known. */
export function reduceEvents(known: Known, events: readonly ReadEvent[]): Rows {
  const rows = new RowBuilder(known)
  for (const event of events) {
    rows.begin(event)
    event.entry.handler.reduce(rows, event)
  }
  return rows.built
}

function visits(inputs: readonly AbiInput[], refers: Handler['refers'] = {}): Entry['visit'] {
  const steps = inputs.flatMap((input) => visitsOf(input, refers))
  return (args, visit) => {
    for (const step of steps) step(args, visit)
  }
}

function visitsOf(input: AbiInput, refers: NonNullable<Handler['refers']>): Entry['visit'][] {
  const { name, type, internalType = '', components } = input
  if (type === 'tuple[]') {
    const each = visits(components!)
    return [
      (args, visit) => {
        for (const element of args[name] as readonly Arguments[]) each(element, visit)
      },
    ]
  }
  // The committed ABIs keep the internal types of ids only.
  const table = refers[name] ?? KEYS_OF[type === 'address' ? type : internalType]
  if (!table) return []
  return [
    (args, visit) => {
      const id = args[name] as string
      if (id !== ZERO_DIGEST && id !== ZERO_ADDRESS) visit(table, id)
    },
  ]
}

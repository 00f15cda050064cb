import type { Address } from 'stemma/core'
import type { LedgerOf } from 'stemma/query'

import { ACT_TITLES, type ActName } from '../../ui/actTitles.ts'
import type { Intent } from './intent.ts'
import type { Reader, Values } from './reader.ts'
import type { ActWords } from './words.ts'

/** The forms, by the last part of their addresses. */
export const FORM_NAMES = Object.keys(ACT_TITLES.en) as ActName[]

export type Field = {
  name: keyof ActWords['fields']
  kind: 'line' | 'lines' | 'document' | 'choice' | 'tier' | 'check' | 'rights' | 'time' | 'number'
  optional?: true
  /** The values of a choice: the first by default, unless one `must` be chosen. */
  choices?: readonly string[]
  must?: true
  /** What must not be kept when the page is opened again. */
  secret?: true
  /** Whether the field is there, by what the others hold. */
  when?: (values: Values) => boolean
}

/** What the index knows of the subject of a form. */
export type Known = {
  model: LedgerOf<'Model'>['model'] | undefined
  credential: LedgerOf<'Credential'>['credential'] | undefined
  claim: LedgerOf<'Claim'>['claim'] | undefined
  /** The publisher that the form acts for. */
  publisher: LedgerOf<'Publisher'>['publisher'] | undefined
  /** The ledger's time, in Unix seconds. */
  now: number
}

/** Why an account may not do it. The first two parts say who may. */
export type Hindrance =
  | { kind: 'not-publisher' | 'not-controller' | 'not-holder' | 'not-claimant'; who: string; scope?: string }
  | { kind: 'not-scanner' | 'revoked' | 'withdrawn' | 'has-review' | 'closed' }

export type Form = {
  name: ActName
  fields: readonly Field[]
  /** Which records of the ledger it is about, by what its fields hold. */
  subject: (values: Values) => { model?: string; credential?: string; claim?: string; publisher?: string }
  /** Reads the fields. With errors, what it returns counts for nothing. */
  read: (reader: Reader, context: { account: Address | undefined; known: Known }) => Intent | Promise<Intent>
  /** Says early what the contract would refuse. */
  hindrance?: (known: Known, account: Address, values: Values) => Hindrance | undefined
}

/** Whether an account may act for a publisher. */
export function mayAct({ publisher, now }: Known, account: Address, scope: 'register' | 'grant'): boolean {
  if (!publisher) return true
  return (
    publisher.controller === account ||
    publisher.operators.some((each) => each.account === account && each.until > now && each.scopes.includes(scope))
  )
}

export function notPublisher(known: Known, account: Address, scope: 'register' | 'grant'): Hindrance | undefined {
  if (mayAct(known, account, scope)) return undefined
  return { kind: 'not-publisher', who: known.publisher!.address, scope }
}

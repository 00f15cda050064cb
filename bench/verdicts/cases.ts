/** License questions with the verdict that others, or a license text, give. */
import { readFileSync } from 'node:fs'

import type { Verdict } from '../../src/core/evaluate.ts'
import { VERDICTS } from '../../src/core/evaluate.ts'
import { parseStrictJson } from '../../src/core/json.ts'
import {
  parseObligation,
  parseRelation,
  parseRight,
  type Obligation,
  type Relation,
  type Right,
} from '../../src/core/vocabulary.ts'
import { FieldReader, describeValue } from '../../src/documents/fields.ts'

/** The license fields of a model card; or the id of an entry of the library, else a name as cards have it. */
export type Card =
  | { id: string }
  | { id?: never; license?: string; licenseName?: string; licenseLink?: string; baseModels?: string[] }

/** One question, and the answer that its source gives. */
export type Case = {
  name: string
  upstream: readonly Card[]
  relation: Relation
  downstream: Card
  /** The maker of the downstream model asks, or anybody else. */
  who: 'publisher' | 'public'
  use: readonly Right[]
  /** By the names of measures, or by those of the time of the cases. */
  facts: Readonly<Record<string, bigint>>
  expected: Verdict
  /** Obligations that the answer must, must not, or alone may have. */
  owed?: readonly Obligation[]
  notOwed?: readonly Obligation[]
  owedExactly?: readonly Obligation[]
}

/** Reads a file of cases. @throws when it is not one, naming the field */
export function readCases(file: string): Case[] {
  const top = read.object(parseStrictJson(readFileSync(file, 'utf8'), file), file, ['about', 'cases'])
  return read.list(top.cases, 'cases', 100_000).map((item, index) => readCase(item, `cases[${index}]`))
}

function readCase(value: unknown, field: string): Case {
  const fields = [
    'case',
    'upstream',
    'relation',
    'downstream',
    'who',
    'use',
    'facts',
    'expected',
    'source',
    'why',
  ] as const
  const one = read.object(value, field, [...fields, 'owed', 'notOwed', 'owedExactly'])
  const words = <T>(name: 'use' | 'owed' | 'notOwed' | 'owedExactly', parse: (word: string) => T): T[] =>
    read.list(one[name], `${field}.${name}`, 100).map((item) => parse(String(item)))
  return {
    name: String(one.case),
    upstream: read
      .list(one.upstream, `${field}.upstream`, 100)
      .map((item, index) => readCard(item, `${field}.upstream[${index}]`)),
    relation: one.relation === null || one.relation === undefined ? 'finetune' : parseRelation(String(one.relation)),
    downstream: readCard(one.downstream, `${field}.downstream`),
    who: read.word(one.who, `${field}.who`, ['publisher', 'public']),
    use: words('use', parseRight),
    facts: one.facts === undefined ? {} : readFacts(one.facts, `${field}.facts`),
    expected: read.word(one.expected, `${field}.expected`, VERDICTS),
    ...(one.owed !== undefined && { owed: words('owed', parseObligation) }),
    ...(one.notOwed !== undefined && { notOwed: words('notOwed', parseObligation) }),
    ...(one.owedExactly !== undefined && { owedExactly: words('owedExactly', parseObligation) }),
  }
}

function readCard(value: unknown, field: string): Card {
  if (typeof value === 'string') return { id: value }
  const one = read.object(value, field, ['license', 'license_name', 'license_link', 'base_model'])
  const bases = one.base_model === undefined ? [] : [one.base_model].flat().map(String)
  return {
    ...(one.license !== undefined && { license: String(one.license) }),
    ...(one.license_name !== undefined && { licenseName: String(one.license_name) }),
    ...(one.license_link !== undefined && { licenseLink: String(one.license_link) }),
    ...(bases.length > 0 && { baseModels: bases }),
  }
}

function readFacts(value: unknown, field: string): Record<string, bigint> {
  if (typeof value !== 'object' || value === null) return read.fail(field, value, 'an object of numbers')
  return Object.fromEntries(
    Object.entries(value).map(([name, number]) => {
      const isWhole = typeof number === 'boolean' || (Number.isSafeInteger(number) && (number as number) >= 0)
      return isWhole
        ? [name, BigInt(number as number | boolean)]
        : read.fail(`${field}.${name}`, number, 'a whole number')
    }),
  )
}

const read = new FieldReader((field, value, expected) => {
  return new Error(`Invalid cases: ${field} is ${describeValue(value)}, expected ${expected}.`)
})

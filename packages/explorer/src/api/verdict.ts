import {
  nameOfUri,
  parseStrictJson,
  rightsOf,
  pathsFrom,
  type Digest,
  type Lineage,
  type ModelId,
  type Right,
} from 'stemma/core'
import { indexerReader } from 'stemma/query'
import { InvalidPolicyError, parsePolicy, verify, verifyWeights, type Report, type TrustPolicy } from 'stemma/verify'

import type { Question } from '../app/address.ts'
import { LICENSES } from './library.ts'
import { api, type At, momentOf } from './queries.ts'

/** What a license does with the use that is asked about. */
export type Gives = 'gives' | 'withholds' | 'silent' | 'doubtful'

/** A model of the lineage, and what its license gives. */
export type RightsAt = {
  id: ModelId
  name: string
  license: string
  /** Steps from the model that was asked about. */
  level: number
  external: boolean
  gives: Gives
  /** The right that it is about: the use, or another one that its derivatives needed. */
  right: Right
  rights: readonly Right[]
}

/** The answer, and what each ancestor gives: roots first. */
export type Answered = { report: Report; chain: readonly RightsAt[]; names: ReadonlyMap<string, string> }

/** A question as `stemma/verify` takes it, apart from its use. */
export function askedOf(question: Question) {
  return {
    licenses: LICENSES,
    facts: Object.fromEntries(Object.entries(question.facts ?? {}).map(([name, value]) => [name, factOf(name, value)])),
    policy: policyOf(question),
  }
}

function factOf(name: string, value: string): bigint {
  if (!/^\d{1,30}$/.test(value)) throw new InvalidPolicyError(`facts.${name}`, value, 'a whole number')
  return BigInt(value)
}

/** Answers about weights by their digest: of several registrations, the worst answer counts. */
export async function answerWeights(weights: Digest, question: Question, at: At): Promise<verifyWeights.ReturnType> {
  return verifyWeights(indexerReader(api, momentOf(at)), { weights, uses: [question.use], ...askedOf(question) })
}

/** Answers a question as the SDK does: from the index, with every id hashed again in this browser. */
export async function answer(model: ModelId, question: Question, at: At): Promise<Answered> {
  const reader = indexerReader(api, momentOf(at))
  let read: Lineage | undefined
  const report = await verify(
    {
      ...reader,
      async readLineage(...asked) {
        const found = await reader.readLineage(...asked)
        read = found.lineage
        return found
      },
    },
    { model, use: question.use, ...askedOf(question) },
  )
  const lineage = read!
  const ids = lineage.models.map((each) => each.model)
  const [registrations, externals, labels] = await Promise.all([
    reader.readRegistrations(ids),
    reader.readExternals?.(ids),
    reader.readTermsLabels([...new Set(lineage.models.map(({ terms }) => terms))]),
  ])
  const reported = new Map(report.models.map((each) => [each.model, each.name]))
  const nameOf = (id: ModelId): string =>
    reported.get(id) ??
    (registrations.has(id) ? nameOfUri(registrations.get(id)!.uri) : (externals?.get(id)?.name ?? ''))
  const paths = pathsFrom(lineage, model)
  const chain = lineage.models
    .map((each): RightsAt => {
      const terms = lineage.terms.get(each.terms)
      const rights = terms ? rightsOf(terms.rights) : []
      const silent = terms ? rightsOf(terms.unstated) : null
      const changes = terms?.thresholds.some(({ withdraws }) => rightsOf(withdraws).includes(question.use)) ?? false
      const gives = rights.includes(question.use)
        ? changes
          ? 'doubtful'
          : 'gives'
        : silent === null || silent.includes(question.use)
          ? 'silent'
          : 'withholds'
      // What the answer says of a model comes before what its license says of the use.
      const found = report.findings.filter((one) => one.model === each.model)
      const blocking = found.find(({ severity }) => severity === 'blocking')
      const open = found.find(({ severity }) => severity === 'unknown')
      return {
        id: each.model,
        name: nameOf(each.model),
        license: labels.get(each.terms)?.name ?? '',
        level: (paths.get(each.model)?.length ?? 1) - 1,
        external: !registrations.has(each.model),
        gives: blocking ? 'withholds' : open ? 'silent' : gives,
        right: (blocking ?? open)?.right ?? question.use,
        rights,
      }
    })
    .toSorted((a, b) => b.level - a.level)
  return { report, chain, names: new Map(chain.map((each) => [each.id, each.name])) }
}

/** The policy that an address keeps, read as a policy file is. @throws `InvalidPolicyError`, `InvalidJsonError` of its rules */
function policyOf({ licensee, trust, deny, operators, fulfilled, rules }: Question): TrustPolicy {
  const fields = {
    licensee,
    trustedPublishers: trust,
    deniedPublishers: deny,
    trustedOperators: operators,
    fulfilled,
    lineage: rules === undefined ? undefined : parseStrictJson(rules, 'the rules on the lineage'),
  }
  const stated = Object.entries(fields).filter(([, value]) => value !== undefined)
  return stated.length === 0 ? {} : parsePolicy({ version: 1, ...Object.fromEntries(stated) })
}

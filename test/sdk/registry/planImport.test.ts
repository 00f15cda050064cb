import { expect } from 'chai'

import { StemmaError, type ErrorKind } from '../../../src/core/errors.ts'
import { ZERO_DIGEST, type Address, type TermsId } from '../../../src/core/hex.ts'
import { modelNameKey } from '../../../src/core/modelName.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import { sha256Text } from '../../../src/core/sha256.ts'
import type { RegistrationDraft } from '../../../src/documents/draft.ts'
import type { Registered } from '../../../src/sdk/registry/findRegistered.ts'
import { planImport, registrationsOf, wantedOf } from '../../../src/sdk/registry/planImport.ts'
import type { RegisteredModel } from '../../../src/sdk/registry/readRegistrations.ts'
import { walkLineage, type ReadModel, type Walk } from '../../../src/sdk/registry/walkLineage.ts'

const OWN = `0x${'11'.repeat(20)}` as Address
const OTHERS = ['22', '33', '44'].map((digits) => `0x${digits.repeat(20)}` as Address)
const NO_TERMS = ZERO_DIGEST as string as TermsId

class PlaceError extends StemmaError {
  override readonly kind
  constructor(kind: ErrorKind, code = 'PLACE') {
    super(code, 'The place says no.')
    this.kind = kind
  }
}

/** What a place has: the parents of each model, or why it is not read. */
type Place = Record<string, string[] | PlaceError>

function modelOf(name: string, parents: readonly string[]): ReadModel {
  const draft: RegistrationDraft = {
    version: 1,
    name,
    weights: sha256Text(name),
    tensors: ZERO_DIGEST,
    annex: ZERO_DIGEST,
    uri: '',
    parents: parents.map((model) => ({ model, relation: 'finetune', inferred: null })),
    terms: { license: null, licenseName: null, licenseLink: null },
    datasets: [],
    method: null,
    warnings: [],
  }
  return { name, revision: null, draft, notes: [] }
}

async function walk(
  place: Place,
  named: readonly string[],
  options: { recursive?: boolean; depth?: number; ancestors?: number; asked?: string[] } = {},
): Promise<Walk> {
  const { asked = [], recursive = true, ...bounds } = options
  return walkLineage({
    named: named.map((name) => ({ key: name, reference: `hf:${name}` })),
    recursive,
    ...bounds,
    read: async ({ key }) => {
      asked.push(key)
      const found = place[key] ?? new PlaceError('input')
      if (found instanceof PlaceError) throw found
      return modelOf(key, found)
    },
  })
}

/** What a ledger has: publishers of models by name; after `!`, with other weights than the place has. */
function registeredBy(models: Record<string, Address[]>): Registered {
  const byName = new Map<string, RegisteredModel[]>()
  const byWeights = new Map<string, RegisteredModel[]>()
  for (const [name, publishers] of Object.entries(models)) {
    for (const publisher of publishers) {
      const { draft } = modelOf(name.replace('!', ''), [])
      const weights = name.startsWith('!') ? sha256Text('others') : draft.weights
      const uri = `https://huggingface.co/${draft.name}`
      const digests = { tensors: ZERO_DIGEST, annex: ZERO_DIGEST, datasets: ZERO_DIGEST, method: ZERO_DIGEST }
      const registration = { publisher, weights, ...digests, terms: NO_TERMS, parents: [], uri }
      const found = { model: modelIdOf(registration), registration, block: 1, transaction: ZERO_DIGEST }
      byName.set(modelNameKey(uri), [...(byName.get(modelNameKey(uri)) ?? []), found])
      byWeights.set(weights, [...(byWeights.get(weights) ?? []), found])
    }
  }
  return { byName, byWeights }
}

const NOTHING = registeredBy({})
const plan = (walked: Walk, registered = NOTHING, more: Partial<planImport.Parameters> = {}) =>
  planImport({ walk: walked, registered, counts: () => false, ...more })
const kindsOf = ({ imported }: ReturnType<typeof planImport>): Record<string, string[]> =>
  Object.fromEntries(imported.map(({ key, parents }) => [key, parents.map(({ is }) => is.kind)]))

describe('walkLineage', function () {
  it('reads each model once, however many name it', async function () {
    const asked: string[] = []
    await walk({ 'a/1': ['a/2', 'a/3'], 'a/2': ['a/3', 'a/1'], 'a/3': ['A/2'] }, ['a/1', 'a/2', 'a/1'], { asked })
    expect(asked.toSorted()).to.deep.equal(['a/1', 'a/2', 'a/3'])
  })

  it('reads no more ancestors of one model than it may, and as many of the next', async function () {
    // Eight parents each, without an end.
    const bomb = new Proxy<Place>(
      { 'n/fine': ['n/base'], 'n/base': [] },
      {
        get: (place, key: string) =>
          place[key] ?? Array.from({ length: 8 }, (_, index) => `x/${key.replaceAll('/', '-').slice(-60)}-${index}`),
      },
    )
    const asked: string[] = []
    const walked = await walk(bomb, ['n/bomb', 'n/fine'], { ancestors: 100, asked })
    expect(asked.length).to.equal(103)
    expect(asked).to.include('n/base')
    expect([...walked.left.values()][0]).to.equal('n/bomb names more than 100 ancestors')
    expect(plan(walked).imported.length).to.equal(103)
  })

  it('ends at a depth, and reads nothing above what is named without being asked to', async function () {
    const chain = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`c/${index}`, [`c/${index + 1}`]]))
    expect((await walk(chain, ['c/0'], { depth: 3 })).models.size).to.equal(4)
    expect((await walk(chain, ['c/0'])).models.size).to.equal(17)
    expect((await walk(chain, ['c/0'], { recursive: false })).models.size).to.equal(1)
  })
})

describe('planImport', function () {
  it('puts parents first in a chain that is as long as a list', async function () {
    const length = 5000
    const chain = Object.fromEntries(
      Array.from({ length }, (_, index) => [`c/${index}`, index + 1 < length ? [`c/${index + 1}`] : []]),
    )
    const planned = plan(await walk(chain, Object.keys(chain), { recursive: false }))
    expect(planned.imported.map(({ key }) => key)).to.deep.equal(Object.keys(chain).toReversed())
    const made = [...registrationsOf(planned, OWN, () => NO_TERMS).values()]
    for (const [index, { registration }] of made.entries()) {
      expect(registration.parents.map(({ model }) => model)).to.deep.equal(index === 0 ? [] : [made[index - 1]!.model])
    }
  })

  it('gives every graph of models an order, in which each parent is there, or external, or before its child', async function () {
    let seed = 7
    const random = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below
    for (let round = 0; round < 300; round++) {
      const size = 1 + random(8)
      const place: Place = {}
      for (let index = 0; index < size; index++) {
        const others = Array.from({ length: size }, (_, other) => other).filter(
          (other) => other !== index && random(3) === 0,
        )
        const kind = random(10)
        place[`g/${index}`] =
          kind === 0
            ? new PlaceError('input')
            : kind === 1
              ? new PlaceError('unavailable')
              : others.map((other) => `g/${other}`)
      }
      const named = Object.keys(place).filter((_, index) => index === 0 || random(2) === 0)
      const walked = await walk(place, named)
      const planned = plan(walked)
      const before = new Set<string>()
      for (const { key, parents, read } of planned.imported) {
        expect(parents.map(({ model }) => model)).to.deep.equal(read.draft.parents.map(({ model }) => model))
        for (const { is } of parents) if (is.kind === 'imported') expect(before.has(is.key)).to.equal(true)
        for (const { model, is } of parents) {
          const read = place[model]
          if (read instanceof PlaceError) expect([is.kind, read.kind]).to.deep.equal(['external', 'input'])
        }
        before.add(key)
      }
      const all = [...planned.imported, ...planned.failed].map(({ key }) => key)
      expect(new Set(all).size).to.equal(all.length)
      expect(all).to.include.members(named)
      registrationsOf(planned, OWN, () => NO_TERMS)
    }
  })

  it('takes the registration with the weights, then a model that is named too, then the one under the name', async function () {
    const place: Place = { 'a/child': ['a/base'], 'a/base': [] }
    const both = registeredBy({ 'a/base': [OTHERS[0]!], '!a/base': [OTHERS[1]!] })
    const [child] = plan(await walk(place, ['a/child']), both).imported
    expect(child!.parents[0]!.is).to.include({ kind: 'registered', by: OTHERS[0] })
    const byName = registeredBy({ '!a/base': [OTHERS[1]!] })
    const [other] = plan(await walk(place, ['a/child']), byName).imported
    expect(other!.parents[0]!.is).to.include({ kind: 'registered', by: OTHERS[1] })
    expect(other!.notes.join()).to.contain('registered with other weights')
    const named = plan(await walk(place, ['a/child', 'a/base']), byName)
    expect(kindsOf(named)).to.deep.equal({ 'a/base': [], 'a/child': ['imported'] })
    expect(named.imported[0]!.notes.join()).to.contain('Other weights are registered under this name')
  })

  it('takes publishers whose word counts, then its own, and never chooses among others', async function () {
    const walked = await walk({ 'a/child': ['a/base'], 'a/base': [] }, ['a/child'])
    const all = registeredBy({ 'a/base': [OWN, ...OTHERS] })
    const by = (more: Partial<planImport.Parameters>) => {
      const { imported, failed } = plan(walked, all, more)
      const is = imported[0]?.parents[0]!.is
      return is?.kind === 'registered' ? is.by : failed[0]!.error.code
    }
    expect(by({ own: OWN })).to.equal(OWN)
    expect(by({ own: OWN, counts: (each) => each === OTHERS[2] })).to.equal(OTHERS[2])
    expect(by({})).to.equal('AMBIGUOUS_PARENT')
    expect(by({ counts: (each) => OTHERS.includes(each) })).to.equal('AMBIGUOUS_PARENT')
    const model = all.byWeights.get(sha256Text('a/base'))![1]!.model
    const { imported } = plan(walked, all, { chosen: { 'a/base': model } })
    expect(imported[0]!.parents[0]!.is).to.deep.equal({ kind: 'registered', model, by: null })
  })

  it('makes external what a place will never show, and fails for what it may show later, and for all above it', async function () {
    for (const [error, kind] of [
      [new PlaceError('input'), 'external'],
      [new PlaceError('refused'), 'external'],
      [new PlaceError('unavailable'), undefined],
      [new PlaceError('undecided'), undefined],
      [new PlaceError('refused', 'HUB_TOKEN'), undefined],
    ] as const) {
      const walked = await walk({ 'a/1': ['a/2'], 'a/2': ['a/3'], 'a/3': error, 'a/free': [] }, ['a/1', 'a/free'])
      const planned = plan(walked)
      if (kind === undefined) {
        expect(kindsOf(planned)).to.deep.equal({ 'a/free': [] })
        const code = error.kind === 'refused' ? 'PARENT_REFUSED' : 'PARENT_UNREAD'
        expect(planned.failed.map((each) => [each.key, each.error.code])).to.deep.equal([
          ['a/2', code],
          ['a/1', code],
        ])
      } else expect(kindsOf(planned)).to.deep.equal({ 'a/2': [kind], 'a/1': ['imported'], 'a/free': [] })
    }
  })

  it('asks a ledger for every name and digest that matters, once', async function () {
    const walked = await walk({ 'a/1': ['a/2', `0x${'5'.repeat(64)}`, `tensors:${'6'.repeat(64)}`] }, ['a/1'])
    expect(wantedOf(walked)).to.deep.equal({ names: new Set(['a/1', 'a/2']), weights: new Set([sha256Text('a/1')]) })
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'

import { parseAddress, parseDigest, parseModelId, parseTermsId, ZERO_DIGEST } from '../../src/core/hex.ts'
import { externalModel, type LineageModel } from '../../src/core/lineage.ts'
import { linesOfItems } from '../../src/documents/linesOfItems.ts'
import {
  formatLock,
  isReference,
  lockedLineage,
  LockFieldError,
  MAX_BASES,
  parseLock,
  waiverEnd,
  type Lock,
  type LockedModel,
  type Waiver,
} from '../../src/documents/lock.ts'

const hash = (digit: string): string => `0x${digit.repeat(64)}`
const model = (digit: string) => parseModelId(hash(digit))
const PUBLISHER = parseAddress(`0x${'1'.repeat(40)}`)

const ENTRY: LockedModel = {
  name: 'acme/chat',
  model: model('a'),
  weights: parseDigest(hash('b')),
  tensors: ZERO_DIGEST,
  publisher: PUBLISHER,
  standing: 'accredited',
  use: ['commercial'],
  subject: null,
  bases: [model('c'), model('d')],
  lineage: parseDigest(hash('e')),
}
const WAIVER: Waiver = {
  finding: 'right-withheld/redistribute',
  model: ENTRY.model,
  at: model('c'),
  use: 'commercial',
  reason: 'a deal with "Acme"',
  who: 'ann@example.org',
  until: '2027-02-28',
}
const LOCK: Lock = {
  version: 1,
  deployment: { chainId: 31337, ledger: parseAddress(`0x${'2'.repeat(40)}`) },
  models: [
    ENTRY,
    { ...ENTRY, name: 'Zed', tensors: parseDigest(hash('f')), subject: 'models/zed', standing: 'trusted' },
  ],
  accepted: [WAIVER, { ...WAIVER, at: ENTRY.model }],
  bindings: [
    { external: model('9'), by: [], models: [model('8'), model('7')] },
    { external: model('9'), by: [PUBLISHER], models: [model('8')] },
  ],
  names: [{ name: 'hf:acme/chat', publisher: PUBLISHER, repository: '17' }],
}
const TEXT = formatLock(LOCK)

/** A lock file whose JSON somebody changed. */
function changed(change: (value: any) => void): string {
  const value = JSON.parse(TEXT)
  change(value)
  return JSON.stringify(value, null, 2)
}

const WRONG_SHAPES: [string, (value: any) => void][] = [
  ['another version', (value) => (value.version = 2)],
  ['a version as text', (value) => (value.version = '1')],
  ['a file without models', (value) => delete value.models],
  ['models that are not a list', (value) => (value.models = {})],
  ['an entry that is not an object', (value) => (value.models[0] = null)],
  ['an unknown field of the file', (value) => (value.model = [])],
  ['an unknown field of an entry', (value) => (value.models[0].licence = 'x')],
  ['an entry without bases', (value) => delete value.models[0].bases],
  ['more bases than an entry has', (value) => (value.models[0].bases = Array(MAX_BASES + 1).fill(hash('1')))],
  ['an id that is too short', (value) => (value.models[0].model = '0x12')],
  ['an id that is a number', (value) => (value.models[0].model = 12)],
  ['an unverified standing', (value) => (value.models[0].standing = 'unverified')],
  ['no use', (value) => (value.models[0].use = [])],
  ['a use twice', (value) => (value.models[0].use = ['host', 'host'])],
  ['a use that is not a right', (value) => (value.models[0].use = ['everything'])],
  ['an empty name', (value) => (value.models[0].name = '')],
  ['an empty subject', (value) => (value.models[0].subject = '')],
  ['a chain that is not whole', (value) => (value.deployment.chainId = 1.5)],
  ['a chain below zero', (value) => (value.deployment.chainId = -1)],
  ['a ledger that is not an address', (value) => (value.deployment.ledger = hash('1'))],
  ['a waiver without an end', (value) => delete value.accepted[0].until],
  ['a waiver that ends with a time', (value) => (value.accepted[0].until = '2027-01-01T00:00:00Z')],
  ['a waiver without who answers for it', (value) => delete value.accepted[0].who],
  ['a waiver for every use', (value) => (value.accepted[0].use = '*')],
  ['a waiver for every finding', (value) => (value.accepted[0].finding = '*')],
  ['a waiver of a recall', (value) => (value.accepted[0].finding = 'model-recalled')],
  ['a binding without models', (value) => delete value.bindings[0].models],
  ['a name of nobody', (value) => delete value.names[0].publisher],
]

describe('lock file', function () {
  describe('formatLock', function () {
    it('writes one line an entry, sorted, which parseLock reads back with its lines', function () {
      const read = parseLock(TEXT)
      const lines = TEXT.split('\n')
      expect(read.models.map(({ name, line }) => [name, lines[line - 1]!.includes(`"name":"${name}"`)])).to.deep.equal([
        ['Zed', true],
        ['acme/chat', true],
      ])
      for (const { line, until } of read.accepted) expect(lines[line - 1]).to.contain(until)
      expect(read.models[1]).to.deep.equal({ ...ENTRY, line: read.models[1]!.line })
      expect(read.accepted.map(({ at }) => at)).to.deep.equal([model('a'), model('c')])
      expect(read.bindings[0]).to.deep.equal({ external: model('9'), by: [], models: [model('7'), model('8')] })
      expect(read.names).to.deep.equal(LOCK.names)
    })

    it('writes the same bytes whatever the order, and again what it wrote', function () {
      const shuffled = {
        ...LOCK,
        models: LOCK.models.toReversed().map((entry) => ({ ...entry, use: entry.use.toReversed() })),
        accepted: LOCK.accepted.toReversed(),
        bindings: [...LOCK.bindings.toReversed(), ...LOCK.bindings],
      }
      expect(formatLock(shuffled)).to.equal(TEXT)
      expect(formatLock(parseLock(TEXT))).to.equal(TEXT)
    })

    it('changes one line when a base changes', function () {
      const other = { ...LOCK, models: [{ ...ENTRY, bases: [model('c')] }, LOCK.models[1]!] }
      const [before, after] = [TEXT, formatLock(other)].map((text) => text.split('\n'))
      expect(after!.filter((line, index) => line !== before![index])).to.have.length(1)
    })

    it('writes a file without models that can be read', function () {
      const empty = { ...LOCK, models: [], accepted: [], bindings: [], names: [] }
      expect(parseLock(formatLock(empty))).to.deep.equal(empty)
    })

    it('agrees with docs/lock.schema.json, and so does what parseLock refuses of its shape', function () {
      const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/lock.schema.json'), 'utf8'))
      const isValid = new Ajv2020({ strict: true }).compile(schema)
      expect(isValid(JSON.parse(TEXT)), JSON.stringify(isValid.errors)).to.equal(true)
      for (const [name, change] of WRONG_SHAPES) expect(isValid(JSON.parse(changed(change))), name).to.equal(false)
    })
  })

  describe('parseLock', function () {
    for (const [name, change] of WRONG_SHAPES) {
      it(`refuses ${name}`, function () {
        expect(() => parseLock(changed(change))).to.throw(LockFieldError)
      })
    }

    const refused: [string, (value: any) => void][] = [
      ['a name that two entries have', (value) => (value.models[1].name = value.models[0].name)],
      ['a waiver that stands there twice', (value) => (value.accepted[1] = { ...value.accepted[0], who: 'other' })],
      ['a subject that leads out', (value) => (value.models[0].subject = 'models/../../x')],
      ['a subject with a backslash', (value) => (value.models[0].subject = 'models\\x')],
      ['a subject that is absolute', (value) => (value.models[0].subject = '/etc/passwd')],
      ['a subject on a drive', (value) => (value.models[0].subject = 'C:models')],
      ['a name with a control character', (value) => (value.models[0].name = 'a\u001b[2J')],
      ['a name that turns text around', (value) => (value.models[0].name = 'a\u202eb')],
      ['half a surrogate pair', (value) => (value.accepted[0].reason = 'a\ud800')],
      ['a text of spaces', (value) => (value.accepted[0].who = '  ')],
      ['a text of more bytes than fit', (value) => (value.accepted[0].who = 'ä'.repeat(1025))],
      ['a day that no calendar has', (value) => (value.accepted[0].until = '2027-02-29')],
      ['a month that no calendar has', (value) => (value.accepted[0].until = '2027-13-01')],
    ]
    for (const [name, change] of refused) {
      it(`refuses ${name}`, function () {
        expect(() => parseLock(changed(change))).to.throw(LockFieldError, /Correct the file\./)
      })
    }

    it('names line, field, value and what was expected, and hints at a misspelled field', function () {
      const text = TEXT.replace('"finding":"right-withheld/redistribute"', '"findin":"x"')
      const line = text.split('\n').findIndex((each) => each.includes('findin"')) + 1
      expect(() => parseLock(text)).to.throw(
        LockFieldError,
        `line ${line}, findin is "x". Expected one of the fields finding, model, at, use, reason, who, until. Correct the file. Did you mean "finding"?`,
      )
    })

    it('lets nobody accept a recall, under any spelling of what it is about', function () {
      for (const finding of ['model-recalled', 'model-recalled/commercial']) {
        const text = changed((value) => (value.accepted[0].finding = finding))
        expect(() => parseLock(text), finding).to.throw(LockFieldError, /what is recalled never can/)
      }
    })

    it('refuses JSON that readers could read in two ways, or that no memory holds', function () {
      const twice = TEXT.replace('"version": 1', '"version": 1,\n  "version": 1')
      expect(() => parseLock(twice))
        .to.throw(Error)
        .with.property('code', 'DUPLICATE_JSON_NAME')
      const polluted = TEXT.replace('"version": 1', '"version": 1,\n  "__proto__": { "models": [] }')
      expect(() => parseLock(polluted)).to.throw(LockFieldError)
      const inner = TEXT.replace('"name":"acme/chat"', '"__proto__":{},"name":"acme/chat"')
      expect(() => parseLock(inner)).to.throw(LockFieldError)
      expect(() => parseLock('['.repeat(100_000) + ']'.repeat(100_000)))
        .to.throw(Error)
        .with.property('code', 'JSON_TOO_DEEP')
      expect(() => parseLock(TEXT.padEnd(9 * 1024 * 1024))).to.throw(LockFieldError, /too long/)
      for (const text of ['', '{', 'null', '[]', '"x"', `<<<<<<< ours\n${TEXT}`]) {
        expect(() => parseLock(text), text.slice(0, 9))
          .to.throw(Error)
          .with.property('code')
          .that.matches(/^(INVALID_JSON|LOCK_FIELD)$/)
      }
    })

    it('reads a byte-order mark, carriage returns, and any layout, with the right lines', function () {
      const spread = `\u{feff}${JSON.stringify(JSON.parse(TEXT), null, 2).replaceAll('\n', '\r\n')}`
      const read = parseLock(spread)
      const lines = spread.split('\n')
      for (const { line, name } of read.models) expect(lines.slice(line - 1, line + 1).join()).to.contain(`"${name}"`)
      expect(formatLock(read)).to.equal(TEXT)
      expect(parseLock(JSON.stringify(JSON.parse(TEXT))).models.map(({ line }) => line)).to.deep.equal([1, 1])
    })

    it('reads digests and addresses in any case', function () {
      const text = TEXT.replaceAll(hash('a'), `0x${'A'.repeat(64)}`)
      expect(parseLock(text).models[0]!.model).to.equal(model('a'))
    })
  })

  it('knows a reference from a path', function () {
    for (const text of ['hf:acme/chat', 'ollama:chat', 'https://example.org/x'])
      expect(isReference(text)).to.equal(true)
    for (const text of ['models/chat', './x', 'C:x', 'a b:c']) expect(isReference(text)).to.equal(false)
  })

  it('counts the day until which a waiver holds as a whole', function () {
    expect(waiverEnd({ until: '1970-01-02' })).to.equal(2 * 86_400 - 1)
  })
})

describe('linesOfItems', function () {
  it('gives the line of each item of the outermost lists, and of nothing else', function () {
    const text = '{\n"a": [\n1, {"x": [\n2]},\n\n"]"],\n"b": { "a": [\n1] }, "c": [], "d": [[\n3]\n,4]}'
    expect([...linesOfItems(text)]).to.deep.equal([
      ['a', [3, 3, 6]],
      ['c', []],
      ['d', [8, 10]],
    ])
    expect([...linesOfItems('[[1]]')]).to.deep.equal([])
  })

  it('agrees with a naive reader on random layouts', function () {
    let state = 7
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return state % below
    }
    const space = (): string => '\n \r\n\t'.slice(0, random(5))
    for (let round = 0; round < 200; round++) {
      const items = Array.from(
        { length: random(5) },
        (_, index) => ['"\\"],[\\n"', '{"q":[1,2]}', '[[],[1]]', 'null', String(index)][random(5)]!,
      )
      let text = `{${space()}"list"${space()}:${space()}[`
      const expected = items.map((item, index) => {
        text += `${index > 0 ? `${space()},` : ''}${space()}`
        const line = text.split('\n').length
        text += item
        return line
      })
      text += `${space()}]${space()}}`
      JSON.parse(text)
      expect(linesOfItems(text).get('list'), text).to.deep.equal(expected)
    }
  })
})

describe('lockedLineage', function () {
  const entry = (digit: string, parents: LineageModel['parents']): LineageModel => ({
    ...externalModel(model(digit)),
    publisher: PUBLISHER,
    terms: parseTermsId(hash('5')),
    parents,
  })
  const edge = (digit: string, more = {}) =>
    ({ model: model(digit), relation: 'finetune', grade: 'declared', undisclosed: false, ...more }) as const
  const chain = [entry('a', [edge('b'), edge('c')]), entry('c', []), entry('b', [edge('c')])]

  it('names the bases nearest first, and does not depend on the order of what was read', function () {
    const { bases, lineage } = lockedLineage(chain)
    expect(bases).to.deep.equal([model('b'), model('c')])
    const [first, ...others] = chain
    expect(lockedLineage([first!, ...others.toReversed()])).to.deep.equal({ bases, lineage })
    expect(lockedLineage([entry('a', [edge('c'), edge('b')]), ...others]).lineage).to.equal(lineage)
  })

  it('changes with every edge, its relation, its evidence, and the terms of a base', function () {
    const [first, ...others] = chain
    const variants = [
      [entry('a', [edge('b')]), ...others],
      [entry('a', [edge('b', { relation: 'merge' }), edge('c')]), ...others],
      [entry('a', [edge('b', { grade: 'attested' }), edge('c')]), ...others],
      [entry('a', [edge('b', { undisclosed: true }), edge('c')]), ...others],
      [first!, { ...others[0]!, terms: parseTermsId(hash('6')) }, others[1]!],
    ]
    const digests = new Set([chain, ...variants].map((models) => lockedLineage(models).lineage))
    expect(digests.size).to.equal(variants.length + 1)
  })

  it('names some bases and commits to all', function () {
    const ids = Array.from({ length: MAX_BASES + 3 }, (_, index) =>
      parseModelId(`0x${String(index + 1).padStart(64, '0')}`),
    )
    const row = ids.map((id, index) => ({
      ...entry('a', ids[index + 1] ? [{ ...edge('a'), model: ids[index + 1]! }] : []),
      model: id,
    }))
    const { bases, lineage } = lockedLineage(row)
    expect(bases).to.deep.equal(ids.slice(1, MAX_BASES + 1))
    const others = [...row.slice(0, -1), { ...row.at(-1)!, terms: parseTermsId(hash('6')) }]
    expect(lockedLineage(others).bases).to.deep.equal(bases)
    expect(lockedLineage(others).lineage).to.not.equal(lineage)
  })
})

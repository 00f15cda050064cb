import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import solc from 'solc'

import { coverageOf, coverageTable } from '../../tools/coverage.ts'
import { instrumentForCoverage } from '../../tools/instrument/coveragePoints.ts'
import { applyEdits } from '../../tools/instrument/edits.ts'
import { root } from '../../tools/instrument/files.ts'
import { declarationsOf, mutate } from '../../tools/instrument/mutants.ts'
import { PROBE_LIBRARY, PROBE_SOURCE } from '../../tools/instrument/probe.ts'
import { readSourceTrees, type SourceTree } from '../../tools/instrument/syntaxTree.ts'

const BODY = `
    uint256 private constant LIMIT = 8;
    enum State { Open, Shut }
    State public state;
    uint256 public total;
    error Over(uint256 amount, uint256 limit);

    modifier onlyOpen() {
        if (state != State.Open) revert Over(0, 0);
        _;
    }

    function add(uint256 amount, bool twice) external onlyOpen returns (uint256 result) {
        if (amount == 0 || total + amount > LIMIT) revert Over(amount, total);
        for (uint256 i = 0; i < (twice ? 2 : 1); ++i) total += amount;
        assembly ("memory-safe") {
            result := add(amount, 1)
        }
    }

    function nothing() external {}
`

describe('tools/instrument', function () {
  let folder: string
  let tree: SourceTree

  before(function () {
    folder = mkdtempSync(join(tmpdir(), 'stemma-instrument-'))
    mkdirSync(join(folder, 'contracts'))
    symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'))
    const source = `// SPDX-License-Identifier: Apache-2.0\npragma solidity ^0.8.35;\n// ünïcödé before\ncontract Sum {${BODY}}\n`
    writeFileSync(join(folder, 'contracts/Sum.sol'), source)
    tree = readSourceTrees(folder)[0]!
  })

  after(function () {
    rmSync(folder, { recursive: true })
  })

  describe('applyEdits', function () {
    it('makes changes within changes, the first of two with one range within', function () {
      const mark = (name: string) => (inner: string) => `${name}(${inner})`
      const edits = [
        { start: 4, end: 9, wrap: mark('a') },
        { start: 4, end: 9, wrap: mark('b') },
        { start: 0, end: 9, wrap: mark('c') },
        { start: 4, end: 5, wrap: mark('d') },
        { start: 9, end: 9, wrap: () => '!' },
      ]
      expect(applyEdits('one + two', edits)).to.equal('c(one b(a(d(+) two)))!')
    })

    it('refuses ranges that overlap', function () {
      const wrap = (inner: string) => inner
      expect(() =>
        applyEdits('one + two', [
          { start: 0, end: 5, wrap },
          { start: 4, end: 9, wrap },
        ]),
      ).to.throw('Edits overlap at 4-9.')
    })
  })

  describe('coverage', function () {
    it('has a point for each statement and for both outcomes of each condition, and compiles', function () {
      const { source, points } = instrumentForCoverage(tree, 1)
      expect(failuresOf(source)).to.deep.equal([])
      const conditions = points.filter(({ kind }) => kind === 'true').map(({ code }) => code)
      expect(conditions).to.have.members([
        'state != State.Open',
        'amount == 0',
        'total + amount > LIMIT',
        'i < (twice ? 2 : 1)',
        'twice',
      ])
      expect(points.filter(({ kind }) => kind === 'false')).to.have.lengthOf(conditions.length)
      expect(points.filter(({ kind }) => kind === 'statement').map(({ place }) => place)).to.include.members([
        'Sum.onlyOpen',
        'Sum.add',
        'Sum.nothing',
      ])
    })

    it('names one branch that no test took, and a line that none reached', function () {
      const { points } = instrumentForCoverage(tree, 1)
      const all = new Set(points.map(({ id }) => id))
      expect(coverageOf(points, all)[0]).to.deep.include({ branches: [10, 10], missed: [] })
      const missed = points.find(({ kind, code }) => kind === 'true' && code === 'amount == 0')!
      all.delete(missed.id)
      const [file] = coverageOf(points, all)
      expect(file!.branches).to.deep.equal([9, 10])
      expect(file!.lines[0]).to.equal(file!.lines[1] - 1)
      expect(coverageTable([file!])).to.contain(
        `not reached: contracts/Sum.sol:${missed.line} Sum.add: amount == 0 is true`,
      )
    })
  })

  describe('mutants', function () {
    it('are all in one source, which compiles', function () {
      const { source, points } = mutantsOf(tree)
      expect(failuresOf(source)).to.deep.equal([])
      expect(new Set(points.map(({ id }) => id)).size).to.equal(points.length)
      expect(new Set(points.map(({ key }) => key)).size).to.equal(points.length)
    })

    it('try every operator that there is something for', function () {
      const found = mutantsOf(tree).points.map(({ operator, before, after }) => `${operator}: ${before} -> ${after}`)
      expect(found).to.include.members([
        'condition: amount == 0 -> true',
        'condition: amount == 0 -> false',
        'logic: amount == 0 || total + amount > LIMIT -> amount == 0 && total + amount > LIMIT',
        'boundary: total + amount > LIMIT -> total + amount >= LIMIT',
        'arithmetic: total + amount -> total - amount',
        'arithmetic: ++i -> --i',
        'constant: LIMIT -> LIMIT ^ 1',
        'arguments: amount, total -> total, amount',
        'member: State.Open -> State.Shut',
        'number: 2 -> (2) + 1',
        'statement: total += amount -> ',
        'modifier: onlyOpen -> ',
        'assembly: add(amount, 1) -> sub',
        'assembly: 1 -> 1 + 1',
      ])
    })

    it('of a modifier live wherever the modifier is used', function () {
      const { source, points } = mutantsOf(tree)
      const inBody = points.filter(({ place }) => place === 'Sum.onlyOpen')
      expect(inBody).to.not.have.lengthOf(0)
      for (const { id, key } of inBody) expect(source.split(`Probe.on(${id})`), key).to.have.lengthOf.greaterThan(2)
    })

    it('that survive, and why, are mutants that there are', function () {
      const trees = readSourceTrees(root)
      const declarations = declarationsOf(trees.map((it) => it.root))
      const keys = new Set(trees.flatMap((it) => mutate(it, 1, declarations).points.map(({ key }) => key)))
      const survivors = JSON.parse(readFileSync(join(root, 'test/mutation/survivors.json'), 'utf8')) as object
      for (const [key, reason] of Object.entries(survivors)) {
        expect(keys.has(key), key).to.equal(true)
        expect(reason, key).to.be.a('string').that.does.not.equal('')
      }
    })

    it('keep their keys when other lines change', function () {
      const keys = mutantsOf(tree).points.map(({ key }) => key)
      writeFileSync(
        join(folder, 'contracts/Sum.sol'),
        tree.text.replace('contract Sum', '// a line more\n\ncontract Sum'),
      )
      const moved = readSourceTrees(folder)[0]!
      expect(mutantsOf(moved).points.map(({ key }) => key)).to.deep.equal(keys)
    })
  })
})

function mutantsOf(tree: SourceTree) {
  return mutate(tree, 1, declarationsOf([tree.root]))
}

/** The errors that solc reports for an instrumented source. */
function failuresOf(source: string): string[] {
  const sources = {
    'contracts/Sum.sol': { content: Buffer.from(source, 'latin1').toString() },
    [PROBE_SOURCE]: { content: PROBE_LIBRARY },
  }
  const settings = { evmVersion: 'osaka', outputSelection: { '*': { '*': ['evm.bytecode.object'] } } }
  const { errors = [] } = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings }))) as {
    errors?: { severity: string; formattedMessage: string }[]
  }
  return errors.filter(({ severity }) => severity === 'error').map(({ formattedMessage }) => formattedMessage)
}

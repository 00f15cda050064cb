import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'
import ts from 'typescript'

const root = join(import.meta.dirname, '../..')
const TEST = /^- `([^`]+)`: (.+)$/gm

type Threat = { number: number; title: string; text: string }

function threatsOf(markdown: string): Threat[] {
  return markdown
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [, number, title, text] = /^(\d+)\. (.+)\n([^]*)$/.exec(section) ?? []
      return { number: Number(number), title: title!, text: text!.replace(/^## [^]*$/m, '') }
    })
}

/** A suite or test that is declared and never run, with all that is in it: `describe.skip`, `it.skip`, `xdescribe`, `xit`. */
const SKIPPED = /^((describe|context|suite|it|specify|test)\.skip|x(describe|context|it|specify))$/

/** The titles of a file's tests that are run. Template titles are as in the source. */
function titlesOf(path: string, source = readFileSync(join(root, path), 'utf8')): Set<string> {
  if (path.endsWith('.sol')) {
    return new Set(Array.from(source.matchAll(/^ *function (\w+)\(/gm), ([, name]) => name!))
  }
  const titles = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && SKIPPED.test(node.expression.getText())) return
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'it') {
      const title = node.arguments[0]!
      titles.add(ts.isStringLiteralLike(title) ? title.text : title.getText().slice(1, -1))
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true))
  return titles
}

const titlesByPath = new Map<string, Set<string>>()

/** The faults of a threat: neither a test nor an accepted risk, or a missing test. */
function faultsOf({ number, title, text }: Threat): string[] {
  const tests = [...text.matchAll(TEST)]
  const faults = tests.flatMap(([, path, name]) => {
    if (!existsSync(join(root, path!))) return [`${number}: there is no ${path}`]
    const titles = titlesByPath.get(path!) ?? titlesOf(path!)
    titlesByPath.set(path!, titles)
    return titles.has(name!) ? [] : [`${number}: ${path} has no test "${name}"`]
  })
  if (tests.length === 0 && !/^Accepted: \S/m.test(text))
    faults.push(`${number}. ${title} names no test and accepts nothing`)
  return faults
}

describe('docs/threat-model.md', function () {
  const threats = threatsOf(readFileSync(join(root, 'docs/threat-model.md'), 'utf8'))

  it('numbers the threats from 1, without a gap, to 23 at least', function () {
    expect(threats.map(({ number }) => number)).to.deep.equal(threats.map((_, index) => index + 1))
    expect(threats.length).to.be.at.least(23)
  })

  it('has for every threat tests that are in the tree, or says what is accepted', function () {
    expect(threats.flatMap(faultsOf)).to.deep.equal([])
  })

  it('counts no test that is skipped, alone or with its suite', function () {
    const source = [
      "describe('a', function () { it('runs', f); it.skip('is off', f); xit('is off too', f) })",
      "describe.skip('b', function () { it('is in a suite that is off', f) })",
      "xdescribe('c', function () { describe('d', function () { it('is deeper', f) }) })",
    ].join('\n')
    expect([...titlesOf('a.test.ts', source)]).to.deep.equal(['runs'])
  })

  it('notices a threat without a test, and a test or a file that is not there', function () {
    const path = 'test/docs/threatModel.test.ts'
    const [bare, absent, here, accepted] = threatsOf(
      [
        '### 1. One\n\nHope.\n',
        `### 2. Two\n\n- \`${path}\`: is not there\n- \`test/none.test.ts\`: anything\n`,
        `### 3. Three\n\n- \`${path}\`: notices a threat without a test, and a test or a file that is not there\n`,
        '### 4. Four\n\nAccepted: it cannot be helped.\n\n## Next part\n',
      ].join('\n'),
    )
    expect(faultsOf(bare!)).to.deep.equal(['1. One names no test and accepts nothing'])
    expect(faultsOf(absent!)).to.deep.equal([
      `2: ${path} has no test "is not there"`,
      '2: there is no test/none.test.ts',
    ])
    expect(faultsOf(here!)).to.deep.equal([])
    expect(faultsOf(accepted!)).to.deep.equal([])
  })
})

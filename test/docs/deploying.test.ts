import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { RESTRICTED_FUNCTIONS, ROLES } from '../../src/core/roles.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/guides/deploying.md'), 'utf8')

/** The rows of the table under a heading, each with its cells. */
function tableUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))
  const rows = (section ?? '').split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** The names in backticks of a text. */
const named = (text: string): string[] => Array.from(text.matchAll(/`([^`]+)`/g), ([, name]) => name!)

/** What a cell of functions names: `contract.function`, or `function` and … of `contract` and …. */
function functionsIn(cell: string): string[] {
  return cell.split(';').flatMap((part) => {
    const [names, contracts] = part.split('` of `')
    if (contracts === undefined) return named(part)
    return named(`\`${contracts}`).flatMap((contract) => named(`${names}\``).map((name) => `${contract}.${name}`))
  })
}

/** The value of a constant of the review machine, which Solidity writes with a unit or with underscores. */
function constantOf(name: string): number {
  const source = readFileSync(join(root, 'contracts/gate/ReviewMachine.sol'), 'utf8')
  const [, digits, unit] = new RegExp(`constant ${name} = ([\\d_]+)(?: (hours|days))?;`).exec(source)!
  return Number(digits!.replaceAll('_', '')) * (unit === 'days' ? 86_400 : unit === 'hours' ? 3600 : 1)
}

describe('docs/guides/deploying.md', function () {
  it('names every restricted function beside the role that it takes, and no other', function () {
    const rows = tableUnder('Which function takes which role')
    expect(rows.map(([role]) => role)).to.deep.equal(Object.keys(ROLES))
    for (const [role, cell] of rows) {
      const taken = RESTRICTED_FUNCTIONS.filter((each) => each.role === role)
      const names = taken.map(({ contract, signature }) => `${contract}.${signature.split('(')[0]!}`)
      expect(functionsIn(cell!), role).to.have.members(names)
    }
  })

  it('names every setter of the gate with the bounds that the contract has', function () {
    const rows = tableUnder('What can be changed later')
    const setters = RESTRICTED_FUNCTIONS.filter(({ signature }) => signature.startsWith('set'))
    expect(rows.flatMap(([name]) => named(name!))).to.have.members(
      setters.map(({ signature }) => signature.split('(')[0]!),
    )
    const bounds = new Map(rows.map(([name, cell]) => [named(name!)[0], cell!.replaceAll(',', '')]))
    expect(bounds.get('setReviewPeriod')).to.equal(`${constantOf('MIN_PERIOD')} to ${constantOf('MAX_PERIOD')} s`)
    expect(bounds.get('setMargin')).to.equal(`0 to ${constantOf('MAX_MARGIN')} s`)
    expect(bounds.get('setMinBlocks')).to.equal(`0 to ${constantOf('MAX_BLOCKS')} blocks`)
    expect(bounds.get('setQuorum')).to.equal(`1 to ${constantOf('MAX_QUORUM')} organizations`)
  })

  it('explains every option that sets a parameter, and only those', function () {
    const script = readFileSync(join(root, 'scripts/deploy.ts'), 'utf8')
    const table = (name: string): string[] =>
      Array.from(
        new RegExp(`const ${name} = \\{([^}]*)\\}`).exec(script)![1]!.matchAll(/'([\w-]+)':/g),
        ([, key]) => key!,
      )
    const options = [...table('NUMBERS'), ...table('DELAYS'), 'treasury'].map((option) => `--${option}`)
    const explained = tableUnder('On a public L2').flatMap(([cell]) => named(cell!))
    expect(explained).to.have.members(options)
  })

  it('knows of no setter in the claims, whose parameters are constants of a deployment', function () {
    const source = readFileSync(join(root, 'contracts/claims/LineageClaims.sol'), 'utf8')
    for (const name of ['_DEPOSIT', '_CONTEST_PERIOD', '_TREASURY']) expect(source).to.contain(`immutable ${name};`)
  })
})

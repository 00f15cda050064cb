import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { commandNames, helpOf, reference } from './reference.ts'

describe('stemma --help', function () {
  it('is what docs/cli.md says; else run node test/cli/reference.ts --write', async function () {
    const { actual, expected } = await reference()
    expect(actual).to.equal(expected)
  })

  it('has an example, the shape of the JSON and --json, and fits into 80 columns, for every command', async function () {
    expect(commandNames().length).to.be.greaterThan(30)
    for (const name of commandNames()) {
      const help = await helpOf(name)
      expect(help, name).to.contain(`\nExample:\n  $ stemma ${name}`)
      expect(help, name).to.contain('\nWith --json:\n  ')
      const hasTime = /^ {2}--[a-z-]+ <time>/m.test(help)
      expect(help.includes('\nA time is a date ('), name).to.equal(hasTime)
      expect(help.includes('\nA duration is a number'), name).to.equal(
        hasTime || /^ {2}--[a-z-]+ <duration>/m.test(help),
      )
      expect(help, name).to.match(/^ {2}--json +print one JSON value$/m)
      for (const line of help.split('\n')) expect([...line].length, `${name}: ${line}`).to.be.at.most(80)
    }
  })

  it('names in docs/cli.md every environment variable that the code reads', async function () {
    const { actual } = await reference()
    const root = join(import.meta.dirname, '../..')
    for (const file of ['src/console/key.ts', 'src/cli/open.ts', 'src/deployments/deploymentFiles.ts']) {
      const code = await readFile(join(root, file), 'utf8')
      for (const [name] of code.matchAll(/STEMMA_[A-Z_]+/g)) expect(actual).to.contain(`\`${name}\``)
    }
  })
})

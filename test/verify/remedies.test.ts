import { expect } from 'chai'

import type { Finding } from '../../src/core/report.ts'
import { verify } from '../../src/verify/verify.ts'
import { commandNames } from '../cli/reference.ts'
import { accountNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

const [maker, tuner] = [accountNumber(1), accountNumber(2)]

describe('the remedy of a finding that leaves a use open or forbids it', function () {
  it('names a command that exists', async function () {
    const known = new Set(commandNames())
    const ledger = new MemoryLedger()
    const research = termsFor('research-only', { rights: ['research', 'modify'] })
    const base = ledger.register({ name: 'a/base', publisher: maker, terms: research })
    const silent = ledger.register({ name: 'a/silent', publisher: maker })
    const model = ledger.register({
      name: 'b/tuned',
      publisher: tuner,
      terms: termsFor('free', { rights: ['research', 'commercial'] }),
      parents: [{ model: base }, { model: silent }],
    })
    ledger.verifiedUntil.set(tuner, 0)
    const { findings } = await verify(ledger.reader(), { model, use: 'commercial' })
    const about: Finding[] = []
    for (const status of ['recalled', 'retired', 'superseded'] as const) {
      const parent = ledger.register({ name: `a/${status}`, publisher: maker, terms: research, status })
      const child = ledger.register({ name: 'b/of', publisher: tuner, terms: research, parents: [{ model: parent }] })
      const policy = { deniedPublishers: [maker] }
      about.push(...(await verify(ledger.reader(), { model: child, use: 'research', policy })).findings)
    }
    const marks = ['model-recalled', 'model-retired', 'model-superseded', 'publisher-denied']
    const decisive = [
      ...findings.filter(({ severity }) => severity === 'blocking' || severity === 'unknown'),
      ...about.filter(({ code }) => marks.includes(code)),
    ]
    expect(new Set(decisive.map(({ code }) => code))).to.include.members([
      'right-withheld',
      'right-unstated',
      'publisher-unverified',
      ...marks,
    ])
    for (const { code, remedy } of decisive) {
      const commands = [...remedy.matchAll(/stemma ([a-z]+(?: [a-z]+){0,2})/g)].map(([, words]) => words!)
      expect(commands, `${code}: ${remedy}`).to.not.deep.equal([])
      for (const words of commands) {
        const [first, second] = words.split(' ')
        expect(known.has(words) || known.has(`${first} ${second}`) || known.has(first!), words).to.equal(true)
      }
    }
  })
})

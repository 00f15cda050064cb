import { expect } from 'chai'

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
    const decisive = findings.filter(({ severity }) => severity === 'blocking' || severity === 'unknown')
    expect(new Set(decisive.map(({ code }) => code))).to.include.members([
      'right-withheld',
      'right-unstated',
      'publisher-unverified',
    ])
    for (const { code, remedy } of decisive) {
      const commands = [...remedy.matchAll(/stemma ([a-z]+(?: [a-z]+)?)/g)].map(([, words]) => words!)
      expect(commands, `${code}: ${remedy}`).to.not.deep.equal([])
      for (const words of commands) {
        expect(known.has(words) || known.has(words.split(' ')[0]!), words).to.equal(true)
      }
    }
  })
})

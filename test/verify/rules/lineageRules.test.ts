import { expect } from 'chai'

import { FieldReader } from '../../../src/documents/fields.ts'
import { parsePolicy } from '../../../src/verify/policy.ts'
import { readRules, ruleKey } from '../../../src/verify/rules/lineageRules.ts'

const account = `0x${'Ab'.repeat(20)}`
const id = `0x${'Cd'.repeat(32)}`

describe('parsePolicy, of rules on the lineage', function () {
  const parse = (...lineage: unknown[]): unknown => parsePolicy({ version: 1, lineage }).lineage?.rules

  it('reads every rule, in the form in which a program writes it', function () {
    expect(
      parse(
        { denyPublishers: [account, account.toLowerCase()] },
        { onlyPublishers: [account], of: 'ancestors' },
        { denyCountries: ['CN', 'RU', 'CN'], why: 'sanctions list of May' },
        { onlyCountries: ['US'], of: 'lineage' },
        { accredited: true },
        { accreditedBy: [account] },
        { denyModels: [id, 'Acme/*', 'acme/M30', 'gpt2', 'https://models.example/x', `tensors:${'0f'.repeat(32)}`] },
        { onlyModels: ['hf:acme/m30'] },
        { parents: 'none' },
        { unknownParents: 'deny' },
      ),
    ).to.deep.equal([
      { denyPublishers: [account.toLowerCase()] },
      { onlyPublishers: [account.toLowerCase()], of: 'ancestors' },
      { denyCountries: ['CN', 'RU'], why: 'sanctions list of May' },
      { onlyCountries: ['US'] },
      { accredited: true },
      { accreditedBy: [account.toLowerCase()] },
      {
        denyModels: [
          id.toLowerCase(),
          'acme/*',
          'acme/M30',
          'gpt2',
          'https://models.example/x',
          `tensors:${'0f'.repeat(32)}`,
        ],
      },
      { onlyModels: ['hf:acme/m30'] },
      { parents: 'none' },
      { unknownParents: 'deny' },
    ])
    expect(parse()).to.deep.equal([])
  })

  it('refuses what it does not understand, and says the field, the value and what to write', function () {
    const wrong: [rule: unknown, ...parts: string[]][] = [
      ['parents', '"lineage[0]" is "parents"', 'expected an object'],
      [{}, '"lineage[0]" is', 'denyPublishers'],
      [{ of: 'ancestors' }, '"lineage[0]" is'],
      [{ denyCountrys: ['CN'] }, '"denyCountrys"', 'Did you mean "denyCountries"?'],
      [{ parents: 'none', accredited: true }, '"lineage[0].parents" is "none"', 'one rule for each object'],
      [{ parents: 'some' }, '"lineage[0].parents" is "some"', 'none'],
      [{ parents: 'none', of: 'ancestors' }, '"lineage[0].of"', 'no such field beside parents'],
      [{ unknownParents: true }, '"lineage[0].unknownParents" is true', 'deny'],
      [{ accredited: false }, '"lineage[0].accredited" is false', 'leave it out'],
      [{ accreditedBy: [] }, '"lineage[0].accreditedBy"', 'at least 1'],
      [{ denyCountries: [] }, '"lineage[0].denyCountries"', 'at least 1'],
      [{ denyCountries: 'CN' }, '"lineage[0].denyCountries" is "CN"', 'a list'],
      [{ denyCountries: ['DE', 'cn'] }, '"lineage[0].denyCountries[1]" is "cn"', 'Did you mean "CN"?'],
      [{ denyCountries: ['UK'] }, 'Did you mean "GB"?'],
      [{ denyCountries: ['USA'] }, 'Did you mean "US"?'],
      [{ denyCountries: ['XX'] }, '"XX"', 'ISO 3166-1 alpha-2'],
      [{ onlyCountries: ['EU'] }, 'The EU is not a country: list its members.'],
      [{ denyCountries: [1] }, '"lineage[0].denyCountries[0]" is 1'],
      [{ denyPublishers: ['0x1'] }, '"lineage[0].denyPublishers[0]" is "0x1"', '40 hex digits'],
      [{ denyModels: ['*'] }, '"*"', 'A star stands alone'],
      [{ denyModels: ['acme/m*'] }, '"acme/m*"', 'as in acme/*'],
      [{ denyModels: ['*/m30'] }, '"*/m30"'],
      [{ denyModels: ['acme/*/x'] }, '"acme/*/x"'],
      [{ denyModels: [id.slice(0, 40)] }, 'the id of a model'],
      [{ denyModels: ['acme m30'] }, '"acme m30"'],
      [{ denyModels: [''] }, '""'],
      [{ denyModels: ['acme/\u001b[2J'] }, 'denyModels[0]'],
      [{ denyModels: ['tensors:12'] }, '64 hex digits'],
      [{ denyModels: ['a'.repeat(3_000)] }, 'denyModels[0]'],
      [{ parents: 'none', why: '' }, '"lineage[0].why"', '1 to 200 bytes'],
      [{ parents: 'none', why: 'x'.repeat(201) }, '"lineage[0].why"'],
      [{ parents: 'none', why: 'a\nb' }, '"lineage[0].why"'],
      [{ parents: 'none', of: 'all' }, '"lineage[0].of" is "all"'],
    ]
    for (const [rule, ...parts] of wrong) {
      let message = 'nothing was thrown'
      try {
        parse(rule)
      } catch (error) {
        expect((error as { code?: string }).code, JSON.stringify(rule)).to.equal('INVALID_POLICY')
        message = (error as Error).message
      }
      for (const part of parts) expect(message, JSON.stringify(rule)).to.contain(part)
    }
    expect(() => parse(...Array.from({ length: 65 }, () => ({ parents: 'none' })))).to.throw('a list of at most 64')
    expect(() => parsePolicy({ version: 1, lineage: {} })).to.throw('"lineage"')
    expect(() => parsePolicy({ version: 1, lineages: [] })).to.throw('Did you mean "lineage"?')
  })

  it('are known by what they ask, whatever their place, their order and their reason', function () {
    const reader = new FieldReader((field) => new Error(field))
    const keyOf = (rule: object): string => ruleKey(readRules(reader, [rule])[0]!)
    expect(keyOf({ denyCountries: ['CN', 'KP'], why: 'x' })).to.equal(keyOf({ denyCountries: ['KP', 'CN'] }))
    expect(keyOf({ denyCountries: ['KP'] })).to.match(/^denyCountries-[0-9a-f]{16}$/)
    const keys = [{ denyCountries: ['KP'] }, { denyCountries: ['KP'], of: 'ancestors' }, { onlyCountries: ['KP'] }]
    expect(new Set([...keys, { denyCountries: ['KP', 'CN'] }].map(keyOf)).size).to.equal(4)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'

import { OBLIGATION_NAMES } from '../../src/core/vocabulary.ts'
import { START_RULES } from '../../src/verify/guardPolicy.ts'
import { InvalidPolicyError, parsePolicy } from '../../src/verify/policy.ts'
import { RULE_NAMES } from '../../src/verify/rules/lineageRules.ts'

const docs = join(import.meta.dirname, '../../docs')
const account = `0x${'Ab'.repeat(20)}`

describe('docs/policy.schema.json', function () {
  const schema = JSON.parse(readFileSync(join(docs, 'policy.schema.json'), 'utf8'))
  const isValid = new Ajv2020({ strict: true }).compile(schema)

  it('takes the policies that parsePolicy reads', function () {
    const [example] = /```json\n([^]*?)```/.exec(readFileSync(join(docs, 'formats/policy.md'), 'utf8'))!.slice(1)
    const policies: Record<string, unknown>[] = [
      JSON.parse(example!),
      { version: 1 },
      { version: 1, fulfilled: [...OBLIGATION_NAMES] },
      { version: 1, facts: { monthlyRevenueUsd: 0, 'inTerritory/domicile/EU': true } },
      { version: 1, checkpoints: { signers: [account], threshold: 1 } },
      { version: 1, guard: {} },
      { version: 1, scan: {} },
      { version: 1, scan: { overrides: { rules: ['code.auto-map'], signers: [account] } } },
      {
        version: 1,
        guard: {
          uses: ['host'],
          acceptAccredited: true,
          acceptUnregistered: false,
          acceptAdapters: false,
          maxClearanceAgeSeconds: 604_800,
          graceSeconds: 0,
          adapterFolders: ['./adapters'],
          environment: { PYTHONSAFEPATH: false },
          overrides: { rules: [...START_RULES], signers: [account] },
        },
      },
      {
        version: 1,
        lineage: [
          { denyPublishers: [account] },
          { onlyPublishers: [account], of: 'ancestors' },
          { denyCountries: ['KP'], why: 'export rules' },
          { onlyCountries: ['US'], of: 'lineage' },
          { accredited: true },
          { accreditedBy: [account] },
          { denyModels: ['acme/*'] },
          { onlyModels: ['gpt2'] },
          { parents: 'none' },
          { unknownParents: 'deny' },
        ],
      },
    ]
    const rules = policies.at(-1)!.lineage as object[]
    expect(rules.map((rule) => Object.keys(rule)[0])).to.deep.equal([...RULE_NAMES])
    for (const policy of policies) {
      parsePolicy(policy)
      expect(isValid(policy), JSON.stringify(isValid.errors)).to.equal(true)
    }
  })

  it('refuses the shapes that parsePolicy refuses', function () {
    const wrong: unknown[] = [
      {},
      [],
      null,
      { version: 2 },
      { version: '1' },
      { version: 1, trusted: [] },
      { version: 1, licensee: 'acme' },
      { version: 1, guard: null },
      { version: 1, guard: { maxAge: 1 } },
      { version: 1, guard: { uses: [] } },
      { version: 1, guard: { uses: ['load'] } },
      { version: 1, guard: { acceptAccredited: 'yes' } },
      { version: 1, guard: { maxClearanceAgeSeconds: 604_801 } },
      { version: 1, guard: { graceSeconds: -1 } },
      { version: 1, guard: { adapterFolders: [''] } },
      { version: 1, guard: { environment: { PATH: true } } },
      { version: 1, guard: { overrides: {} } },
      { version: 1, guard: { overrides: { rules: ['all'] } } },
      { version: 1, scan: { rules: ['pickle.call'] } },
      { version: 1, scan: { overrides: { rules: [] } } },
      { version: 1, scan: { overrides: { rules: ['everything'] } } },
      { version: 1, scan: { overrides: { rules: ['*'], signers: [account] } } },
      { version: 1, licensee: null },
      { version: 1, trustedPublishers: account },
      { version: 1, deniedPublishers: [account.slice(1)] },
      { version: 1, fulfilled: ['thanks'] },
      { version: 1, facts: [] },
      { version: 1, facts: { monthlyRevenueUsd: '5' } },
      { version: 1, facts: { monthlyRevenueUsd: -1 } },
      { version: 1, facts: { monthlyRevenueUsd: 1.5 } },
      { version: 1, facts: { monthlyRevenueUsd: 2 ** 53 } },
      { version: 1, checkpoints: { signers: [account] } },
      { version: 1, checkpoints: { signers: [], threshold: 0 } },
      ...[
        'parents',
        {},
        { of: 'ancestors' },
        { denyCountrys: ['CN'] },
        { denyCountries: [] },
        { denyCountries: ['cn'] },
        { parents: 'some' },
        { parents: 'none', accredited: true },
        { parents: 'none', of: 'ancestors' },
        { accredited: false },
        { denyModels: [''] },
        { denyPublishers: [account], why: '' },
        { denyPublishers: [account], of: 'model' },
      ].map((rule) => ({ version: 1, lineage: [rule] })),
    ]
    for (const policy of wrong) {
      const about = JSON.stringify(policy)
      expect(() => parsePolicy(policy), about).to.throw(InvalidPolicyError)
      expect(isValid(policy), about).to.equal(false)
    }
  })
})

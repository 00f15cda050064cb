import { expect } from 'chai'

import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import type { ModelId } from '../../src/core/hex.ts'
import type { LicenseEntry } from '../../src/documents/license.ts'
import type { DraftDataset } from '../../src/documents/draft.ts'
import { dataLicenseFindings } from '../../src/verify/dataLicenses.ts'
import { digestNumber } from '../fixtures/memoryLedger.ts'

const model = digestNumber(1) as string as ModelId

describe('dataLicenseFindings', function () {
  let licenses: LicenseEntry[]
  before(async function () {
    licenses = await loadLicenses()
  })

  const dataset = (license: string, n = 2, share = 0): DraftDataset => ({
    digest: digestNumber(n),
    license,
    source: 'public',
    share,
    name: `acme/data-${n}`,
    named: false,
  })
  const codes = (license: string) => dataLicenseFindings(model, [dataset(license)], licenses).map(({ code }) => code)

  it('says what each kind of license asks of a model made from the data', function () {
    for (const [license, expected] of [
      ['cc-by-4.0', []],
      ['MIT', []],
      ['cdla-permissive-2.0', []],
      ['cc-by-nc-4.0', ['data-non-commercial']],
      ['CC-BY-ND-4.0', ['data-no-derivatives']],
      ['cc-by-nc-nd-4.0', ['data-non-commercial', 'data-no-derivatives']],
      ['cc-by-sa-4.0', ['data-share-alike']],
      ['odbl', ['data-share-alike']],
      ['cc-by-nc-sa-4.0', ['data-non-commercial', 'data-share-alike']],
      ['', ['data-license-unknown']],
      ['  ', ['data-license-unknown']],
      ['unknown', ['data-license-unknown']],
      ['other', ['data-license-unknown']],
      ['my-own-license', ['data-license-unknown']],
      ['some words of mine', ['data-license-unknown']],
      ['MIT AND CC-BY-4.0', []],
      ['Apache-2.0 WITH LLVM-exception', []],
      ['GPL-3.0-or-later', ['data-share-alike']],
      ['GPL-3.0+', ['data-share-alike']],
      ['MIT AND CC-BY-NC-4.0', ['data-non-commercial']],
      ['(CC-BY-NC-4.0 AND CC-BY-ND-4.0) AND MIT', ['data-no-derivatives', 'data-non-commercial']],
      ['MIT AND my-own-license', ['data-license-unknown']],
      ['MIT OR mit', []],
      ['CC-BY-NC-4.0 OR cc-by-nc-4.0', ['data-non-commercial']],
      ['MIT OR Apache-2.0', ['data-license-choice']],
      ['MIT AND (CC-BY-4.0 OR CC-BY-NC-4.0)', ['data-license-choice']],
      ['MIT OR (', ['data-license-unknown']],
    ] as const) {
      expect(codes(license), license).to.have.members(expected)
    }
  })

  it('leaves a choice to the registrant, and says what hangs on it', function () {
    const of = (license: string) => dataLicenseFindings(model, [dataset(license), dataset(license, 3)], licenses)
    const [free, ...others] = of('MIT OR Apache-2.0')
    expect(others).to.deep.equal([])
    expect(free!.severity).to.equal('warning')
    expect(free!.reason).to.equal(
      'The datasets acme/data-2, acme/data-3 are under a choice of licenses ("MIT OR Apache-2.0"), and which was chosen is not stated.',
    )
    expect(free!.remedy).to.equal('State the license that was chosen in the list of datasets: "MIT", or "Apache-2.0".')
    const [limited] = of('CC-BY-NC-4.0 or MIT')
    expect(limited!.severity).to.equal('unknown')
    expect(limited!.reason).to.include('something is to be said of "CC-BY-NC-4.0".')
  })

  it('names datasets, their share and the clause, once for each license', function () {
    const many = Array.from({ length: 5 }, (_, n) => dataset('cc-by-nc-4.0', n + 2, 1000))
    const findings = dataLicenseFindings(model, [...many, dataset('mit', 9)], licenses)
    expect(findings).to.have.length(1)
    expect(findings[0]!.reason).to.match(
      /^The datasets acme\/data-2, acme\/data-3, acme\/data-4 and 2 more \(50 % of the training data\) are under CC-BY-NC-4\.0, which does not allow commercial use \(.+: .+\)\.$/,
    )
  })

  it('makes one finding of all licenses that are not known, however many', function () {
    const many = Array.from({ length: 500 }, (_, n) => dataset(`license-${n}`, n + 2))
    const findings = dataLicenseFindings(model, [...many, dataset('', 999)], licenses)
    expect(findings.map(({ code, severity }) => [code, severity])).to.deep.equal([
      ['data-license-unknown', 'unknown'],
      ['data-license-unknown', 'unknown'],
    ])
  })

  it('prints hostile names safely', function () {
    const { name: _, ...nameless } = dataset('')
    const findings = dataLicenseFindings(
      model,
      [
        { ...nameless, name: null },
        { ...dataset('evil\u202e'), name: 'a\u202eb' },
      ],
      licenses,
    )
    expect(findings.map(({ reason }) => reason).join()).to.not.match(/\u202e/)
  })
})

import { expect } from 'chai'

import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import { ALL_FAMILIES, bodyOf, termsIdOf } from '../../src/core/terms.ts'
import type { TermsBody } from '../../src/core/termsBody.ts'
import { TERMS_FLAGS } from '../../src/core/vocabulary.ts'
import { termsOfLicense, type LicenseEntry } from '../../src/documents/license.ts'
import { conjunctionOf } from '../../src/documents/licenseConjunction.ts'

describe('conjunctionOf', function () {
  this.timeout(60_000)
  let licenses: LicenseEntry[]
  before(async function () {
    licenses = await loadLicenses()
  })

  const entries = (...ids: string[]): LicenseEntry[] => ids.map((id) => licenses.find((entry) => entry.id === id)!)
  const of = (...ids: string[]) => {
    const found = conjunctionOf(entries(...ids))
    return 'terms' in found ? found.terms : expect.fail(found.refused)
  }
  const outboundOf = ({ outbound }: TermsBody): bigint => (outbound === 0n ? ALL_FAMILIES : outbound)

  it('grants what each license grants, with the duties, limits and restrictions of all: every pair of the library', function () {
    const known = licenses.filter((entry) => termsOfLicense(entry) !== null)
    let built = 0
    for (const [index, one] of known.entries()) {
      for (const other of known.slice(index + 1)) {
        const found = conjunctionOf([one, other])
        if ('refused' in found) continue
        built += 1
        const body = bodyOf(found.terms)
        const [a, b] = [bodyOf(termsOfLicense(one)!), bodyOf(termsOfLicense(other)!)] as const
        const pair = found.terms.name
        expect(body.rights, pair).to.equal(a.rights & b.rights)
        expect(body.duties, pair).to.equal(a.duties | b.duties)
        expect(outboundOf(body), pair).to.equal(outboundOf(a) & outboundOf(b))
        const limits = new Set(body.thresholds.map((each) => Object.values(each).join()))
        for (const threshold of [...a.thresholds, ...b.thresholds]) {
          const kept = { ...threshold, withdraws: threshold.withdraws & body.rights }
          if (kept.withdraws !== 0 || kept.adds !== 0)
            expect(limits.has(Object.values(kept).join()), pair).to.equal(true)
        }
        if (body.family !== 0 && a.family !== b.family)
          expect((outboundOf(body) >> BigInt(body.family)) & 1n, pair).to.equal(1n)
      }
    }
    expect(built).to.be.greaterThan(2000)
  })

  it('has the flags that restrict of any, and grants automatically only where all do', function () {
    const automatic = 1 << TERMS_FLAGS['automatic-grant']
    const flagsOf = (id: string) => bodyOf(termsOfLicense(entries(id)[0]!)!).flags
    for (const [one, other] of [
      ['GPL-3.0-only', 'MIT'],
      ['GPL-3.0-only', 'Apache-2.0'],
      ['MIT', 'llama3.1'],
    ] as const) {
      const { flags } = bodyOf(of(one, other))
      expect(flags & automatic, one).to.equal(flagsOf(one) & flagsOf(other) & automatic)
      expect(flags & ~automatic, one).to.equal((flagsOf(one) | flagsOf(other)) & ~automatic)
    }
  })

  it('belongs to a family only where no other can be meant', function () {
    const familyOf = (...ids: string[]) => of(...ids).family
    expect(familyOf('MIT', 'BSD-3-Clause')).to.equal('permissive')
    expect(familyOf('MIT', 'GPL-3.0-only')).to.equal('gpl-3.0')
    expect(familyOf('Apache-2.0', 'CC-BY-4.0')).to.equal(undefined)
  })

  it('is one set of terms in any order, and with one license it is that', function () {
    expect(of('MIT', 'Apache-2.0').name).to.equal('Apache-2.0 AND MIT')
    expect(termsIdOf(of('MIT', 'Apache-2.0', 'MIT'))).to.equal(termsIdOf(of('Apache-2.0', 'MIT')))
    expect(bodyOf(of('MIT', 'MIT'))).to.deep.equal(bodyOf(termsOfLicense(entries('MIT')[0]!)!))
  })

  it('says why licenses cannot be one set of terms', function () {
    const why = (...ids: string[]) => {
      const found = conjunctionOf(entries(...ids))
      return 'refused' in found ? found.refused : 'built'
    }
    expect(why('GPL-2.0-only', 'GPL-3.0-only')).to.include('not a family of licenses')
    expect(why('MIT', 'unknown')).to.equal('what unknown grants is not known')
    expect(
      why('Apache-2.0', 'MIT', 'BSD-3-Clause', 'CC-BY-4.0', 'BSL-1.0', 'CDLA-Permissive-2.0', 'Unlicense'),
    ).to.include('longer than 64 bytes')
  })
})

import { expect } from 'chai'

import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import type { LicenseEntry } from '../../src/documents/license.ts'
import { draftTerms, LicenseChoiceError } from '../../src/interop/draftTerms.ts'
import type { LicenseSource } from '../../src/interop/licenseContradictions.ts'
import { parseCard } from '../../src/interop/huggingface.ts'
import { isLicenseExpression, readLicenseExpression } from '../../src/interop/licenseExpression.ts'
import { nearLicenses } from '../../src/interop/nearLicenses.ts'

describe('draftTerms', function () {
  let licenses: LicenseEntry[]

  before(async function () {
    licenses = await loadLicenses()
  })

  const termsOf = (yaml: string, options: Partial<draftTerms.Options> = {}) =>
    draftTerms(parseCard(`---\n${yaml}\n---\n`), { licenses, ...options })

  it('takes a license of the library as it is written, without a word', function () {
    for (const name of ['mit', 'Apache-2.0', 'llama3.1', 'openrail++'])
      expect(termsOf(`license: ${name}`)).to.deep.equal({
        terms: { license: name, licenseName: null, licenseLink: null },
        warnings: [],
      })
  })

  it('asks about a name that the library does not have, and reads nothing into it', function () {
    for (const [name, near] of [
      ['llama-3.1-community', '"llama3.1"'],
      ['Llama 3.1 Community License', '"llama3.1"'],
      ['meta-llama-3-community-license', '"llama3"'],
      ['aapche-2.0', '"Apache-2.0"'],
      ['https://www.apache.org/licenses/LICENSE-2.0.txt', '"Apache-2.0"'],
    ] as const) {
      const { terms, warnings } = termsOf(`license: other\nlicense_name: ${name}`)
      expect(terms).to.deep.equal({ license: 'other', licenseName: name, licenseLink: null })
      expect(warnings.join()).to.include(`is not in the library, so nobody is granted any right. Did you mean ${near}`)
    }
    expect(termsOf('license: qqqqqqqq').warnings).to.deep.equal([
      'The license "qqqqqqqq" is not in the library, so nobody is granted any right. State it with --license; stemma terms list --library lists the licenses.',
    ])
  })

  it('says one true thing about "other" without a name', function () {
    const linked = termsOf('license: other\nlicense_link: https://ai.google.dev/gemma/terms')
    expect(linked.warnings).to.deep.equal([
      'The license is "other" without license_name, but its license_link is that of "gemma", so it is read as that. Check it.',
    ])
    expect(termsOf('license: other\nlicense_link: LICENSE').warnings).to.deep.equal([
      'The license is "other" without license_name, so nobody is granted any right. State it with --license.',
    ])
  })

  it('reads parts of an expression', function () {
    const read = (expression: string) => {
      const { terms, warnings } = termsOf(`license: ${expression}`)
      return [terms.license, warnings.length]
    }
    expect(read('Apache-2.0 WITH LLVM-exception')).to.deep.equal(['Apache-2.0', 1])
    expect(read('"(MIT)"')).to.deep.equal(['MIT', 0])
    expect(read('MIT AND mit')).to.deep.equal(['MIT', 0])
    for (const later of ['GPL-3.0-or-later', 'GPL-3.0+', 'gpl-3.0+']) {
      const { terms, warnings } = termsOf(`license: ${later}`)
      expect(terms.license?.toLowerCase(), later).to.match(/^gpl-3\.0-(only|or-later)$/)
      if (terms.license !== later) expect(warnings[0]).to.include(`The license "${later}" is read as`)
    }
  })

  it('leaves a choice to the registrant, who must make one', function () {
    const { terms, warnings } = termsOf('license: Apache-2.0 OR MIT')
    expect(terms.license).to.equal('Apache-2.0 OR MIT')
    expect(warnings[0]).to.include('Choose: --license Apache-2.0, or --license MIT.')
    expect(() => termsOf('', { stated: 'Apache-2.0 OR MIT' }))
      .to.throw(LicenseChoiceError, '--license Apache-2.0, or --license MIT')
      .with.property('code', 'LICENSE_CHOICE')
    expect(termsOf('license: Apache-2.0 OR MIT', { stated: 'MIT' })).to.deep.equal({
      terms: { license: 'MIT', licenseName: null, licenseLink: null },
      warnings: [],
    })
    expect(termsOf('license: Apache-2.0 OR MIT', { stated: 'gpl-3.0' }).warnings.join()).to.include(
      '--license states "gpl-3.0", but the card states "Apache-2.0 OR MIT". The registrant answers for that.',
    )
  })

  it('names each of several licenses that apply, and the strictest, but takes none', function () {
    for (const [yaml, what, license] of [
      [
        'license: GPL-2.0-only AND GPL-3.0-only AND CC-BY-NC-4.0',
        'no one set of terms can be all of them',
        'GPL-2.0-only AND GPL-3.0-only AND CC-BY-NC-4.0',
      ],
      ['license: [mit, cc-by-nc-4.0]', 'but not whether all of them apply or any one', null],
    ] as const) {
      const { terms, warnings } = termsOf(yaml)
      expect(terms.license).to.equal(license)
      expect(warnings[0])
        .to.include(what)
        .and.match(/"(CC-BY-NC-4.0|cc-by-nc-4.0)".*publish such terms of your own/)
    }
    const both = termsOf('license: mit and apache-2.0')
    expect(both.terms.license).to.equal('Apache-2.0 AND MIT')
    expect(both.warnings).to.have.length(1)
    expect(both.warnings[0]).to.include('stemma terms publish "Apache-2.0 AND MIT"')
    expect(termsOf('license: MIT AND my-own').warnings.join()).to.include('publish such terms of your own')
    expect(termsOf('license: [mit, MIT]').terms.license).to.equal('mit')
    expect(termsOf('license: [mit, llama-3.1-community]').warnings.join()).to.include('Did you mean "llama3.1"')
  })

  it('says where a text or a header states another license', function () {
    const equal = (...names: string[]): LicenseSource => ({ origin: '"LICENSE"', text: { kind: 'equal', names } })
    const near = (name: string, distance: number): LicenseSource => ({
      origin: '"LICENSE"',
      text: { kind: 'near', candidates: [{ names: [name], distance }] },
    })
    const warningsOf = (license: string, source: LicenseSource) =>
      termsOf(`license: ${license}`, { sources: [source] }).warnings
    expect(warningsOf('mit', equal('MIT'))).to.deep.equal([])
    expect(warningsOf('gpl-3.0', equal('GPL-3.0', 'GPL-3.0-only', 'GPL-3.0-or-later'))).to.deep.equal([])
    expect(warningsOf('apache2 OR MIT', equal('Apache-2.0'))).to.have.length(1)
    expect(warningsOf('mit', equal('llama3.1'))[0]).to.include('is that of "llama3.1", but the draft states "mit"')
    expect(warningsOf('mit', near('MIT', 0.01))[0]).to.include(
      '"MIT" (distance 0.01), but differs: read what was changed',
    )
    expect(warningsOf('mit', near('MIT', 0.3))[0]).to.include('"MIT" (distance 0.30), but differs')
    expect(warningsOf('mit', near('gemma', 0.05))[0]).to.include(
      'the nearest: "gemma" (distance 0.05). But the draft states "mit"',
    )
    const header = (license: string): LicenseSource => ({
      origin: 'general.license of "x.gguf"',
      named: { license, licenseName: null, licenseLink: null },
    })
    expect(warningsOf('mit', header('MIT'))).to.deep.equal([])
    expect(warningsOf('Apache-2.0', header('apache2'))).to.deep.equal([])
    expect(warningsOf('mit', header('gemma'))[0]).to.include('states the license "gemma", but the draft states "mit"')
  })

  it('takes a text that stands for one license where the card states none, and none that stands for several', function () {
    const sources = (...names: string[]): LicenseSource[] => [{ origin: '"LICENSE"', text: { kind: 'equal', names } }]
    expect(termsOf('', { sources: sources('gemma') }).terms.license).to.equal('gemma')
    expect(termsOf('license: other', { sources: sources('gemma') }).terms.license).to.equal('gemma')
    const several = termsOf('', { sources: sources('gemma', 'MIT') })
    expect(several.terms.license).to.equal(null)
    expect(several.warnings[0]).to.include('is that of "gemma" or "MIT". State it with --license.')
  })

  it('says nothing of a library that it does not have', function () {
    expect(draftTerms(parseCard('---\nlicense: some-license\n---\n'), {}).warnings).to.deep.equal([])
  })
})

describe('readLicenseExpression', function () {
  const read = (text: string) =>
    readLicenseExpression(text)?.map((parts) =>
      parts.map(
        ({ license, orLater, exception }) => `${license}${orLater ? '+' : ''}${exception ? `/${exception}` : ''}`,
      ),
    )

  it('reads alternatives of licenses, by the precedence of SPDX', function () {
    expect(read('a')).to.deep.equal([['a']])
    expect(read('a OR b AND c')).to.deep.equal([['a'], ['b', 'c']])
    expect(read('(a or b) and c+')).to.deep.equal([
      ['a', 'c+'],
      ['b', 'c+'],
    ])
    expect(read('LicenseRef-x AND GPL-2.0 WITH Classpath-exception-2.0')).to.deep.equal([
      ['LicenseRef-x', 'GPL-2.0/Classpath-exception-2.0'],
    ])
    expect(read('openrail++')).to.deep.equal([['openrail++']])
  })

  it('refuses what is not an expression, or is endless', function () {
    for (const text of ['', 'a b', 'a AND', '(a', 'a WITH no-exception', 'OR', 'a+ +', `${'('.repeat(2000)}a`])
      expect(read(text), text.slice(0, 20)).to.equal(undefined)
    expect(read(Array(10).fill('(a OR b)').join(' AND '))).to.equal(undefined)
  })

  it('is tried only where a text looks like one', function () {
    for (const text of ['a OR b', 'a and b', 'a WITH b', '(a)', 'GPL-2.0+'])
      expect(isLicenseExpression(text), text).to.equal(true)
    for (const text of ['mit', 'openrail++', 'Llama 3.1 Community License'])
      expect(isLicenseExpression(text), text).to.equal(false)
  })
})

describe('nearLicenses', function () {
  it('names the nearest first, at most three, and none for a name like no other', async function () {
    const licenses = await loadLicenses()
    expect(nearLicenses(licenses, 'gema')[0]).to.equal('gemma')
    expect(nearLicenses(licenses, 'Apache 2')).to.deep.equal(['Apache-2.0'])
    expect(nearLicenses(licenses, 'LicenseRef-gemma')[0]).to.equal('gemma')
    expect(nearLicenses(licenses, 'gpl').length).to.be.within(1, 3)
    for (const name of ['', 'qqqqqqqq', '???', 'x'.repeat(5000)]) expect(nearLicenses(licenses, name)).to.deep.equal([])
  })
})

import { expect } from 'chai'

import { COUNTRIES } from '../../src/core/countries.ts'
import { namespaceProofText, parseNamespaceProof } from '../../src/documents/namespaceProof.ts'
import { MAX_PROFILE_BYTES, parsePublisherProfile } from '../../src/documents/publisherProfile.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const parse = (text: string): unknown => parsePublisherProfile(bytes(text), 'The profile')
const proof = {
  version: 1,
  accounts: [{ chainId: 1, ledger: `0x${'11'.repeat(20)}`, publisher: `0x${'22'.repeat(20)}` }],
  names: ['hf:acme/m30'],
} as const

describe('the profile document of a publisher', function () {
  it('states a country of ISO 3166-1, or none, beside fields of its own', function () {
    expect(COUNTRIES).to.have.length(249)
    for (const country of COUNTRIES) expect(parse(JSON.stringify({ name: 'A', country }))).to.deep.equal({ country })
    expect(parse('{"name":"A","address":{"country":"XX"}}')).to.deep.equal({})
  })

  it('is refused with a country that does not exist', function () {
    for (const country of ['XX', 'uk', 'EU', '', 'U', 'USA', 'XK', 840, null, ['US']]) {
      expect(() => parse(JSON.stringify({ country })), String(country)).to.throw('"country" is')
    }
    expect(() => parse('{"country":"Uk"}')).to.throw('Did you mean "GB"?')
    expect(() => parse('["US"]')).to.throw('expected an object')
    expect(() => parse('{"country":"US","country":"CN"}')).to.throw('country')
    expect(() => parsePublisherProfile(Uint8Array.of(0xff, 0xfe), 'The profile')).to.throw('UTF-8')
    const long = (length: number): string => JSON.stringify({ country: 'US', x: 'x'.repeat(length) })
    const room = MAX_PROFILE_BYTES - long(0).length
    expect(parse(long(room))).to.deep.equal({ country: 'US' })
    expect(() => parse(long(room + 1))).to.throw('at most 65536 bytes')
  })

  it('is the proof of names too, which may state a country', function () {
    const stated = parseNamespaceProof({ ...proof, country: 'CH' })
    expect(stated.country).to.equal('CH')
    expect(parse(namespaceProofText(stated))).to.deep.equal({ country: 'CH' })
    expect(parseNamespaceProof(proof)).to.not.have.property('country')
    expect(() => parseNamespaceProof({ ...proof, country: 'ch' })).to.throw('Did you mean "CH"?')
  })
})

import { expect } from 'chai'

import { MAX_THRESHOLDS } from '../../src/core/terms.ts'
import { RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { InvalidLicenseError, parseLicense, termsOfLicense } from '../../src/documents/license.ts'

type Json = Record<string, unknown>

/** A whole and valid entry, as a file has it. */
function file(changes: Json = {}): Json {
  return {
    id: 'Example-1.0',
    name: 'Example License 1.0',
    kind: 'model',
    family: 'vendor',
    aliases: ['example'],
    uri: 'https://example.org/license',
    text: `0x${'Ab'.repeat(32)}`,
    read: { checked: 'text', where: 'example/repository: LICENSE@0123', on: '2026-11-23' },
    rights: Object.fromEntries(
      RIGHT_NAMES.map((right) => [right, { grant: right !== 'sublicense', clause: '1: use' }]),
    ),
    obligations: [
      { obligation: 'display-credit', uses: ['host'], clause: '3: credit', display: 'Built with Example' },
      { obligation: 'notice', uses: ['redistribute'], clause: '2: copy' },
    ],
    thresholds: [
      { metric: 'annualRevenueUsd', limit: 1000000, withdraws: ['host', 'commercial'], adds: [], clause: '4: revenue' },
    ],
    corrections: [],
    notes: '',
    ...changes,
  }
}

function failure(value: unknown): InvalidLicenseError {
  try {
    parseLicense(value, 'example-1.0.json')
  } catch (error) {
    expect(error).to.be.instanceOf(InvalidLicenseError)
    return error as InvalidLicenseError
  }
  throw new Error('parseLicense took it')
}

describe('documents/license', function () {
  describe('parseLicense', function () {
    it('reads every field of a valid entry', function () {
      const entry = parseLicense(file({ links: ['https://example.org/license'] }), 'example-1.0.json')
      expect(entry.id).to.equal('Example-1.0')
      expect(entry.text).to.equal(`0x${'ab'.repeat(32)}`)
      expect(entry.links).to.deep.equal(['https://example.org/license'])
      expect(entry.obligations[0]).to.deep.equal({
        obligation: 'display-credit',
        uses: ['host'],
        clause: '3: credit',
        display: 'Built with Example',
      })
      expect(entry.thresholds[0]?.limit).to.equal(1_000_000n)
      expect(entry).not.to.have.property('unknown')
    })

    for (const value of [null, undefined, 7, 'MIT', [], [file()]])
      it(`refuses ${JSON.stringify(value)?.slice(0, 12)}`, function () {
        expect(failure(value).field).to.equal('')
      })

    const right = (change: Json) => ({ ...(file().rights as Json), ...change })
    const threshold = (change: Json) => [{ ...(file().thresholds as Json[])[0], ...change }]
    const wrong: [field: string, changes: Json][] = [
      ['id', { id: '../etc/passwd' }],
      ['id', { id: 'x'.repeat(65) }],
      ['name', { name: '' }],
      ['name', { name: 'two\nlines' }],
      ['name', { name: 'turned \u202e around' }],
      ['kind', { kind: 'weights' }],
      ['kind', { kind: undefined }],
      ['aliases', { aliases: 'mit' }],
      ['aliases[0]', { aliases: ['MIT'] }],
      ['aliases', { aliases: ['mit', 'mit'] }],
      ['links[0]', { links: [7] }],
      ['uri', { uri: 'javascript:alert(1)' }],
      ['uri', { uri: 'http://example.org' }],
      ['text', { text: '0x12' }],
      ['text', { text: undefined }],
      ['read', { read: null }],
      ['read.checked', { read: { checked: 'yes', where: 'x', on: '2026-11-23' } }],
      ['read.on', { read: { checked: 'text', where: 'x', on: 'yesterday' } }],
      ['rights.host', { rights: right({ host: undefined }) }],
      ['rights', { rights: right({ fly: { grant: true, clause: '1: up' } }) }],
      ['rights.host.grant', { rights: right({ host: { grant: 'yes', clause: '1: host' } }) }],
      ['rights.host.clause', { rights: right({ host: { grant: true, clause: '' } }) }],
      ['rights.host.clause', { rights: right({ host: { grant: true, clause: 'no number' } }) }],
      ['obligations[0].obligation', { obligations: [{ obligation: 'pay', clause: '1: pay' }] }],
      ['obligations[0].clause', { obligations: [{ obligation: 'notice', uses: ['host'] }] }],
      ['obligations', { obligations: Array(2).fill({ obligation: 'notice', uses: ['host'], clause: '1: copy' }) }],
      ['obligations[0].uses', { obligations: [{ obligation: 'notice', uses: [], clause: '1: copy' }] }],
      ['obligations[0].uses[0]', { obligations: [{ obligation: 'notice', uses: ['sell'], clause: '1: copy' }] }],
      ['obligations[0].uses', { obligations: [{ obligation: 'notice', uses: ['host', 'host'], clause: '1: copy' }] }],
      ['thresholds[0].metric', { thresholds: threshold({ metric: 'headcount' }) }],
      ['thresholds[0].limit', { thresholds: threshold({ limit: -1 }) }],
      ['thresholds[0].limit', { thresholds: threshold({ limit: 0.5 }) }],
      ['thresholds[0].limit', { thresholds: threshold({ limit: 2 ** 53 }) }],
      ['thresholds[0].limit', { thresholds: threshold({ limit: '1' }) }],
      ['thresholds[0].withdraws[0]', { thresholds: threshold({ withdraws: ['everything'] }) }],
      ['thresholds[0].withdraws', { thresholds: threshold({ withdraws: ['sublicense'] }) }],
      ['thresholds[0].withdraws', { thresholds: threshold({ withdraws: ['host', 'host'] }) }],
      ['thresholds[0]', { thresholds: threshold({ withdraws: [], adds: [] }) }],
      ['thresholds[0].uses', { thresholds: threshold({ uses: ['host'] }) }],
      ['thresholds[0].uses', { thresholds: threshold({ adds: ['notice'], uses: [] }) }],
      ['thresholds', { thresholds: Array(MAX_THRESHOLDS + 1).fill(threshold({})[0]) }],
      ['unknown', { unknown: false }],
      ['unknown', { unknown: true }],
      ['corrections[0]', { corrections: [''] }],
      ['notes', { notes: 7 }],
      ['"comment"', { comment: 'an extra field' }],
    ]
    for (const [field, changes] of wrong)
      it(`names ${field} when it is wrong: ${JSON.stringify(changes).slice(0, 60)}`, function () {
        const error = failure(file(changes))
        expect(error.field).to.equal(field)
        expect(error.code).to.equal('INVALID_LICENSE')
        expect(error.message).to.include('"example-1.0.json"').and.to.include(field)
      })

    it('does not take fields from a prototype', function () {
      expect(failure(Object.create(file())).field).to.equal('read')
      expect(failure(JSON.parse('{"__proto__": {"id": "MIT"}}')).message).to.include('__proto__')
    })
  })

  describe('termsOfLicense', function () {
    it('lists rights and duties in the order of the bits and leaves out the clauses', function () {
      expect(termsOfLicense(parseLicense(file(), 'x'))).to.deep.equal({
        name: 'Example-1.0',
        uri: 'https://example.org/license',
        text: `0x${'ab'.repeat(32)}`,
        rights: RIGHT_NAMES.filter((right) => right !== 'sublicense'),
        flags: [],
        family: 'vendor',
        duties: { notice: ['redistribute'], 'display-credit': ['host'] },
        thresholds: [{ measure: 'annualRevenueUsd', limit: 1_000_000n, withdraws: ['host', 'commercial'], adds: [] }],
      })
    })

    it('takes the uses that raise an obligation from the license', function () {
      const obligations = [{ obligation: 'notice', uses: ['host'], clause: '3: services' }]
      const adds = { adds: ['display-credit'], uses: ['distill'] }
      const thresholds = [{ ...(file().thresholds as Json[])[0], ...adds }]
      const terms = termsOfLicense(parseLicense(file({ obligations, thresholds }), 'x'))!
      expect(terms.duties).to.deep.equal({ notice: ['host'] })
      expect(terms.thresholds[0]).to.deep.include(adds)
    })

    it('writes zero for a text that was not at hand', function () {
      expect(termsOfLicense(parseLicense(file({ text: null }), 'x'))?.text).to.equal(`0x${'0'.repeat(64)}`)
    })

    it('is null for the license that is not known', function () {
      const rights = Object.fromEntries(RIGHT_NAMES.map((right) => [right, { grant: false, clause: 'generic: no' }]))
      expect(termsOfLicense(parseLicense(file({ unknown: true, rights, thresholds: [] }), 'x'))).to.equal(null)
    })
  })
})

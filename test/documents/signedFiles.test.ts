import { expect } from 'chai'

import { claimIdOf, commitmentOf } from '../../src/core/claim.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import { StemmaError } from '../../src/core/errors.ts'
import { evidenceDigest, parseEvidence } from '../../src/core/evidence.ts'
import { parseAddress, parseBytes32, parseDigest, parseModelId, parseTermsId, parseTierId } from '../../src/core/hex.ts'
import { checkClaimLedger, claimFileOf, InvalidClaimFileError, parseClaimFile } from '../../src/documents/claim.ts'
import { checkOfferLedger, InvalidOfferError, offerFileOf, parseOfferFile } from '../../src/documents/offer.ts'
import {
  checkRegistrationLedger,
  InvalidSignedRegistrationError,
  parseRegistrationFile,
  registrationFileOf,
} from '../../src/documents/registration.ts'
import { checkScanLedger, InvalidScanError, parseScanFile, scanFileOf } from '../../src/documents/scan.ts'

type Json = Record<string, unknown>
/** Where a value of a file is, from the outside in. */
type Path = readonly string[]

const word = (digits: string): `0x${string}` => `0x${digits.repeat(32)}`
const account = (digits: string) => parseAddress(`0x${digits.repeat(20)}`)

const contract = account('c0')
const deployment = {
  name: 'test',
  chainId: 31337,
  contracts: { ledger: contract, licenseCredential: contract, lineageClaims: contract, reviewGate: contract },
} as unknown as Deployment
const elsewhere = {
  ...deployment,
  contracts: {
    ...deployment.contracts,
    ledger: account('c1'),
    licenseCredential: account('c1'),
    lineageClaims: account('c1'),
    reviewGate: account('c1'),
  },
} as Deployment

const evidence = parseEvidence({
  version: 1,
  summary: 'It answers to another name.',
  items: [{ kind: 'response', text: 'I am another model.' }],
})

function keptClaim() {
  const salt = parseBytes32(word('5a'), 'salt')
  const claimant = account('a1')
  const statement = {
    claimant,
    subject: parseModelId(word('11')),
    product: false,
    parent: parseModelId(word('22')),
    relation: 'finetune' as const,
    commitment: commitmentOf(claimant, evidenceDigest(evidence), salt),
  }
  return { ...statement, claim: claimIdOf(statement), evidence: evidenceDigest(evidence), salt }
}

const FORMATS = [
  {
    name: 'offer',
    file: offerFileOf(deployment, {
      model: parseModelId(word('11')),
      tier: parseTierId(word('22')),
      holder: account('a1'),
      validFrom: 1,
      validUntil: 2,
      payment: parseDigest(word('33')),
      agreement: parseDigest(word('44')),
      lifts: ['research', 'host'],
      epoch: 2,
      deadline: 3,
      signer: account('a2'),
      signature: '0xabcd',
    }),
    parse: parseOfferFile,
    check: checkOfferLedger,
    error: InvalidOfferError,
    contract: 'licenseCredential',
    wrong: [
      [['version'], 2, '"version" is 2, expected the number 1'],
      [['offer', 'model'], '0x11', '"model" is "0x11", expected 0x and 64 hex digits'],
      [['offer', 'validFrom'], -1, 'expected a whole number'],
      [['offer', 'validUntil'], 2 ** 48, 'expected a whole number'],
      [['offer', 'holder'], 'acme', '"holder" is "acme", expected an address of 0x and 40 hex digits'],
      [['offer', 'signature'], '0xabc', 'expected 0x and hex digits'],
      [['offer', 'payment'], '0x11', '"payment" is "0x11", expected 0x and 64 hex digits'],
      [['offer', 'agreement'], null, '"agreement" is null, expected 0x and 64 hex digits'],
      [['offer', 'lifts'], 3, '"lifts" is 3, expected a list'],
      [['offer', 'lifts'], ['hosts'], 'Did you mean "host"?'],
      [['offer', 'gift'], true, '"gift" is true, expected one of the fields model, tier, '],
      [['offer', 'validForm'], 1, 'Did you mean "validFrom"?'],
    ],
  },
  {
    name: 'registration',
    file: registrationFileOf(deployment, {
      registration: {
        publisher: account('a1'),
        weights: parseDigest(word('11')),
        tensors: parseDigest(word('44')),
        annex: parseDigest(word('44')),
        datasets: parseDigest(word('22')),
        method: parseDigest(word('33')),
        terms: parseTermsId(word('44')),
        parents: [{ model: parseModelId(word('55')), relation: 'merge' }],
        uri: 'https://example.org/model',
      },
      signer: account('a2'),
      epoch: 2,
      deadline: 3,
      signature: '0xabcd',
    }),
    parse: parseRegistrationFile,
    check: checkRegistrationLedger,
    error: InvalidSignedRegistrationError,
    contract: 'ledger',
    wrong: [
      [['signed', 'registration', 'parents'], Array(9).fill({}), '"parents" is "[{},{},{}'],
      [['signed', 'registration', 'parents'], [{ model: word('55'), relation: 'child' }], 'expected one of: finetune'],
      [['signed', 'registration', 'uri'], 7, '"uri" is 7, expected text'],
      [['signed', 'registration', 'weights'], null, '"weights" is null'],
      [['signed', 'deadline'], '3', '"deadline" is "3", expected a whole number'],
      [['signed'], [], '"signed" is "[]", expected an object'],
      [['signed', 'registration', 'weights'], `0x${'0'.repeat(64)}`, 'expected a digest that is not zero'],
      [
        ['signed', 'registration', 'parents'],
        Array(2).fill({ model: word('55'), relation: 'merge' }),
        'each parent once',
      ],
      [['signed', 'registration', 'uri'], 'ipfs://\u202ea', 'without control characters'],
      [['signed', 'deadline'], 10n, '"deadline" is a bigint, expected a whole number'],
    ],
  },
  {
    name: 'scan',
    file: scanFileOf(deployment, {
      report: {
        weights: parseDigest(word('11')),
        tensors: parseDigest(word('44')),
        scope: 'tensors',
        ruleset: parseDigest(word('22')),
        report: parseDigest(word('33')),
        scannedAt: 1,
        verdict: 'passed',
        uri: 'https://example.org/scan',
      },
      scanner: account('a1'),
      deadline: 3,
      signature: '0xabcd',
    }),
    parse: parseScanFile,
    check: checkScanLedger,
    error: InvalidScanError,
    contract: 'reviewGate',
    wrong: [
      [['scan', 'report', 'verdict'], 'clean', '"verdict" is "clean", expected one of: passed, failed'],
      [['scan', 'report', 'scope'], 'none', '"scope" is "none", expected one of: files, tensors'],
      [['scan', 'report', 'tensors'], undefined, '"tensors" is missing'],
      [['scan', 'report', 'scannedAt'], 2 ** 40, 'expected a whole number below 1099511627776'],
      [['scan', 'deadline'], 1.5, '"deadline" is "1.5", expected a whole number'],
      [['scan', 'scanner'], undefined, '"scanner" is missing'],
    ],
  },
  {
    name: 'claim',
    file: claimFileOf(deployment, keptClaim(), 'https://example.org/evidence', evidence),
    parse: parseClaimFile,
    check: checkClaimLedger,
    error: InvalidClaimFileError,
    contract: 'lineageClaims',
    wrong: [
      [['claim', 'product'], 'no', '"product" is "no", expected true or false'],
      [['claim', 'relation'], 'sibling', 'expected one of: finetune'],
      [['claim', 'evidence'], word('99'), 'the digest of the document'],
      [['claim', 'subject'], word('99'), 'the id of its content'],
      [['claim', 'salt'], word('99'), 'the id of its content'],
      [['chainId'], '31337', '"chainId" is "31337", expected a whole number'],
    ],
  },
] as const

/** A copy of a value in which one field is another. */
function changed(value: unknown, [field, ...below]: Path, other: unknown): Json {
  const fields = { ...(value as Json) }
  return { ...fields, [field!]: below.length === 0 ? other : changed(fields[field!], below, other) }
}

/** Where the values of a file are that are not objects. */
function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, each]) =>
    Array.isArray(value) ? [path] : leavesOf(each, [...path, name]),
  )
}

for (const { name, file, parse, check, error, contract: field, wrong } of FORMATS) {
  describe(`documents: the file of a signed or kept ${name}`, function () {
    it('is read back from its JSON', function () {
      expect(parse(JSON.parse(JSON.stringify(file)))).to.deep.equal(file)
    })

    it('is refused with the field, its value and what was expected', function () {
      for (const [path, other, message] of wrong) {
        expect(() => parse(changed(file, path as Path, other)), message).to.throw(error, message)
      }
      for (const value of [null, 'text', 7, []]) expect(() => parse(value)).to.throw(error, 'expected an object')
    })

    it('is refused by an error of its own, whatever a field is', function () {
      const loop: Json = {}
      loop.self = loop
      const hostile = [
        undefined,
        null,
        true,
        '',
        '\u001b[2J',
        -0.5,
        2 ** 53,
        1e308,
        10n,
        [],
        {},
        [[]],
        loop,
        Symbol('x'),
      ]
      for (const path of leavesOf(file)) {
        for (const other of hostile) {
          try {
            parse(changed(file, path, other))
          } catch (caught) {
            expect(caught, path.join('.')).to.be.instanceOf(StemmaError)
            expect((caught as Error).message).not.to.match(/\p{Cc}/u)
          }
        }
      }
      expect({}).not.to.have.property('polluted')
      for (const text of [
        '{"__proto__":{"polluted":1}}',
        '{"constructor":{"prototype":{"polluted":1}}}',
        '{"toString":1}',
      ])
        expect(() => parse(JSON.parse(text)), text).to.throw(error)
    })

    it('is refused for the ledger of another chain or contract', function () {
      const checkFile = check as (deployment: Deployment, file: unknown) => void
      checkFile(deployment, file)
      expect(() => checkFile({ ...deployment, chainId: 1 }, file)).to.throw(error, '"chainId" is 31337, expected 1, ')
      expect(() => checkFile(elsewhere, file)).to.throw(error, `"${field}" is "${contract}", expected 0xc1c1`)
    })
  })
}

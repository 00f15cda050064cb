import { deflateRawSync, gzipSync } from 'node:zlib'

import { expect } from 'chai'
import fc from 'fast-check'

import { StemmaError } from '../../src/core/errors.ts'
import { RELATION_NAMES, RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { InvalidOfferError } from '../../src/documents/offer.ts'
import {
  InvalidShareBaseError,
  InvalidSharedUrlError,
  isSharedUrl,
  MAX_SHARED_BYTES,
  MAX_SHARED_URL,
  NotShareableError,
  readShared,
  SHARE_BASE,
  ShareTooLongError,
  shareUrl,
} from '../../src/documents/share.ts'

const hexOf = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => `0x${Buffer.from(value).toString('hex')}`)
const word = hexOf(32)
const weights = word.filter((value) => BigInt(value) !== 0n)
const address = hexOf(20)
const count = fc.integer({ min: 0, max: 2 ** 31 })
const time = fc.integer({ min: 0, max: 2 ** 39 })
const signature = fc.uint8Array({ minLength: 65, maxLength: 120 }).map((v) => `0x${Buffer.from(v).toString('hex')}`)
const uri = fc
  .string({ unit: 'grapheme', maxLength: 60 })
  .filter((text) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text))

const parents = fc.uniqueArray(fc.record({ model: weights, relation: fc.constantFrom(...RELATION_NAMES) }), {
  maxLength: 8,
  selector: ({ model }) => model,
})
const registration = fc.record({
  version: fc.constant(1),
  chainId: count,
  ledger: address,
  signed: fc.record({
    registration: fc.record({
      publisher: address,
      weights,
      tensors: word,
      annex: word,
      datasets: word,
      method: word,
      terms: word,
      parents,
      uri,
    }),
    signer: address,
    epoch: count,
    deadline: time,
    signature,
  }),
})
const offer = fc.record({
  version: fc.constant(1),
  chainId: count,
  licenseCredential: address,
  offer: fc.record({
    model: weights,
    tier: weights,
    holder: address,
    validFrom: time,
    validUntil: time,
    payment: word,
    agreement: word,
    lifts: fc.subarray([...RIGHT_NAMES]),
    epoch: count,
    deadline: time,
    signer: address,
    signature,
  }),
})
const scan = fc.record({
  version: fc.constant(1),
  chainId: count,
  reviewGate: address,
  scan: fc.record({
    report: fc.record({
      weights: word,
      tensors: word,
      scope: fc.constantFrom('files', 'tensors'),
      ruleset: word,
      report: word,
      scannedAt: time,
      verdict: fc.constantFrom('passed', 'failed'),
      uri,
    }),
    scanner: address,
    deadline: time,
    signature,
  }),
})
const document = fc.oneof(
  fc.record({ kind: fc.constant('registration'), file: registration }),
  fc.record({ kind: fc.constant('offer'), file: offer }),
  fc.record({ kind: fc.constant('scan'), file: scan }),
)

const [sample] = fc.sample(offer, { numRuns: 1, seed: 1 })
const packed = (text: string | Uint8Array): string => deflateRawSync(text).toString('base64url')
const urlOf = (data: string, kind = 'offer', version = '1'): string => `${SHARE_BASE}#stemma=${version}.${kind}.${data}`

async function failure(action: Promise<unknown>): Promise<StemmaError> {
  const error = await action.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  expect(error).to.be.instanceOf(StemmaError)
  return error as StemmaError
}

describe('shareUrl and readShared', function () {
  it('read every document as it was shared, at any page', async function () {
    const base = fc.constantFrom(SHARE_BASE, 'https://acme.example', 'http://127.0.0.1:8600/accept?to=me')
    await fc.assert(
      fc.asyncProperty(document, base, async ({ kind, file }, page) => {
        const url = await shareUrl(file, page)
        expect(url).to.match(/^https?:\/\/[\w./:?=-]+#stemma=1\.[a-z]+\.[\w-]+$/)
        expect([url.startsWith(`${page}#`), isSharedUrl(url)]).to.deep.equal([true, true])
        expect(await readShared(url)).to.deep.equal({ kind, file })
        expect(await readShared(url.slice(page.length))).to.deep.equal({ kind, file })
      }),
      { numRuns: 150 },
    )
  })

  it('make the same URL of the same document, however its file is written', async function () {
    const turned = Object.fromEntries(Object.entries(sample!).toReversed())
    expect(await shareUrl(turned)).to.equal(await shareUrl(sample))
  })

  it('refuse what is not one of the signed documents', async function () {
    for (const value of [null, 1, 'offer', [], {}, { version: 1 }, { offer: {}, scan: {} }]) {
      expect(await failure(shareUrl(value))).to.be.instanceOf(NotShareableError)
    }
    expect(await failure(shareUrl({ ...sample, chainId: -1 }))).to.be.instanceOf(InvalidOfferError)
  })

  it('refuse a page that cannot stand before a fragment', async function () {
    const bases = [
      '',
      'acme.example',
      'ftp://acme.example',
      'https://',
      'https://acme.example/#a',
      'javascript:alert(1)',
    ]
    for (const base of [
      ...bases,
      'https://a b.example',
      'https://me:secret@acme.example',
      'https://acme.example/\u202e',
    ]) {
      expect(await failure(shareUrl(sample, base)), base).to.be.instanceOf(InvalidShareBaseError)
    }
  })

  it('refuse a document that is too long for a URL, and say to share the file', async function () {
    const page = `https://acme.example/${'a'.repeat(MAX_SHARED_URL)}`
    const error = await failure(shareUrl(sample, page))
    expect(error).to.be.instanceOf(ShareTooLongError)
    expect(error.message).to.match(
      /it would have \d+ characters, and at most 8000 can be read\. Share the file instead\.$/,
    )
  })

  it('refuse a fragment that was not made so', async function () {
    const good = packed(JSON.stringify(sample))
    expect(await readShared(urlOf(good))).to.deep.equal({ kind: 'offer', file: sample })
    const hostile = {
      'no fragment': SHARE_BASE,
      'another fragment': `${SHARE_BASE}#offer`,
      'a fragment in a fragment': `${SHARE_BASE}#a#stemma=1.offer.${good}`,
      'another version': urlOf(good, 'offer', '2'),
      'no version': `${SHARE_BASE}#stemma=`,
      'an unknown kind': urlOf(good, 'license'),
      'a kind of the prototype': urlOf(good, 'constructor'),
      'no data': urlOf(''),
      'a part too many': urlOf(`${good}.x`),
      padding: urlOf(`${good}=`),
      'base64 of another alphabet': urlOf('+/+/'),
      'a length that base64 cannot have': urlOf('AAAAA'),
      'bits that no byte uses': urlOf('AB'),
      'a mark that a chat added': urlOf(`${good})`),
      'data cut short': urlOf(good.slice(0, -8)),
      'data and more data': urlOf(
        Buffer.concat([deflateRawSync(JSON.stringify(sample)), Buffer.from('more')]).toString('base64url'),
      ),
      'data with another header': urlOf(gzipSync(JSON.stringify(sample)).toString('base64url')),
      'bytes that are not UTF-8': urlOf(packed(Buffer.from([0x22, 0xff, 0x22]))),
      'a bomb': urlOf(packed(Buffer.alloc(4_000_000, 0x20))),
      'one byte too many': urlOf(packed(Buffer.alloc(MAX_SHARED_BYTES + 1, 0x20))),
      'a URL too long': urlOf('A'.repeat(MAX_SHARED_URL)),
    }
    for (const [name, url] of Object.entries(hostile)) {
      expect(await failure(readShared(url)), name).to.be.instanceOf(InvalidSharedUrlError)
    }
  })

  it('check what was unpacked as they check a file', async function () {
    const text = JSON.stringify(sample)
    const codes = await Promise.all(
      [
        urlOf(packed('{')),
        urlOf(packed(text.replace('{', '{"version":1,'))),
        urlOf(packed('['.repeat(1000) + ']'.repeat(1000))),
        urlOf(packed(JSON.stringify({ ...sample, more: 1 }))),
        urlOf(packed(text), 'scan'),
        urlOf(packed(`\ufeff${text}`)),
      ].map(async (url) => (await failure(readShared(url))).code),
    )
    expect(codes).to.deep.equal([
      'INVALID_JSON',
      'DUPLICATE_JSON_NAME',
      'JSON_TOO_DEEP',
      'INVALID_OFFER',
      'INVALID_SCAN',
      'INVALID_JSON',
    ])
  })

  it('never fail otherwise, whatever a URL holds', async function () {
    const good = await shareUrl(sample)
    const changed = fc
      .tuple(fc.nat(good.length - 1), fc.string({ maxLength: 3 }))
      .map(([at, text]) => good.slice(0, at) + text + good.slice(at + 1))
    const start = fc.constantFrom('#stemma=', '#stemma=1.', '#stemma=1.offer.', 'https://a#stemma=1.scan.', '')
    const free = fc.tuple(start, fc.string({ maxLength: 40 })).map((parts) => parts.join(''))
    const bytes = fc.uint8Array({ maxLength: 200 }).map((value) => urlOf(Buffer.from(value).toString('base64url')))
    await fc.assert(
      fc.asyncProperty(fc.oneof(changed, free, bytes), async (url) => {
        const result = await readShared(url).catch((error: unknown) => error)
        if (!(result instanceof StemmaError)) expect(result).to.have.keys('kind', 'file')
      }),
      { numRuns: 500 },
    )
  })
})

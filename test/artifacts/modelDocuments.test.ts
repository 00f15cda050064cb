import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { checkDocument, DocumentMismatchError, findDocument } from '../../src/artifacts/modelDocuments.ts'
import { datasetsRoot, type DatasetEntry } from '../../src/core/datasets.ts'
import { ZERO_DIGEST } from '../../src/core/hex.ts'
import { descriptionDigest } from '../../src/documents/trainingDescription.ts'
import type { Attempt, DocumentReading } from '../../src/verify/profiles/profile.ts'
import { digestNumber } from '../fixtures/memoryLedger.ts'

const description = { version: 1, origin: 'from-scratch' } as const
const datasets: DatasetEntry[] = [{ digest: digestNumber(3), license: 'mit', source: 'public', share: 0 }]
const registered = (uri = 'https://huggingface.co/acme/Tiny') => ({
  method: descriptionDigest(description),
  datasets: datasetsRoot(datasets),
  uri,
})

/** What was tried for a document that was not found. */
function triedFor(reading: DocumentReading<unknown>): readonly Attempt[] {
  if (reading.state !== 'not-found') throw new Error(`The document is ${reading.state}.`)
  return reading.tried
}

describe('findDocument', function () {
  const asked: string[] = []
  /** A network that has some answers, and notes what it was asked. */
  const network = (answers: Record<string, () => Response>) => async (url: string) => {
    asked.push(url)
    return answers[url]?.() ?? new Response('no', { status: 404 })
  }
  const METHOD = 'https://huggingface.co/acme/Tiny/resolve/main/method.json'
  const json = (value: unknown) => () => new Response(JSON.stringify(value))
  let folder: string

  beforeEach(async function () {
    asked.length = 0
    folder = await mkdtemp(join(tmpdir(), 'stemma-documents-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('reads from the Hub and below other URIs, and checks the digest', async function () {
    const found = await findDocument('method', registered(), { fetch: network({ [METHOD]: json(description) }) })
    expect(found).to.deep.equal({ state: 'read', value: description, from: METHOD })
    const other = 'https://acme.example/models/tiny/?a=1#x'
    const place = 'https://acme.example/models/tiny/datasets.json'
    const list = await findDocument('datasets', registered(other), { fetch: network({ [place]: json(datasets) }) })
    expect(list).to.have.property('from', place)
  })

  it('prefers the folder, and goes on where its document is another', async function () {
    await writeFile(join(folder, 'method.json'), JSON.stringify({ version: 1 }))
    const places = { folder, fetch: network({ [METHOD]: json(description) }) }
    expect(await findDocument('method', registered(), places)).to.have.property('from', METHOD)
    await writeFile(join(folder, 'method.json'), JSON.stringify(description))
    asked.length = 0
    expect(await findDocument('method', registered(), places)).to.have.property('state', 'read')
    expect(asked).to.deep.equal([])
  })

  it('says what was tried: another document, nothing, something broken, a link, an empty card', async function () {
    await symlink('/etc/hostname', join(folder, 'README.md'))
    const card = await findDocument('card', registered(), { folder, fetch: network({}) })
    expect(card).to.have.property('state', 'not-found')
    expect(triedFor(card)[1]!.problem).to.contain('status 404')
    expect(triedFor(card)).to.have.length(2)
    for (const [answer, problem] of [
      [json({ version: 1 }), 'is registered'],
      [json({ version: 2 }), 'version'],
      [() => new Response('{'), 'JSON'],
      [() => new Response(new Uint8Array([0xff])), 'UTF-8'],
      [() => new Response('x'.repeat(2 ** 20 + 1)), 'longer than'],
      [
        () => new Response(null, { status: 302, headers: { location: 'https://evil.example/method.json' } }),
        'leads elsewhere',
      ],
      [() => new Response(null, { status: 302, headers: { location: METHOD } }), 'leads elsewhere'],
      [
        () => {
          throw new TypeError('fetch failed')
        },
        'cannot be reached',
      ],
    ] as [() => Response, string][]) {
      const found = await findDocument('method', registered(), { fetch: network({ [METHOD]: answer }) })
      expect(triedFor(found)[0]!.problem).to.contain(problem)
    }
    const empty = await findDocument('card', registered(), { fetch: async () => new Response(' \n') })
    expect(triedFor(empty)[0]!.problem).to.contain('empty')
  })

  it('follows a redirect within one host', async function () {
    const next = 'https://huggingface.co/api/resolve-cache/method.json'
    const answers = {
      [METHOD]: () => new Response(null, { status: 307, headers: { location: '/api/resolve-cache/method.json' } }),
      [next]: json(description),
    }
    expect(await findDocument('method', registered(), { fetch: network(answers) })).to.have.property('state', 'read')
    expect(asked).to.deep.equal([METHOD, next])
  })

  it('asks no host for a document that is not registered, nor one that only the reader can reach', async function () {
    const fetch = network({})
    const none = { ...registered(), method: ZERO_DIGEST, datasets: ZERO_DIGEST }
    for (const kind of ['method', 'datasets'] as const) {
      expect(await findDocument(kind, none, { fetch })).to.deep.equal({ state: 'not-registered' })
    }
    for (const uri of [
      '',
      'ipfs://x',
      'http://acme.example',
      'https://127.0.0.1/x',
      'https://[::1]/x',
      'https://localhost/x',
      'https://printer/x',
      'https://nas.local/',
      'file:///etc',
    ]) {
      const found = await findDocument('card', registered(uri), { fetch })
      expect(triedFor(found), uri).to.have.length(1)
    }
    expect(asked).to.deep.equal([])
  })
})

describe('checkDocument', function () {
  it('refuses a file that is not what was registered, and one for which nothing is registered', function () {
    const text = JSON.stringify({ version: 1 })
    expect(() => checkDocument('method', text, registered(), '"m.json"')).to.throw(
      DocumentMismatchError,
      '"m.json" is not the training description',
    )
    expect(() => checkDocument('method', text, { ...registered(), method: ZERO_DIGEST }, '"m.json"')).to.throw(
      DocumentMismatchError,
      'states no training description',
    )
    expect(() => checkDocument('datasets', '[]', registered(), '"d.json"')).to.throw(
      DocumentMismatchError,
      'list of datasets',
    )
  })

  it('takes entries in any order, with the names that a draft gives them', function () {
    const two = [...datasets, { digest: digestNumber(2), license: '', source: 'user', share: 5 } as const]
    const named = two.map((entry) => ({ ...entry, name: null, named: false }))
    const root = { ...registered(), datasets: datasetsRoot(two) }
    expect(checkDocument('datasets', JSON.stringify(named.toReversed()), root, 'x')).to.have.length(2)
  })
})

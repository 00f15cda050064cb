import { expect } from 'chai'

import { MAX_PROOF_BYTES } from '../../../src/documents/namespaceProof.ts'
import { sha256Text } from '../../../src/core/sha256.ts'
import { profileFinder } from '../../../src/sdk/registry/profileFinder.ts'
import type { FoundBytes, SoughtDocument } from '../../../src/verify/rules/documents.ts'
import { startProofHosts, type ProofHosts } from '../../fixtures/proofHosts.ts'

const PROFILE = '{ "country": "CH" }'
const hub = (name: string): string => `https://huggingface.co/${name}`

describe('profileFinder', function () {
  let hosts: ProofHosts

  before(async () => {
    hosts = await startProofHosts()
  })
  beforeEach(() => hosts.clear())
  after(() => hosts.stop())

  const sought = (...uris: string[]): SoughtDocument => ({ kind: 'profile', digest: sha256Text(PROFILE), uris })
  const find = async (document: SoughtDocument, seconds = 5): Promise<string> => {
    const found = await profileFinder({ fetch: hosts.fetch, seconds })([document])
    expect([...found.keys()]).to.deep.equal([document.digest])
    return textOf(found.get(document.digest)!)
  }
  const textOf = (found: FoundBytes): string =>
    'bytes' in found ? new TextDecoder().decode(found.bytes) : found.problem

  it('finds a profile beside any of the names, by its digest', async function () {
    hosts.serveHub('acme/one', '{ "country": "US" }')
    hosts.serve('acme.example/.well-known/stemma.json', PROFILE)
    expect(await find(sought(hub('acme/one'), 'https://acme.example/models/two'))).to.equal(PROFILE)
    expect(hosts.asked).to.deep.equal([
      'huggingface.co/acme/one/raw/main/stemma.json',
      'acme.example/.well-known/stemma.json',
    ])
  })

  it('says of each place why it is not there', async function () {
    hosts.serveHub('acme/other', '{ "country": "US" }')
    hosts.serveHub('acme/long', 'x'.repeat(MAX_PROOF_BYTES + 1))
    hosts.serveHub('acme/away', (_, response) =>
      response.writeHead(302, { location: 'https://evil.example/stemma.json' }).end(),
    )
    const problem = await find(sought(...['acme/none', 'acme/other', 'acme/long', 'acme/away'].map(hub)))
    for (const part of ['nothing lies at', 'is another document', 'longer than', 'leads elsewhere']) {
      expect(problem).to.contain(part)
    }
    expect(hosts.asked.filter((address) => address.startsWith('evil'))).to.deep.equal([])
  })

  it('asks no host of the reader’s network, and looks for no training description', async function () {
    const local = sought('http://localhost/x', 'https://127.0.0.1/x', 'https://nas.local/x', 'ipfs://bafy', '')
    expect(await find(local)).to.contain('none of its models has a name')
    const found = await profileFinder({ fetch: hosts.fetch })([{ ...sought(hub('acme/one')), kind: 'method' }])
    expect([found.size, hosts.asked]).to.deep.equal([0, []])
  })

  it('gives the hosts of one profile one time limit, and fetches at most 32 for one answer', async function () {
    hosts.serveHub('slow/one', () => {})
    hosts.serveHub('slow/two', () => {})
    expect(await find(sought(hub('slow/one'), hub('slow/two')), 0.5)).to.contain('within 0.5 seconds')
    hosts.clear()
    const many = Array.from({ length: 40 }, (_, index): SoughtDocument => {
      const text = JSON.stringify({ country: 'CH', index })
      hosts.serveHub(`acme/m${index}`, text)
      return { kind: 'profile', digest: sha256Text(text), uris: [hub(`acme/m${index}`)] }
    })
    const found = await profileFinder({ fetch: hosts.fetch })(many)
    const texts = many.map(({ digest }) => textOf(found.get(digest)!))
    expect(texts.filter((text) => text.startsWith('{'))).to.have.length(32)
    expect(texts.slice(32)).to.deep.equal(
      Array.from({ length: 8 }, () => 'only 32 profiles are fetched for one answer'),
    )
  })

  it('ends when the caller does', async function () {
    hosts.serveHub('slow/one', () => {})
    const signal = AbortSignal.timeout(200)
    const error = await profileFinder({ fetch: hosts.fetch, signal })([sought(hub('slow/one'))]).catch(
      (each: unknown) => each,
    )
    expect((error as Error).name).to.equal('TimeoutError')
  })
})

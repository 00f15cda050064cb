import type { RequestListener } from 'node:http'

import { expect } from 'chai'

import { sha256Text } from '../../../src/core/sha256.ts'
import { namespaceProofOf, namespaceProofText, type ProofName } from '../../../src/documents/namespaceProof.ts'
import {
  checkNamespaceProof,
  InvalidProofNameError,
  nameProver,
  type NamespaceCheck,
} from '../../../src/sdk/registry/checkNamespaceProof.ts'
import { setProfile } from '../../../src/sdk/registry/setProfile.ts'
import { networkHelpers } from '../../fixtures/ledger.ts'
import { startProofHosts, type ProofHosts } from '../../fixtures/proofHosts.ts'
import { deployLedger, expectError, type Part } from '../../fixtures/sdk.ts'

const { loadFixture } = networkHelpers
const NAMES: ProofName[] = ['hf:acme/m30', 'git:github.com/acme/m30', 'domain:acme.example']

describe('checkNamespaceProof', function () {
  let hosts: ProofHosts

  before(async function () {
    hosts = await startProofHosts()
  })
  beforeEach(() => hosts.clear())
  after(() => hosts.stop())

  /** {@link deployLedger}, with a publisher whose profile is a proof of {@link NAMES}. */
  async function deployProof() {
    const world = await deployLedger()
    const text = namespaceProofText(namespaceProofOf(world.deployment, world.publisher.address, NAMES))
    await setProfile(world.publisher.ledger, {
      publisher: world.publisher.address,
      profile: sha256Text(text),
      domain: '',
    })
    return { ...world, text, check: checking(world.reader) }
  }

  const checking =
    (ledger: Part['ledger']) =>
    (name: string, seconds = 5): Promise<NamespaceCheck> =>
      checkNamespaceProof(ledger, { name, fetch: hosts.fetch, seconds })

  it('proves a repository on the Hub, one on a git host, and a domain', async function () {
    const { check, publisher, text } = await loadFixture(deployProof)
    hosts.serveHub('acme/m30', text, 'repo-1')
    hosts.serve('raw.githubusercontent.com/acme/m30/HEAD/stemma.json', text)
    hosts.serve('acme.example/.well-known/stemma.json', text)
    for (const [name, repository] of [
      ['hf:acme/m30', 'repo-1'],
      ['git:github.com/acme/m30', null],
      ['domain:acme.example', null],
    ] as const) {
      expect(await check(name)).to.deep.equal({
        name,
        state: 'proved',
        reason: '',
        publisher: publisher.address,
        profile: sha256Text(text),
        repository,
      })
    }
    expect(hosts.asked.filter((address) => /revision|resolve|refs|\bsha\b/.test(address))).to.deep.equal([])
  })

  it('needs both ways: the file at the name, and the profile on chain', async function () {
    const { check, stranger, deployment, text } = await loadFixture(deployProof)
    expect(await check('hf:acme/m30')).to.include({ state: 'missing', publisher: null })
    // My file names an account that does not name my repository.
    const evil = namespaceProofText(namespaceProofOf(deployment, stranger.address, ['hf:acme/m30', 'hf:evil/mine']))
    hosts.serveHub('acme/m30', evil)
    expect((await check('hf:acme/m30')).reason).to.contain(`the profile of ${stranger.address} on chain is 0x000`)
    // A copy of the publisher's file, in a repository that it does not list.
    hosts.serveHub('evil/mine', text)
    expect(await check('hf:evil/mine')).to.include({ state: 'refused', reason: 'the file does not list the name' })
  })

  it('proves nothing for another ledger, and nothing once the profile is another', async function () {
    const { check, deployment, publisher, text } = await loadFixture(deployProof)
    const elsewhere = { ...deployment, chainId: Number(deployment.chainId) + 1 }
    hosts.serveHub('acme/m30', namespaceProofText(namespaceProofOf(elsewhere, publisher.address, NAMES)))
    expect(await check('hf:acme/m30')).to.include({
      state: 'refused',
      reason: 'the file states no account on this ledger',
    })
    hosts.serveHub('acme/m30', text)
    expect((await check('hf:acme/m30')).state).to.equal('proved')
    await setProfile(publisher.ledger, { publisher: publisher.address, profile: sha256Text('other'), domain: '' })
    expect((await check('hf:acme/m30')).state).to.equal('refused')
  })

  it('refuses an answer from elsewhere, and a name that has come to mean another repository', async function () {
    const { check, text } = await loadFixture(deployProof)
    const file = 'huggingface.co/acme/m30/raw/main/stemma.json'
    const redirect =
      (location: string): RequestListener =>
      (_, response) =>
        void response.writeHead(307, { location }).end()
    for (const location of [
      'https://huggingface.co/evil/m30/raw/main/stemma.json',
      '/evil/m30/raw/main/stemma.json',
      'https://evil.example/acme/m30/raw/main/stemma.json',
      'http://huggingface.co/acme/m30/raw/main/stemma.json',
      '/acme/m30/raw/main/stemma.json?revision=refs/pr/1',
      'http://[',
    ]) {
      hosts.serveHub('acme/m30', redirect(location))
      expect((await check('hf:acme/m30')).reason, location).to.contain('leads elsewhere')
    }
    hosts.serveHub('acme/m30', redirect(`https://${file}`))
    expect((await check('hf:acme/m30')).state).to.equal('refused')
    hosts.serveHub('acme/m30', text)
    hosts.serve('huggingface.co/api/models/acme/m30?expand=author', JSON.stringify({ _id: 'b2', id: 'evil/m30' }))
    expect((await check('hf:acme/m30')).reason).to.contain('the repository is "evil/m30"')
  })

  it('follows a redirect to the same name in other case', async function () {
    const { check, text } = await loadFixture(deployProof)
    hosts.serveHub('Acme/M30', (_, response) =>
      response.writeHead(307, { location: '/Acme/M30/raw/main/stemma.json' }).end(),
    )
    // The server's path stands for the host, which the reader of the address puts back.
    hosts.serve('huggingface.co/Acme/M30/raw/main/stemma.json', text)
    expect((await check('hf:acme/m30')).state).to.equal('proved')
  })

  it('refuses what is huge, of another type, or not a proof, and gives up on what is slow', async function () {
    const { check, text } = await loadFixture(deployProof)
    const endless: RequestListener = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', more)
      }
      more()
    }
    const typed =
      (type: string, body: string | Buffer): RequestListener =>
      (_, response) =>
        void response.writeHead(200, { 'content-type': type }).end(body)
    for (const [answer, reason] of [
      [endless, 'longer than 65536 bytes'],
      [typed('text/html', text), '"text/html", not JSON'],
      [typed('', text), 'not JSON'],
      [typed('text/plain', Buffer.from([0xff, 0xfe, 0x7b])), 'not UTF-8'],
      [typed('text/plain', '{'), 'not JSON'],
      [typed('text/plain', '{"version":1,"version":1}'), '"version"'],
      [typed('text/plain', '['.repeat(2_000) + ']'.repeat(2_000)), ''],
      [typed('text/plain', '{"version":2}'), '"version"'],
    ] as const) {
      hosts.serveHub('acme/m30', answer)
      const found = await check('hf:acme/m30')
      expect([found.state, found.publisher]).to.deep.equal(['refused', null])
      expect(found.reason).to.contain(reason)
    }
    const slow: RequestListener = (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/plain' }).write('{')
    hosts.serveHub('acme/m30', slow)
    expect(await check('hf:acme/m30', 0.2)).to.include({ state: 'unreachable', publisher: null })
    for (const [status, state] of [
      [403, 'refused'],
      [429, 'unreachable'],
      [503, 'unreachable'],
      [410, 'missing'],
    ] as const) {
      hosts.serveHub('acme/m30', (_, response) => response.writeHead(status).end())
      expect((await check('hf:acme/m30')).state).to.equal(state)
    }
  })

  it('asks no host for what nothing can prove', async function () {
    const { check, reader, publisher, text } = await loadFixture(deployProof)
    await expectError(check('https://127.0.0.1/m30'), InvalidProofNameError, '"https://127.0.0.1/m30"')
    hosts.serveHub('acme/m30', text)
    const prove = nameProver(reader, { fetch: hosts.fetch })
    const uris = [
      'https://huggingface.co/Acme/M30',
      'https://localhost/m30',
      'ipfs://x',
      'https://huggingface.co/evil/x',
    ]
    expect([...(await prove(uris))]).to.deep.equal([['https://huggingface.co/Acme/M30', publisher.address]])
    expect(hosts.asked.filter((address) => !address.startsWith('huggingface.co/'))).to.deep.equal([])
  })
})

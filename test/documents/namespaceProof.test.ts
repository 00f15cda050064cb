import { expect } from 'chai'

import {
  InvalidNamespaceProofError,
  namespaceProofOf,
  namespaceProofText,
  parseNamespaceProof,
  proofNameOf,
  proofPlaceOf,
} from '../../src/documents/namespaceProof.ts'
import type { Address } from '../../src/core/hex.ts'

const account = (digit: string) => `0x${digit.repeat(40)}` as Address

describe('a namespace proof', function () {
  it('has one name for every spelling of a place', function () {
    for (const [name, ...spellings] of [
      ['hf:acme/m30', 'Acme/M30', 'hf:acme/m30', 'https://huggingface.co/acme/M30/', 'hf.co/acme/m30'],
      ['git:github.com/acme/m30', 'https://github.com/Acme/M30', 'github.com/acme/m30.git', 'git:github.com/acme/m30'],
      ['git:github.com/acme/m30', 'https://github.com/acme/m30/tree/main/weights?x=1#y'],
      ['git:gitlab.com/acme/m30', 'https://gitlab.com/acme/m30/-/blob/HEAD/README.md'],
      [
        'domain:models.acme.example',
        'https://Models.Acme.example/m30',
        'domain:models.acme.example',
        'models.acme.example',
      ],
    ] as const) {
      for (const spelling of spellings) expect(proofNameOf(spelling), spelling).to.equal(name)
    }
  })

  it('covers no host of the reader’s network, no tenant of a shared host, and nothing that is not by https', function () {
    for (const text of [
      'http://acme.example/m30',
      'https://acme.example:8443/m30',
      'https://user:password@acme.example/m30',
      'https://127.0.0.1/m30',
      'https://[::1]/m30',
      'https://2130706433/m30',
      'https://0x7f.1/m30',
      'https://localhost/m30',
      'https://router.local/m30',
      'https://metadata.google.internal/m30',
      'https://acme/m30',
      'https://acme.example./m30',
      'https://huggingface.co/datasets/m30',
      'https://huggingface.co/m30',
      'https://huggingface.co/acme/m30/tree/main',
      'https://github.com/acme',
      'https://github.com/acme/..',
      'ipfs://bafy/m30',
      'domain:acme.example/m30',
      'git:evil.example/acme/m30',
      'file:///etc/passwd',
      '',
    ]) {
      expect(proofNameOf(text), text).to.equal(undefined)
    }
  })

  it('lies on the default branch of the repository, or on the domain', function () {
    expect(proofPlaceOf('hf:acme/m30')).to.deep.equal({
      name: 'hf:acme/m30',
      file: 'https://huggingface.co/acme/m30/raw/main/stemma.json',
      repository: 'https://huggingface.co/api/models/acme/m30?expand=author',
    })
    expect(proofPlaceOf('git:github.com/acme/m30').file).to.equal(
      'https://raw.githubusercontent.com/acme/m30/HEAD/stemma.json',
    )
    expect(proofPlaceOf('git:gitlab.com/acme/m30').file).to.equal('https://gitlab.com/acme/m30/-/raw/HEAD/stemma.json')
    expect(proofPlaceOf('domain:acme.example').file).to.equal('https://acme.example/.well-known/stemma.json')
  })

  it('is read as it is written', function () {
    const deployment = { chainId: 7, contracts: { ledger: account('1') } } as Parameters<typeof namespaceProofOf>[0]
    const proof = namespaceProofOf(deployment, account('2'), ['hf:b/c', 'domain:acme.example', 'hf:b/c'])
    expect(proof.names).to.deep.equal(['domain:acme.example', 'hf:b/c'])
    expect(parseNamespaceProof(JSON.parse(namespaceProofText(proof)))).to.deep.equal(proof)
  })

  it('is refused, naming the field, where anything in it is wrong', function () {
    const one = { chainId: 7, ledger: account('1'), publisher: account('2') }
    const proof = { version: 1, accounts: [one], names: ['hf:b/c'] }
    for (const [value, field] of [
      [[], '"the file"'],
      [{ ...proof, version: 2 }, '"version"'],
      [{ ...proof, revision: 'x' }, '"revision"'],
      [{ ...proof, names: [] }, '"names"'],
      [{ ...proof, names: ['hf:B/c'] }, '"names[0]"'],
      [{ ...proof, names: ['hf:b/c', 'https://acme.example'] }, '"names[1]"'],
      [{ ...proof, names: Array.from({ length: 1001 }, () => 'hf:b/c') }, '"names"'],
      [{ ...proof, accounts: [{ ...one, publisher: '0x1' }] }, '"accounts[0].publisher"'],
      [{ ...proof, accounts: [one, { ...one, publisher: account('3') }] }, '"accounts[1].ledger"'],
    ] as const) {
      expect(() => parseNamespaceProof(value))
        .to.throw(InvalidNamespaceProofError)
        .with.property('message')
        .that.contains(field)
    }
  })
})

import { expect } from 'chai'

import { hubSpellings, hubUri, modelNameKey, nameOfUri } from '../../src/core/modelName.ts'

describe('modelNameKey', function () {
  it('gives one key to all spellings of a place on the Hub', function () {
    const spellings = [
      'acme/m30',
      'ACME/M30',
      'https://huggingface.co/acme/m30',
      'https://huggingface.co/acme/m30/',
      'http://www.huggingface.co/Acme/M30',
      'huggingface.co/acme/m30',
      'hf.co/acme/m30//',
      'hf:acme/m30',
      'hf://acme/m30',
    ]
    expect(new Set(spellings.map(modelNameKey))).to.deep.equal(new Set([hubUri('acme/m30')]))
  })

  it('keeps the case of other URIs, and tells them from the Hub', function () {
    expect(modelNameKey('ipfs://bafyABC')).to.equal('ipfs://bafyABC')
    expect(modelNameKey('https://models.example/Acme/M30/')).to.equal('https://models.example/Acme/M30')
    expect(modelNameKey('https://huggingface.co.example/acme/m30')).to.equal('https://huggingface.co.example/acme/m30')
    expect(modelNameKey('https://huggingface.co/acme/m30/tree/main')).to.not.equal(modelNameKey('acme/m30'))
    expect(modelNameKey('acme/../m30')).to.equal('acme/../m30')
    expect(modelNameKey('')).to.equal('')
  })

  it('does not take an owner or a page of the Hub for a prefix', function () {
    expect(modelNameKey('https://huggingface.co/models/m30')).to.equal(hubUri('models/m30'))
  })

  it('lists spellings that all have the key', function () {
    const key = modelNameKey('Acme/M30')
    expect(hubSpellings(key)).to.include.members(['acme/m30', 'hf:acme/m30', 'https://huggingface.co/acme/m30'])
    expect(new Set(hubSpellings(key).map(modelNameKey))).to.deep.equal(new Set([key]))
    expect(hubSpellings('ipfs://bafyABC')).to.deep.equal([])
  })

  it('takes time linear in its length for a text of slashes', function () {
    expect(modelNameKey('/'.repeat(1_000_000))).to.equal('')
    expect(modelNameKey(`a${'/'.repeat(1_000_000)}b`)).to.have.lengthOf(1_000_002)
  })
})

describe('nameOfUri', function () {
  it('makes what a stranger wrote safe to print', function () {
    expect(nameOfUri('https://huggingface.co/a/b\u202e')).to.equal('a/b\ufffd')
  })
})

import { expect } from 'chai'

import { hubSpellings, hubUri, modelNameKey, nameOfUri, nearNames, shortNameOf } from '../../src/core/modelName.ts'

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

describe('nearNames', function () {
  const uris = [
    'acme/tiny-chat',
    'acme/base',
    'acne/base',
    'globex/tiny-chat',
    'https://models.example/acme/tiny-chat',
  ].map((name) => (name.startsWith('https:') ? name : hubUri(name)))

  it('finds names whose owner and name are both near, nearest first', function () {
    expect(nearNames('acme/tiny-caht', uris)).to.deep.equal(['acme/tiny-chat'])
    expect(nearNames('ACMEE/Tiny_Chat/', uris)).to.deep.equal(['acme/tiny-chat'])
    expect(nearNames('acme/bas', uris)).to.deep.equal(['acme/base', 'acne/base'])
    expect(nearNames('hf.co/acnee/base', uris)).to.deep.equal(['acne/base'])
    expect(nearNames('https://models.example/acmee/tiny-chat', uris)).to.deep.equal([
      'https://models.example/acme/tiny-chat',
    ])
    expect(nearNames('initech/tiny-chat', uris)).to.deep.equal([])
  })

  it('compares the last part alone where there is no owner, and finds at most what was asked for', function () {
    const all = ['acme/tiny-chat', 'globex/tiny-chat', 'https://models.example/acme/tiny-chat']
    expect(nearNames('tinychatt', uris)).to.deep.equal(all)
    expect(nearNames('tinychatt', uris, 2)).to.deep.equal(all.slice(0, 2))
    for (const text of ['', '/', '%', 'x'.repeat(100_000)]) expect(nearNames(text, uris)).to.deep.equal([])
  })
})

describe('shortNameOf', function () {
  it('is the last part of the path, in lower case and at most 200 units', function () {
    expect(shortNameOf('https://huggingface.co/Acme/Base')).to.equal('base')
    expect(shortNameOf('https://x.example/a/B//?query=/c#/d')).to.equal('b')
    expect(shortNameOf('')).to.equal('')
    expect(shortNameOf(`a/${'x'.repeat(199)}\u{1f600}`)).to.equal('x'.repeat(199))
  })
})

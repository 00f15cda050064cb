import { expect } from 'chai'
import { id, TypedDataEncoder } from 'ethers'

import {
  externalIdOf,
  externalNameOfTensors,
  externalNameOnHub,
  externalNamesOf,
  InvalidExternalNameError,
  isExternalName,
  parseExternalName,
} from '../../src/core/external.ts'
import { ZERO_DIGEST, type Digest } from '../../src/core/hex.ts'

const TENSORS = `0x${'9c'.repeat(32)}` as Digest

describe('external parents', function () {
  it('have the EIP-712 struct hash of their name as id', function () {
    const name = parseExternalName('hf:qwen/qwen2.5-7b')
    const struct = TypedDataEncoder.hashStruct('External', { External: [{ name: 'name', type: 'string' }] }, { name })
    expect(externalIdOf(name)).to.equal(struct)
    expect(struct).to.not.equal(id(name))
  })

  it('have one name for each spelling', function () {
    for (const text of ['hf:Qwen/Qwen2.5-7B', 'HF:QWEN/QWEN2.5-7B', externalNameOnHub('Qwen/Qwen2.5-7B')]) {
      expect(parseExternalName(text)).to.equal('hf:qwen/qwen2.5-7b')
    }
    expect(parseExternalName('hf:GPT2')).to.equal('hf:gpt2')
    expect(parseExternalName(`tensors:${'9C'.repeat(32)}`)).to.equal(externalNameOfTensors(TENSORS))
  })

  it('are refused with a commit, a path, or in another form', function () {
    for (const text of [
      'qwen/qwen2.5-7b',
      'hf:',
      'hf:a/b/c',
      'hf:a/b@main',
      'hf:a/../b',
      'hf:a/b?x',
      'hf:a /b',
      'hf://a/b',
      'ollama:a/b',
      'tensors:0x' + '9c'.repeat(31),
      `tensors:0x${'9c'.repeat(32)}`,
      `tensors:${'9c'.repeat(31)}`,
      `tensors:${'00'.repeat(32)}`,
      'tensors:',
      '',
    ]) {
      expect(() => parseExternalName(text), text).to.throw(InvalidExternalNameError, 'use tensors: and 64 hex digits')
    }
    expect(['hf:a', 'tensors:b', 'a/hf:b', 'ollama:c'].map(isExternalName)).to.deep.equal([true, true, false, false])
  })

  it('may be what a registration states: its tensors, and its place on the Hub in every spelling', function () {
    const uris = ['https://huggingface.co/Acme/Base', 'hf.co/acme/base/', 'hf://ACME/base', 'Acme/Base']
    for (const uri of uris) {
      expect(externalNamesOf({ tensors: TENSORS, uri }), uri).to.deep.equal([
        `tensors:${'9c'.repeat(32)}`,
        'hf:acme/base',
      ])
    }
    expect(externalNamesOf({ tensors: ZERO_DIGEST, uri: 'ipfs://bafy' })).to.deep.equal([])
    expect(externalNamesOf({ tensors: ZERO_DIGEST, uri: '' })).to.deep.equal([])
  })
})

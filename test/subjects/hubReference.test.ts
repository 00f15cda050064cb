import { expect } from 'chai'

import { hubEndpoint, isHubUrl, parseHubReference } from '../../src/subjects/hub/hubReference.ts'
import { isPlaceReference, openSubject } from '../../src/subjects/openSubject.ts'
import { rejection } from '../artifacts/folder.ts'

const MIRROR = { HF_ENDPOINT: 'https://mirror.example/hf/' }

describe('parseHubReference', function () {
  const valid: [text: string, expected: object][] = [
    ['hf:acme/tiny', { id: 'acme/tiny', revision: 'main' }],
    ['hf://acme/tiny/', { id: 'acme/tiny', revision: 'main' }],
    ['hf:gpt2', { id: 'gpt2', revision: 'main' }],
    ['hf:acme/tiny@v1.0', { id: 'acme/tiny', revision: 'v1.0' }],
    ['hf:acme/tiny@refs/pr/3', { id: 'acme/tiny', revision: 'refs/pr/3' }],
    ['https://huggingface.co/acme/tiny', { id: 'acme/tiny', revision: 'main' }],
    ['http://hf.co/acme/tiny/?x=1#y', { id: 'acme/tiny', revision: 'main' }],
    ['https://www.huggingface.co/gpt2', { id: 'gpt2', revision: 'main' }],
    ['https://huggingface.co/acme/tiny/tree/v1.0', { id: 'acme/tiny', revision: 'v1.0' }],
    ['https://huggingface.co/acme/tiny/tree/refs%2Fpr%2F1', { id: 'acme/tiny', revision: 'refs/pr/1' }],
    ['https://huggingface.co/acme/tiny/tree/refs/pr/1', { id: 'acme/tiny', revision: 'refs/pr/1' }],
    ['https://huggingface.co/gpt2/tree/main/onnx', { id: 'gpt2', revision: 'main', path: 'onnx' }],
    [`https://huggingface.co/acme/tiny/commit/${'ab'.repeat(20)}`, { id: 'acme/tiny', revision: 'ab'.repeat(20) }],
    [
      'https://huggingface.co/acme/tiny/blob/main/q%204/a.gguf',
      { id: 'acme/tiny', revision: 'main', path: 'q 4/a.gguf' },
    ],
    [
      'https://huggingface.co/acme/tiny/resolve/v2/a.gguf?download=true',
      { id: 'acme/tiny', revision: 'v2', path: 'a.gguf' },
    ],
    ['https://mirror.example/hf/acme/tiny/tree/v1', { id: 'acme/tiny', revision: 'v1' }],
  ]
  for (const [text, expected] of valid) {
    it(`reads ${text}`, function () {
      expect({ path: undefined, ...parseHubReference(text, MIRROR) }).to.deep.equal({ path: undefined, ...expected })
      expect(isPlaceReference(text, MIRROR)).to.equal(true)
    })
  }

  for (const text of [
    'hf:',
    'hf:acme/tiny/more',
    'hf:acme/tiny@',
    'hf:acme/tiny@../x',
    'hf:acme/tiny@a b',
    'hf:acme/../x',
    'hf:acme/tiny@a\u202eb',
    'hf:@main',
    `hf:acme/tiny@${'a'.repeat(256)}`,
    'https://huggingface.co/',
    'https://huggingface.co/datasets/acme/books',
    'https://huggingface.co/spaces/acme/demo',
    'https://huggingface.co/acme/tiny/blob/main',
    'https://huggingface.co/acme/tiny/blob/main/..%2f..%2fx',
    'https://huggingface.co/acme/tiny/commit/abc/file',
    'https://huggingface.co/acme/tiny/discussions/1',
    'https://huggingface.co/acme/%zz',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, function () {
      expect(() => parseHubReference(text))
        .to.throw()
        .with.property('code', 'HUB_REFERENCE')
    })
  }

  it('leaves owner/name, paths and other hosts to others', function () {
    for (const text of [
      'acme/tiny',
      './hf:acme',
      'hf.co/acme/tiny',
      'https://hub.example/acme/tiny',
      'ipfs://x',
      'c:\\x',
    ])
      expect(isPlaceReference(text, {}), text).to.equal(false)
    expect(isHubUrl('https://me:pw@huggingface.co/acme/tiny', {})).to.equal(false)
    expect(isHubUrl('https://huggingface.co:444/acme/tiny', {})).to.equal(false)
    expect(isHubUrl('https://huggingface.co.evil.example/acme/tiny', {})).to.equal(false)
  })

  it('keeps users, passwords and queries of addresses out of its errors', async function () {
    for (const HF_ENDPOINT of [
      'https://me:secret@mirror.example',
      'https://secret@mirror.example/hf',
      'me:secret@mirror.example',
      'https://mirror.example/?token=secret',
    ]) {
      const error = ((): Error => {
        try {
          return new Error(hubEndpoint({ HF_ENDPOINT }).href)
        } catch (thrown) {
          return thrown as Error
        }
      })()
      expect(error).to.include({ code: 'HUB_ENDPOINT' })
      expect(error.message).to.contain('mirror.example').and.not.contain('secret')
    }
    const error = await rejection(openSubject('https://me:secret@huggingface.co/acme/tiny', { env: {} }))
    expect(error).to.include({ code: 'HUB_REFERENCE' })
    expect(error.message).to.contain('huggingface.co/acme/tiny').and.not.contain('secret')
    expect(await rejection(openSubject('https://hub.example/a', { env: {} }))).to.include({ code: 'HUB_REFERENCE' })
  })

  it('refuses an endpoint that is not the address of a host', function () {
    for (const HF_ENDPOINT of [
      'mirror.example',
      'ftp://mirror.example',
      'https://me:pw@mirror.example',
      'https://x.example/?a',
    ])
      expect(() => hubEndpoint({ HF_ENDPOINT }), HF_ENDPOINT)
        .to.throw()
        .with.property('code', 'HUB_ENDPOINT')
    expect(hubEndpoint({}).href).to.equal('https://huggingface.co/')
    expect(hubEndpoint({ HF_ENDPOINT: '' }).href).to.equal('https://huggingface.co/')
  })
})

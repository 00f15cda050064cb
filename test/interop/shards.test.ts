import { expect } from 'chai'

import { parseShardIndex, ShardIndexError, shardOf } from '../../src/interop/shards.ts'

describe('shardOf', function () {
  it('reads the part that a name gives', function () {
    const shard = shardOf('sub/model-00002-of-00005.safetensors')!
    expect(shard).to.include({ pattern: 'sub/model-*-of-00005.safetensors', number: 2, count: 5 })
    expect(shard.nameOf(4)).to.equal('sub/model-00004-of-00005.safetensors')
  })

  for (const name of [
    'model.safetensors',
    'model-2-of-5.gguf',
    'model-00000-of-00005.gguf',
    'model-00006-of-00005.gguf',
    'a-00001-of-00002.x/y',
    'a-00001-of-00002',
  ]) {
    it(`reads no part in ${name}`, function () {
      expect(shardOf(name)).to.equal(undefined)
    })
  }
})

describe('parseShardIndex', function () {
  it('groups tensors by file', function () {
    const index = parseShardIndex(
      '{"metadata":{"total_size":8},"weight_map":{"a":"x","b":"y","__proto__":"x"}}',
      'i.json',
    )
    expect([...index].map(([file, tensors]) => [file, [...tensors]])).to.deep.equal([
      ['x', ['a', '__proto__']],
      ['y', ['b']],
    ])
  })

  for (const text of ['[]', '{}', 'null', '{"weight_map":[]}', '{"weight_map":{"a":1}}', '{"weight_map":{"a":""}}']) {
    it(`refuses ${text}`, function () {
      expect(() => parseShardIndex(text, 'i.json'))
        .to.throw(ShardIndexError, '"i.json"')
        .with.property('code', 'SHARD_INDEX')
    })
  }
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { InvalidGatewayConfigError, parseGatewayConfig } from '../../../packages/server/src/gateway/config.ts'

const LEAST = { upstream: { url: 'http://127.0.0.1:8000' }, models: [{ name: 'one', model: `0x${'11'.repeat(32)}` }] }

describe('parseGatewayConfig', function () {
  it('needs an upstream and a model, and fills in the others', function () {
    expect(parseGatewayConfig(LEAST)).to.deep.include({
      agree: 1,
      folder: '.stemma/gateway',
      models: [{ name: 'one', model: LEAST.models[0]!.model, use: 'commercial' }],
      onLeave: 'stop',
      onRevoke: 'cut',
      bodyLimit: 33_554_432,
      anchor: { everySeconds: 600, everyRecords: 10_000 },
    })
  })

  it('names the field, its value and what is expected', function () {
    for (const [change, words] of [
      [[], 'the file is []. Expected an object.'],
      [{ ...LEAST, uptream: 1 }, 'a field of the file is "uptream". Expected only the fields '],
      [{ ...LEAST, models: [] }, 'models is []. Expected a list with at least one entry.'],
      [
        { ...LEAST, models: [{ name: 'one', model: 'a/b', use: 'fun' }] },
        'models[0].use is "fun". Expected one of research,',
      ],
      [{ ...LEAST, models: [...LEAST.models, ...LEAST.models] }, 'models is "one". Expected each name once.'],
      [{ ...LEAST, upstream: {} }, 'upstream.url is missing or not usable. Expected an http or https URL '],
      [{ ...LEAST, onLeave: 'drain' }, 'onLeave is "drain". Expected "stop", or {"drain": {'],
      [
        { ...LEAST, onRevoke: { finish: { seconds: 0 } } },
        'onRevoke.finish.seconds is 0. Expected a whole number from 1 to 3600.',
      ],
      [{ ...LEAST, bodyLimit: 1.5 }, 'bodyLimit is 1.5. Expected a whole number from 1024 to 1073741824.'],
      [
        { ...LEAST, agree: 2, rpc: ['http://127.0.0.1:1'] },
        'agree is 2. Expected at most as many as "rpc" names different nodes.',
      ],
      [
        { ...LEAST, upstream: { ...LEAST.upstream, keyEnv: 'A', keyFile: 'b' } },
        'upstream.keyFile is missing or not usable. Expected either ',
      ],
      [
        { ...LEAST, upstream: { ...LEAST.upstream, key: 1 } },
        'a field of upstream is "key". Expected only the fields ',
      ],
      [{ ...LEAST, folder: 'a'.repeat(2049) }, 'folder is "aaa'],
      [{ ...LEAST, trust: null }, 'trust is null. Expected an object.'],
      [{ ...LEAST, quota: null }, 'quota is null. Expected an object.'],
      [{ ...LEAST, facts: { [`0x${'ab'.repeat(20)}`]: {}, [`0x${'AB'.repeat(20)}`]: {} } }, 'facts is {"0xabab'],
      [
        { ...LEAST, statements: { origin: 'https://a.example/v1', publisher: '0x1' } },
        'statements.origin is "https://a.example/v1".',
      ],
    ] as const) {
      expect(() => parseGatewayConfig(change), words)
        .to.throw(InvalidGatewayConfigError)
        .with.property('message')
        .that.contains(`In the configuration of the gateway, ${words}`)
    }
  })

  it('does not repeat an address or a key that may be a secret', function () {
    for (const change of [
      { ...LEAST, upstream: { url: 'http://user:canary@127.0.0.1' } },
      { ...LEAST, upstream: { ...LEAST.upstream, keyEnv: 'sk-canary' } },
      { ...LEAST, quota: { databaseEnv: 'postgres://u:canary@host/db' } },
    ]) {
      try {
        parseGatewayConfig(change)
        expect.fail('it was taken')
      } catch (error) {
        expect(error).to.have.property('code')
        expect((error as Error).message).not.to.contain('canary')
      }
    }
  })

  it('has the fields that its schema describes', async function () {
    const path = join(import.meta.dirname, '../../../docs/gateway-config.schema.json')
    const schema = JSON.parse(await readFile(path, 'utf8')) as { properties: Record<string, { properties?: object }> }
    for (const name of Object.keys(schema.properties)) {
      // A field that is known is refused for its value; one that is not, for its name.
      const fault = faultOf({ ...LEAST, [name]: null })
      expect(fault, name).not.to.contain('Expected only the fields')
    }
    const named = /only the fields (.*)\. docs/.exec(faultOf({ ...LEAST, nothing: 1 }))![1]!.split(', ')
    expect(Object.keys(schema.properties).toSorted()).to.deep.equal(named.toSorted())
    for (const part of ['upstream', 'trust', 'anchor', 'quota', 'statements'] as const) {
      const fields = /only the fields (.*)\. docs/.exec(faultOf({ ...LEAST, [part]: { nothing: 1 } }))![1]!.split(', ')
      expect(Object.keys(schema.properties[part]!.properties!).toSorted(), part).to.deep.equal(fields.toSorted())
    }
  })
})

function faultOf(value: unknown): string {
  try {
    parseGatewayConfig(value)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

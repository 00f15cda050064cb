import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'
import { parse } from 'yaml'

import { readInputs, type Inputs } from '../../src/action/inputs.ts'

const root = join(import.meta.dirname, '../..')
const manifest = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as { inputs: Record<string, unknown> }

function read(inputs: Record<string, string>): Inputs {
  for (const name of Object.keys(inputs)) expect(manifest.inputs, name).to.have.property(name)
  const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  return readInputs(Object.fromEntries(given) as NodeJS.ProcessEnv, root)
}

describe('readInputs', function () {
  const one = { path: 'models/tiny', use: 'commercial' }

  it('hands a signature and whose counts to stemma verify', function () {
    const inputs = { signature: 'model.sig', key: 'a.pub', ca: ' a.pem\n\r\nb c.pem ', 'trusted-root': 'root.json' }
    const { command, subjects } = read({
      ...one,
      ...inputs,
      identity: 'ci@acme.example',
      issuer: 'https://acme.example',
    })
    expect([command, subjects]).to.deep.equal([
      [
        'verify',
        '--use=commercial',
        '--signature=model.sig',
        '--key=a.pub',
        '--identity=ci@acme.example',
        '--issuer=https://acme.example',
        '--trusted-root=root.json',
        '--ca=a.pem',
        '--ca=b c.pem',
      ],
      ['./models/tiny'],
    ])
  })

  it('keeps the value of an input within its option, whatever it is', function () {
    const names = ['signature', 'key', 'identity', 'issuer', 'trusted-root', 'policy', 'facts', 'rpc-url']
    for (const attack of [
      '--key=evil.pub',
      '-- x',
      '$(id)',
      '`id`',
      '; id',
      '"; id #',
      "a' --ca=b",
      'a\n--key=b',
      '${{ x }}',
    ]) {
      for (const name of names) {
        const { command } = read({ ...one, [name]: attack })
        expect(command.slice(2).map((each) => each.slice(0, each.indexOf('=')))).to.have.length(1)
        expect(command.at(-1))
          .to.match(/^--[a-z-]+=/)
          .and.to.contain(attack)
      }
      for (const [name, option] of [
        ['ca', '--ca='],
        ['fact', '--fact='],
      ] as const)
        for (const each of read({ ...one, [name]: attack }).command.slice(2))
          expect(each.startsWith(option)).to.equal(true)
    }
  })

  it('refuses a signature with a lock file, which is about several models', function () {
    for (const name of ['signature', 'key', 'ca', 'identity', 'issuer', 'trusted-root']) {
      expect(() => read({ [name]: 'x' })).to.throw(`The input ${name} is about one model`)
      expect(() => read({ lock: 'stemma.lock.json', [name]: 'x' })).to.throw(`The input ${name} is about one model`)
    }
  })
})

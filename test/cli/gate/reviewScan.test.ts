import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { startWorld, type World } from '../world.ts'

const HEADER = '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
const SAFETENSORS = Buffer.concat([Buffer.from([HEADER.length, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(`${HEADER}x`)])

describe('stemma review scan by itself', function () {
  let world: World

  before(async function () {
    world = await startWorld()
    for (const name of ['good', 'bad', 'odd']) await world.folder(name, 'license: mit')
    await writeFile(join(world.cwd, 'good/weights.bin'), '')
    await writeFile(join(world.cwd, 'good/w.safetensors'), SAFETENSORS)
    await writeFile(join(world.cwd, 'bad/weights.bin'), Buffer.from('\x80\x04cos\nsystem\n\x8c\x01xR.', 'latin1'))
    for (const name of ['good', 'bad', 'odd']) await world.ok(`review request ./${name}`)
  })

  after(() => world.stop())

  const scansOf = async (name: string): Promise<string[]> => {
    const { json } = await world.run(`review status ./${name} --json`, { as: null })
    return json().scans.map(({ verdict }: { verdict: string }) => verdict)
  }

  it('attests the digests of the report that it writes and of the rules', async function () {
    const sent = await world.ok('review scan ./good --engines none --output good.json')
    const text = await readFile(join(world.cwd, 'good.json'), 'utf8')
    const rules = (await world.run('weights rules --json')).stdout
    const digestOf = (bytes: string): string => `0x${createHash('sha256').update(bytes).digest('hex')}`
    expect([sent.verdict, sent.report, sent.ruleset]).to.deep.equal(['passed', digestOf(text), digestOf(rules)])
    expect(await scansOf('good')).to.deep.equal(['passed'])
    expect((await world.ok('review scan ./bad --engines none')).verdict).to.equal('failed')
    expect(await scansOf('bad')).to.deep.equal(['failed'])
  })

  it('does not attest what is unknown, so that the quorum stays open', async function () {
    const { code, json } = await world.run('review scan ./odd --engines none --output odd.json --json')
    const { attested, verdict } = json()
    expect([code, attested, verdict]).to.deep.equal([3, false, 'unknown'])
    const again = await world.run('review scan ./odd --report odd.json')
    expect([again.code, again.stdout]).to.satisfy(
      ([exit, text]: [number, string]) => exit === 3 && text.includes('Not attested'),
    )
    expect(await scansOf('odd')).to.deep.equal([])
  })

  it('attests an earlier report of the same weights, and refuses that of others or a contradiction', async function () {
    const { weights } = JSON.parse(await readFile(join(world.cwd, 'good.json'), 'utf8'))
    const sent = await world.ok(`review scan ${weights} --report good.json --dry-run`)
    expect([sent.weights, sent.verdict]).to.deep.equal([weights, 'passed'])
    await world.file('rules.txt', 'rules')
    for (const wrong of [
      './bad --report good.json',
      './good --report good.json --verdict failed --ruleset rules.txt',
      './good --report good.json --verdict passed --ruleset rules.txt',
      './good --verdict passed',
      './good --verdict passed --report good.json',
      './good --report good.json --output other.json',
      `${weights}`,
    ]) {
      expect(await world.fails(`review scan ${wrong}`), wrong).to.deep.equal([2, 'USAGE'])
    }
    await world.file('bad.json', '{"version":1}')
    expect(await world.fails('review scan ./good --report bad.json')).to.deep.equal([2, 'INVALID_SCAN_REPORT'])
    expect(await world.fails('review scan ./good', { as: null })).to.deep.equal([2, 'MISSING_KEY'])
  })

  it('attests the verdict without overrides', async function () {
    const document = JSON.parse(await readFile(join(world.cwd, 'odd.json'), 'utf8'))
    const { rule } = document.findings.find(({ level }: { level: string }) => level === 'unknown')
    const prefix = document.weights.slice(2, 10)
    await world.ok(['weights', 'override', './odd', '--rule', rule, '--reason', 'drill', '--digest-prefix', prefix])
    const { code, json } = await world.run('review scan ./odd --engines none --json')
    expect([code, json().document.verdictWithOverrides]).to.deep.equal([3, 'passed'])
    expect(await scansOf('odd')).to.deep.equal([])
  })
})

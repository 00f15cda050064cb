import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { sha256Text } from '../../../src/core/sha256.ts'
import { SCREEN } from '../../../src/cli/report.ts'
import type { Report } from '../../../src/core/report.ts'
import { startProofHosts, type ProofHosts } from '../../fixtures/proofHosts.ts'
import { checkedReport, KEYS, startWorld, type World } from '../world.ts'

const addressOf = (name: keyof typeof KEYS): string => KEYS[name].address.toLowerCase()
const PROFILE = '{ "name": "Beta Ltd.", "country": "CN" }\n'

describe('rules of a policy on the lineage, in the program', function () {
  this.timeout(300_000)
  let world: World
  let hosts: ProofHosts
  let base: string
  let tuned: string

  before(async function () {
    ;[world, hosts] = await Promise.all([startWorld(), startProofHosts()])
    await world.ok('terms publish MIT')
    // A profile of its own in a folder, and one beside a name.
    await mkdir(join(world.cwd, 'statements'))
    await writeFile(join(world.cwd, 'statements/beta.json'), PROFILE)
    await world.ok('publisher profile set statements/beta.json', { as: 'beta' })
    await world.ok(`publisher profile verify ${addressOf('beta')} statements/beta.json --until 365d`, { as: 'acme' })
    await world.ok(`publisher prove gamma/tuned --publisher ${addressOf('gamma')} --country US --output gamma.json`)
    await world.ok('publisher profile set gamma.json', { as: 'gamma' })
    await world.ok(`publisher profile verify ${addressOf('gamma')} gamma.json --until 365d`, { as: 'acme' })
    hosts.serveHub('gamma/tuned', await readFile(join(world.cwd, 'gamma.json'), 'utf8'))
    await world.folder('beta__base', 'license: mit')
    await world.folder('gamma__tuned', 'license: mit\nbase_model: beta/base\nbase_model_relation: finetune')
    base = (await world.ok('register beta__base', { as: 'beta' })).model
    tuned = (await world.ok('register gamma__tuned', { as: 'gamma' })).model
  })

  after(async function () {
    await Promise.all([world.stop(), hosts.stop()])
  })

  type Verified = { code: number; report: Report; ruled: [code: string, severity: string, path: readonly string[]][] }

  async function verify(rule: object, name = 'gamma/tuned', flags = '--statements statements'): Promise<Verified> {
    const policy = await world.file('policy.json', { version: 1, lineage: [rule] })
    const args = `verify ${name} --use commercial --policy ${policy} ${flags} --json`.replaceAll('  ', ' ')
    const { code, json, stdout } = await world.run(args, { fetch: hosts.fetch })
    const report = (await checkedReport(JSON.parse(stdout) && json())) as Report
    const ruled = report.findings.filter((each) => each.rule === 0)
    return { code, report, ruled: ruled.map(({ code: what, severity, path }) => [what, severity, path]) }
  }

  it('denies a country that a profile states, with the path, and says who accredited the publisher', async function () {
    const { code, report, ruled } = await verify({ denyCountries: ['CN'], why: 'export rules' })
    expect([code, report.verdict]).to.deep.equal([1, 'not-permitted'])
    expect(ruled).to.deep.equal([['lineage-country', 'blocking', [tuned, base]]])
    expect(report.rules).to.deep.equal([
      {
        rule: 0,
        text: 'none of the model and its ancestors has a publisher in CN',
        why: 'export rules',
        answer: 'broken',
        countries: [
          {
            publisher: addressOf('gamma'),
            country: 'US',
            profile: sha256Text(await readFile(join(world.cwd, 'gamma.json'), 'utf8')),
            verifier: addressOf('acme'),
          },
          { publisher: addressOf('beta'), country: 'CN', profile: sha256Text(PROFILE), verifier: addressOf('acme') },
        ],
      },
    ])
    expect(report.findings.find(({ rule }) => rule === 0)!.reason).to.contain(
      `its country is CN: a statement, not a proof; ${addressOf('acme')} accredited it`,
    )
    expect((await verify({ denyCountries: ['RU'] })).code).to.equal(0)
    expect((await verify({ onlyCountries: ['US', 'CN'] })).code).to.equal(0)
    expect((await verify({ onlyCountries: ['US'] })).ruled).to.deep.equal(ruled)
  })

  it('leaves open a country of which no profile is at hand, and says where it was looked for', async function () {
    const { code, report, ruled } = await verify({ denyCountries: ['RU'] }, 'gamma/tuned', '')
    expect([code, ruled]).to.deep.equal([3, [['lineage-country', 'unknown', [tuned, base]]]])
    const { reason, remedy } = report.findings.find(({ rule }) => rule === 0)!
    expect(reason).to.contain('nothing lies at https://huggingface.co/beta/base/raw/main/stemma.json')
    expect(remedy).to.contain('--statements <folder>')
    hosts.asked.length = 0
    const unasked = await verify({ denyCountries: ['RU'] }, 'gamma/tuned', '--no-proofs --statements statements')
    expect(unasked.ruled).to.deep.equal([['lineage-country', 'unknown', [tuned]]])
    expect(hosts.asked).to.deep.equal([])
  })

  it('takes no document but the one on chain, however it is served or linked', async function () {
    hosts.serveHub('beta/base', PROFILE.replace('CN', 'US'))
    const forged = await verify({ denyCountries: ['CN'] }, 'beta/base', '')
    expect(forged.ruled).to.deep.equal([['lineage-country', 'unknown', [base]]])
    expect(forged.report.findings.find(({ rule }) => rule === 0)!.reason).to.contain('is another document')
    hosts.serveHub('beta/base', PROFILE)
    expect((await verify({ denyCountries: ['CN'] }, 'beta/base', '')).code).to.equal(1)
    hosts.serveHub('beta/base', (_, response) => response.writeHead(404).end())
    await mkdir(join(world.cwd, 'linked'))
    await symlink(join(world.cwd, 'statements/beta.json'), join(world.cwd, 'linked/beta.json'))
    expect((await verify({ denyCountries: ['CN'] }, 'beta/base', '--statements linked')).code).to.equal(3)
  })

  it('asks who accredited the publishers, and whether anybody did', async function () {
    expect((await verify({ accredited: true })).code).to.equal(0)
    expect((await verify({ accreditedBy: [addressOf('acme')] })).code).to.equal(0)
    const { code, ruled } = await verify({ accreditedBy: [addressOf('operator')] })
    expect([code, ruled]).to.deep.equal([
      1,
      [
        ['lineage-accreditation', 'blocking', [tuned]],
        ['lineage-accreditation', 'blocking', [tuned, base]],
      ],
    ])
    await world.folder('zed__of-tuned', 'license: mit\nbase_model: gamma/tuned\nbase_model_relation: finetune')
    const own = (await world.ok('register zed__of-tuned', { as: 'stranger' })).model
    expect((await verify({ accredited: true }, own)).ruled).to.deep.equal([
      ['lineage-accreditation', 'blocking', [own]],
    ])
    expect((await verify({ accredited: true, of: 'ancestors' }, own)).ruled).to.deep.equal([])
  })

  it('denies models by name, owner and id, and publishers, and any parent', async function () {
    const path = [tuned, base]
    for (const name of ['beta/base', 'Beta/*', base]) {
      const { code, ruled } = await verify({ denyModels: [name] })
      expect([code, ruled], name).to.deep.equal([1, [['lineage-model', 'blocking', path]]])
    }
    expect((await verify({ denyModels: ['acme/*'] })).code).to.equal(0)
    expect((await verify({ onlyModels: ['gamma/*'] })).ruled).to.deep.equal([['lineage-model', 'blocking', path]])
    expect((await verify({ onlyModels: ['beta/*'], of: 'ancestors' })).code).to.equal(0)
    expect((await verify({ denyPublishers: [addressOf('beta')] })).ruled).to.deep.equal([
      ['lineage-publisher', 'blocking', path],
    ])
    expect((await verify({ parents: 'none' })).ruled).to.deep.equal([['lineage-parent', 'blocking', path]])
    expect((await verify({ parents: 'none' }, 'beta/base')).code).to.equal(0)
  })

  it('denies parents that nobody registered, and models that do not state where they come from', async function () {
    const rule = { unknownParents: 'deny' }
    await world.folder('gamma__ghostly', 'license: mit\nbase_model: ghost/base\nbase_model_relation: finetune')
    const ghostly = (await world.ok('register gamma__ghostly', { as: 'gamma' })).model
    const ghost = externalIdOf(externalNameOnHub('ghost/base'))
    const external = await verify(rule, ghostly)
    expect([external.code, external.ruled]).to.deep.equal([1, [['lineage-external', 'blocking', [ghostly, ghost]]]])
    expect((await verify(rule)).ruled).to.deep.equal([['lineage-origin', 'blocking', [tuned, base]]])
    await world.file('method.json', { version: 1, origin: 'from-scratch' })
    await world.folder('beta__scratch', 'license: mit')
    await world.ok('register beta__scratch --method method.json', { as: 'beta' })
    const unread = await verify(rule, 'beta/scratch', '')
    expect([unread.code, unread.ruled.map(([code, severity]) => [code, severity])]).to.deep.equal([
      3,
      [['lineage-origin', 'unknown']],
    ])
    expect((await verify(rule, 'beta/scratch', '--method method.json')).report.rules![0]!.answer).to.equal('kept')
    await writeFile(join(world.cwd, 'statements/any-name.txt'), await readFile(join(world.cwd, 'method.json')))
    const { code, ruled } = await verify(rule, 'beta/scratch')
    expect([code, ruled]).to.deep.equal([0, []])
  })

  it('answers people with the rule and the path, in one screen, and in full with what each publisher states', async function () {
    const policy = await world.file('policy.json', {
      version: 1,
      lineage: [{ denyCountries: ['CN'], why: 'export rules' }, { parents: 'none' }, { accredited: true }],
    })
    const args = `verify gamma/tuned --use commercial --policy ${policy} --statements statements`
    const { code, stdout } = await world.run(args, { fetch: hosts.fetch })
    expect(code).to.equal(1)
    expect(stdout.split('\n').length).to.be.at.most(SCREEN.lines)
    const words = stdout.replaceAll(/\s+/g, ' ')
    expect(words)
      .to.contain(
        'Reasons: - your rule lineage[0], none of the model and its ancestors has a publisher in CN, is broken: gamma/tuned > beta/base',
      )
      .and.to.contain('- your rule lineage[1], the model was made from no other, is broken: gamma/tuned > beta/base')
      .and.to.contain('Rules of your policy on the lineage: 1 kept, 2 broken.')
    const full = (await world.run(`${args} --full`, { fetch: hosts.fetch })).stdout.replaceAll(/\s+/g, ' ')
    expect(full)
      .to.contain('lineage[0], none of the model and its ancestors has a publisher in CN (export rules): broken')
      .and.to.contain(`${addressOf('beta')} states CN; accredited by ${addressOf('acme')}`)
      .and.to.contain('lineage[2], all of the model and its ancestors have publishers that were accredited: kept')
      .and.to.contain('path: gamma/tuned > beta/base')
  })

  it('refuses a malformed rule and a folder that is of no use before it asks anything, with exit code 2', async function () {
    const policy = await world.file('wrong.json', { version: 1, lineage: [{ denyCountries: ['UK'] }] })
    const wrong = await world.run(`verify gamma/tuned --use commercial --policy ${policy}`)
    expect([wrong.code, wrong.ledger]).to.deep.equal([2, undefined])
    expect(wrong.stderr).to.contain('"lineage[0].denyCountries[0]" is "UK"').and.to.contain('Did you mean "GB"?')
    const unused = await world.run('verify gamma/tuned --use commercial --statements statements')
    expect([unused.code, unused.ledger]).to.deep.equal([2, undefined])
    await world.file('rule.json', { version: 1, lineage: [{ denyCountries: ['CN'] }] })
    const missing = await world.run('verify gamma/tuned --use commercial --policy rule.json --statements nowhere')
    expect([missing.code, missing.ledger]).to.deep.equal([2, undefined])
    expect(missing.stderr).to.contain('"nowhere"').and.to.contain('it does not exist')
  })

  describe('the profile of a publisher', function () {
    it('is not set with a country that does not exist', async function () {
      await world.file('bad.json', '{ "country": "Uk" }')
      expect(await world.fails('publisher profile set bad.json')).to.deep.equal([2, 'INVALID_PUBLISHER_PROFILE'])
      await world.file('scan.pdf', '%PDF-1.7 \u0000\u0001')
      const set = await world.ok('publisher profile set scan.pdf --dry-run')
      expect(set.country).to.equal(null)
      const prove = `publisher prove acme/x --publisher ${addressOf('acme')} --output x.json --country`
      expect(await world.fails(`${prove} Switzerland`)).to.deep.equal([2, 'USAGE'])
      expect((await world.run(`${prove} ch`)).stderr).to.contain('Did you mean "CH"?')
      expect((await world.run('publisher prove acme/x --check --country CH')).code).to.equal(2)
    })

    it('is printed with what the document states, once it has the digest on chain', async function () {
      const show = `publisher profile show ${addressOf('beta')}`
      const displayed = await world.ok(`${show} --document statements/beta.json`)
      expect([displayed.country, displayed.profile]).to.deep.equal(['CN', sha256Text(PROFILE)])
      expect(await world.ok(show)).to.not.have.property('country')
      const text = await world.run(`${show} --document statements/beta.json`)
      expect(text.stdout).to.contain(`CN, as it states; accredited by ${addressOf('acme')}`)
      expect(await world.fails(`${show} --document gamma.json`)).to.deep.equal([2, 'PROFILE_MISMATCH'])
    })
  })
})

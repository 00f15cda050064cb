import { createHash } from 'node:crypto'
import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { externalIdOf, externalNameOnHub } from '../../../src/core/external.ts'
import { claimLine } from '../../../src/interop/lineageClaims.ts'
import { LINEAGE_PREDICATE_TYPE, parseLineageStatement } from '../../../src/interop/lineageStatement.ts'
import { cyclonedxValidator } from '../../fixtures/bomSchemas.ts'
import { startWorld, type World } from '../world.ts'

describe('stemma export bom, statement and summary', function () {
  this.timeout(300_000)
  let world: World

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish MIT')
    for (const [name, card] of [
      ['acme__base', 'license: mit'],
      [
        'acme__tuned',
        'license: mit\nbase_model: [acme/base, Nobody/Other]\nbase_model_relation: merge\ndatasets: [acme/books]',
      ],
    ] as const) {
      await world.folder(name, card)
      await world.ok(`register ${name} --terms MIT`)
    }
  })
  after(() => world.stop())

  describe('bom', function () {
    it('writes each format, valid, by name, id, folder, and the same bytes each time', async function () {
      const { models } = (await world.ok('ancestry acme/tuned')) as { models: { model: string }[] }
      const check = cyclonedxValidator('1.7')
      for (const format of ['cyclonedx-1.7', 'cyclonedx-1.6', 'spdx-3.0.1']) {
        const outputs = []
        for (const subject of ['acme/tuned', models[0]!.model, './acme__tuned']) {
          const { code, stdout } = await world.run(['export', 'bom', subject, '--format', format])
          expect(code, format).to.equal(0)
          if (format === 'cyclonedx-1.7') check(JSON.parse(stdout))
          expect(check.errors, format).to.equal(null)
          outputs.push(stdout)
        }
        expect(new Set(outputs).size, format).to.equal(1)
        for (const words of ['acme', externalIdOf(externalNameOnHub('Nobody/Other')), '"declared"'])
          expect(outputs[0]).to.contain(words)
      }
    })

    it('has datasets from a file with the registered digest, findings with --use, and writes a file', async function () {
      const { stdout: draft } = await world.run('draft acme__tuned')
      const { datasets } = JSON.parse(draft) as { datasets: object[] }
      await world.file('datasets.json', datasets)
      const { stdout } = await world.run(
        'export bom acme/tuned --datasets datasets.json --use commercial,host --output tuned.cdx.json',
      )
      expect(stdout).to.match(/^Wrote "tuned.cdx.json": cyclonedx-1.7 of acme\/tuned, 3 models, as of block \d+\.\n$/)
      const bom = await readFile(join(world.cwd, 'tuned.cdx.json'), 'utf8')
      for (const words of ['acme/books', 'stemma:verdict:host', 'parent-external']) expect(bom).to.contain(words)
      await world.file('datasets.json', [{ ...datasets[0], share: 1 }])
      expect(await world.fails('export bom acme/tuned --datasets datasets.json')).to.deep.equal([
        2,
        'DOCUMENT_MISMATCH',
      ])
    })

    it('names the policy by which a verdict was reached, by its file, and all that was asked by a digest', async function () {
      const text = JSON.stringify({ version: 1, lineage: [{ unknownParents: 'deny' }] })
      await world.file('house.json', text)
      const propertiesOf = async (more: string): Promise<Record<string, string>> => {
        const { stdout } = await world.run(`export bom acme/base --use commercial ${more}`.trim())
        const { properties } = JSON.parse(stdout).metadata
        return Object.fromEntries(properties.map(({ name, value }: any) => [name.slice('stemma:'.length), value]))
      }
      const [none, ruled] = [await propertiesOf(''), await propertiesOf('--policy house.json')]
      expect(none).to.not.have.property('verdict:policy:file')
      expect(await world.fails('export bom acme/base --policy house.json')).to.deep.equal([2, 'USAGE'])
      expect(ruled).to.include({
        'verdict:policy:file': 'house.json',
        'verdict:policy:file:sha256': `0x${createHash('sha256').update(text).digest('hex')}`,
        'verdict:block': ruled.block,
      })
      expect(ruled.ledger).to.match(new RegExp(`^${ruled['verdict:chain']}:0x`))
      expect(ruled['verdict:policy'])
        .to.match(/^0x[0-9a-f]{64}$/)
        .and.to.not.equal(none['verdict:policy'])
      // As a verification summary of the same question names it.
      const summary = JSON.parse(
        (await world.run('verify acme/base --use commercial --policy house.json --no-proofs --format vsa')).stdout,
      )
      expect(`0x${summary.predicate.policy.digest.sha256}`).to.equal(ruled['verdict:policy'])
    })

    it("has the endpoints of its publisher's latest words, and no stranger's", async function () {
      const endpointsOf = async (): Promise<string[]> => {
        const { services = [] } = JSON.parse((await world.run('export bom acme/tuned')).stdout)
        return services.map(({ name, endpoints }: any) => `${name} ${endpoints}`)
      }
      const { models } = (await world.ok('ancestry acme/tuned')) as { models: { model: string }[] }
      const [tuned, base] = models.map(({ model }) => model)
      const state = (model: string, name: string, options = {}): Promise<unknown> =>
        world.ok(`model endpoint state ${model} https://api.acme.example ${name} --until 365d`, options)
      await state(tuned!, 'one')
      await state(tuned!, 'two')
      await state(tuned!, 'three')
      await state(tuned!, 'of-a-stranger', { as: 'beta' })
      await state(base!, 'two')
      await world.ok('model endpoint revoke https://api.acme.example three')
      expect(await endpointsOf()).to.deep.equal(['one https://api.acme.example'])
    })

    it('refuses weights that nobody registered', async function () {
      await world.folder('acme__other', 'license: mit', 'other weights')
      expect(await world.fails('export bom acme__other')).to.deep.equal([3, 'WEIGHTS_NOT_REGISTERED'])
    })
  })

  describe('draft --from-bom', function () {
    it('drafts what was exported, from each format, without and with the folder', async function () {
      const { models } = (await world.ok('ancestry acme/tuned')) as { models: { model: string }[] }
      for (const format of ['cyclonedx-1.7', 'cyclonedx-1.6', 'spdx-3.0.1']) {
        const { stdout } = await world.run(['export', 'bom', 'acme/tuned', '--format', format])
        await world.file('tuned.json', stdout)
        for (const folder of [[], ['acme__tuned']]) {
          const draft = JSON.parse((await world.run(['draft', ...folder, '--from-bom', 'tuned.json'])).stdout)
          expect(draft).to.include({
            name: 'acme/tuned',
            weights: JSON.parse((await world.run('draft acme__tuned')).stdout).weights,
          })
          expect(draft.parents.map((each: any) => [each.model, each.relation])).to.deep.equal([
            [models[1]!.model, 'merge'],
            [externalIdOf(externalNameOnHub('Nobody/Other')), 'merge'],
          ])
          expect(draft.terms.license).to.equal('MIT')
        }
      }
    })

    it('refuses what contradicts itself, and what is not a bill', async function () {
      expect(await world.fails('draft')).to.deep.equal([2, 'USAGE'])
      expect(await world.fails('draft acme__tuned --from-bom tuned.json --license mit')).to.deep.equal([2, 'USAGE'])
      await world.file('other.json', '[]')
      expect(await world.fails('draft --from-bom other.json')).to.deep.equal([2, 'INVALID_BOM'])
      const data = { type: 'data', 'bom-ref': 'urn:x:1', name: 'acme/web' }
      const model = { type: 'machine-learning-model', name: 'acme/m' }
      const bom = {
        bomFormat: 'CycloneDX',
        specVersion: '1.6',
        metadata: { component: model },
        components: [data, data],
      }
      await world.file('twice.json', bom)
      const { code, stderr } = await world.run('draft --from-bom twice.json')
      expect([code, stderr.includes('DUPLICATE_BOM_REFERENCE'), stderr.includes('"urn:x:1"')]).to.deep.equal([
        2,
        true,
        true,
      ])
      await world.file('keys.json', '{"bomFormat":"CycloneDX","bomFormat":"CycloneDX"}')
      expect(await world.fails('draft --from-bom keys.json')).to.deep.equal([2, 'DUPLICATE_JSON_NAME'])
      await world.file('deep.json', '['.repeat(100) + ']'.repeat(100))
      expect(await world.fails('draft --from-bom deep.json')).to.deep.equal([2, 'JSON_TOO_DEEP'])
    })
  })

  describe('statement', function () {
    const digestOf = async (folder: string): Promise<string> => (await world.run(['digest', folder])).stdout

    it('writes a statement about the weights, which reads back', async function () {
      const { stdout } = await world.run('export statement acme/tuned')
      const statement = parseLineageStatement(JSON.parse(stdout))
      expect(`0x${statement.subject[0].digest.sha256}`).to.equal(
        (await world.run('digest acme__tuned')).stdout.split('\n')[0],
      )
      expect(statement.predicate.models.map(({ name }) => name).slice(0, 2)).to.deep.equal(['acme/tuned', 'acme/base'])
      expect((await world.run('export statement ./acme__tuned')).stdout).to.equal(stdout)
      const { stdout: ofFile } = await world.run('export statement acme__tuned --output tuned.lineage.json')
      expect(ofFile).to.match(/^Wrote "tuned.lineage.json": the lineage of acme\/tuned, 3 models, as of block \d+\.\n$/)
    })

    it('names the subject by the file, for a model that is one', async function () {
      await world.folder('acme__file', 'license: mit', 'weights of one file')
      const [file] = (await readdir(join(world.cwd, 'acme__file'))).filter((name) => name !== 'README.md')
      await world.run([
        'draft',
        `acme__file/${file}`,
        '--name',
        'acme/file',
        '--license',
        'mit',
        '--output',
        'file.json',
      ])
      await world.ok('register file.json --terms MIT')
      const { stdout } = await world.run(['export', 'statement', `acme__file/${file}`])
      expect(parseLineageStatement(JSON.parse(stdout)).subject[0].name).to.equal(file)
      const named = await world.run('export statement acme/file')
      expect(parseLineageStatement(JSON.parse(named.stdout)).subject[0].name).to.equal('acme/file')
    })

    it('adds it to claims.jsonl once, keeps all lines, and leaves the digest of the model', async function () {
      const before = await digestOf('acme__tuned')
      const line = `${JSON.stringify({ payload: 'e30=', payloadType: 'x/y', signatures: [] })}`
      await writeFile(join(world.cwd, 'acme__tuned/claims.jsonl'), line)
      const adding = () => world.ok('export statement acme/tuned --beside acme__tuned')
      expect(await adding()).to.include({ file: 'acme__tuned/claims.jsonl', added: true })
      expect(await adding()).to.include({ added: false })
      const text = await readFile(join(world.cwd, 'acme__tuned/claims.jsonl'), 'utf8')
      expect(text.split('\n')).to.have.length(3)
      expect(text.startsWith(`${line}\n`)).to.equal(true)
      expect(await digestOf('acme__tuned')).to.equal(before)
      expect((await readdir(join(world.cwd, 'acme__tuned'))).toSorted()).to.have.length(3)
    })

    it('writes nothing beside a folder that is not the model', async function () {
      await world.folder('acme__strange', 'license: mit', 'weights of another')
      await writeFile(join(world.cwd, 'one.bin'), 'a file')
      for (const folder of ['acme__strange', 'one.bin', 'nowhere', 'hf:acme/tuned']) {
        const { code, stderr } = await world.run(['export', 'statement', 'acme/tuned', '--beside', folder])
        expect(code, stderr).to.equal(2)
        expect(stderr).to.contain(`"${folder}"`)
      }
      expect(await readdir(join(world.cwd, 'acme__strange'))).to.not.include('claims.jsonl')
      expect(await readdir(world.cwd)).to.not.include('claims.jsonl')
      const other = await world.run('export statement acme/tuned --beside acme__strange')
      expect(other.stderr).to.contain((await digestOf('acme__strange')).split('\n')[0])
    })

    it('agrees with the registration that it was made from, and says that nobody checked it', async function () {
      const { stdout, stderr } = await world.run('verify acme__tuned --use commercial --json')
      expect(stdout).not.to.contain('unverified lineage statement')
      // A claim is not a signature of the files.
      expect(JSON.parse(stdout)).not.to.have.property('signature')
      expect(stderr).to.contain('Nobody checked who wrote that.')
    })

    it('is named as an unverified claim where it contradicts card and registration, and decides nothing', async function () {
      await world.folder('acme__base', 'license: mit')
      const { stdout } = await world.run('export statement acme/base')
      const statement = JSON.parse(stdout)
      const [first] = statement.predicate.models
      const hidden = { model: `0x${'ab'.repeat(32)}`, name: 'evil/hidden', publisher: first.publisher, parents: [] }
      const edge = { model: hidden.model, relation: 'finetune', grade: 'declared', undisclosed: false }
      const licenses = [{ name: 'CC-BY-NC-4.0' }]
      statement.predicate.models = [{ ...first, licenses, parents: [edge] }, hidden]
      const before = (await world.run('verify acme__base --use commercial --json')).json()
      await writeFile(join(world.cwd, 'acme__base/claims.jsonl'), `${claimLine(parseLineageStatement(statement))}\n`)
      const after = (await world.run('verify acme__base --use commercial --json')).json()
      expect(after.verdict).to.equal(before.verdict)
      const added = after.findings.slice(before.findings.length).map(({ code, severity }: any) => [code, severity])
      expect(added).to.have.deep.members([
        ['license-contradicted', 'warning'],
        ['parent-contradicted', 'warning'],
      ])
      expect(JSON.stringify(after.findings)).to.contain('The unverified lineage statement in \\"claims.jsonl\\" names')
      const draft = JSON.parse((await world.run('draft acme__base')).stdout)
      expect(draft.parents).to.deep.equal([])
      expect(draft.warnings.join()).to.contain('A parent by the unverified lineage statement in "claims.jsonl"')
    })

    it('passes over hostile lines, and adds nothing to another file', async function () {
      const file = join(world.cwd, 'acme__base/claims.jsonl')
      const envelope = (payload: string): string =>
        JSON.stringify({ payload: btoa(payload), payloadType: 'application/vnd.in-toto+json', signatures: [] })
      const hostile = ['[]', '{', '"x"', `${'['.repeat(5000)}`, '{"__proto__":{}}'].map(envelope)
      const named = envelope(JSON.stringify({ predicateType: LINEAGE_PREDICATE_TYPE }))
      await writeFile(file, [...hostile, named].join('\n'))
      const { code, stderr } = await world.run('verify acme__base --use commercial')
      expect(code).to.equal(0)
      expect(stderr).to.contain('has a lineage statement that cannot be read (UNSUPPORTED_LINEAGE_STATEMENT)')
      await writeFile(file, '{"text":"a line of training data"}\n')
      expect(await world.fails('export statement acme/base --beside acme__base')).to.deep.equal([2, 'CLAIMS_FILE'])
      await rm(file)
      await symlink('/dev/zero', file)
      expect((await world.fails('export statement acme/base --beside acme__base'))[0]).to.equal(2)
      await rm(file)
    })
  })

  describe('bom --profile g7 and summary', function () {
    it('lists filled and missing elements, names its source, and writes the bill with --output', async function () {
      const answer = await world.ok('export bom acme/tuned --profile g7 --author Acme --output profiled.json')
      expect(answer).to.include({ file: 'profiled.json' })
      expect(answer.filled + answer.partly + answer.missing).to.equal(answer.elements.length)
      const bom = JSON.parse(await readFile(join(world.cwd, 'profiled.json'), 'utf8'))
      expect(bom.metadata.authors).to.deep.equal([{ name: 'Acme' }])
      const { stdout } = await world.run('export bom acme/tuned --profile g7 --format spdx-3.0.1')
      for (const words of ['SBOM author signature', 'missing', 'The publication itself was not at hand'])
        expect(stdout).to.contain(words)
    })

    it('fills the template of the EU from registration and datasets', async function () {
      const { datasets } = JSON.parse((await world.run('draft acme__tuned')).stdout) as { datasets: object[] }
      await world.file('datasets.json', datasets)
      const { sections } = await world.ok('export summary acme/tuned --datasets datasets.json')
      const { answer } = sections[1].fields.find(({ question }: any) => question === 'Model dependencies')
      expect(answer).to.contain('acme/base: merge (declared)')
      const { stdout } = await world.run('export summary acme/tuned --output summary.md')
      expect(stdout).to.match(/^Wrote "summary.md": the summary of acme\/tuned, as of block \d+\.\n$/)
      expect(await readFile(join(world.cwd, 'summary.md'), 'utf8')).to.contain('not stated')
    })
  })
})

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { Contract, JsonRpcProvider, Wallet } from 'ethers'

import * as abi from '../../../src/abi/ledger.ts'
import { sha256Text } from '../../../src/core/sha256.ts'
import { inDepth } from '../../fixtures/inDepth.ts'
import { KEYS, startWorld, type World } from '../world.ts'

const acme = KEYS.acme.address.toLowerCase()
const beta = KEYS.beta.address.toLowerCase()
/** How many drafts the large batch has. */
const COUNT = inDepth(1000, 10_000)

/** A draft by its name, made from others by theirs. */
function draft(name: string, parents: readonly string[] = [], license: string | null = 'mit') {
  return {
    version: 1,
    name,
    weights: sha256Text(name),
    uri: '',
    parents: parents.map((model) => ({ model, relation: 'finetune', inferred: null })),
    terms: { license, licenseName: null, licenseLink: null },
    datasets: [],
    method: null,
    warnings: [],
  }
}

/** What the tests read of a batch that was built. */
type Built = { root: string; count: number }

describe('stemma batch', function () {
  let world: World
  /** Builds a batch of drafts and returns what was printed. */
  const build = async (name: string, drafts: readonly object[], more = ''): Promise<Built> => {
    await world.file(`${name}.drafts`, drafts.map((each) => JSON.stringify(each)).join('\n'))
    return world.ok(`batch build ${name}.drafts --publisher ${acme} --output ${name}.jsonl${more}`)
  }

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish MIT')
    await world.folder('beta__base', 'license: mit')
    await world.ok('register beta__base', { as: 'beta' })
  })

  after(() => world.stop())

  it('goes from drafts to a model that anybody materialized, with the time of the batch', async function () {
    const made = await build('family', [
      draft('acme/child', ['acme/parent', 'beta/base']),
      draft('acme/parent', ['acme/root']),
      draft('acme/root'),
      draft('acme/other'),
    ])
    expect(made).to.deep.include({ publisher: acme, count: 4, output: 'family.jsonl' })
    expect(await world.ok('batch check family.jsonl', { as: null })).to.deep.equal({
      publisher: acme,
      root: made.root,
      count: 4,
    })
    expect(await world.fails('batch check family.jsonl --on-ledger', { as: null })).to.deep.equal([
      3,
      'BATCH_NOT_FOUND',
    ])

    const dry = await world.ok('batch anchor family.jsonl --uri ipfs://family --dry-run')
    expect([dry.dryRun, dry.root, dry.count, dry.transaction]).to.deep.equal([true, made.root, 4, undefined])
    const anchored = await world.ok('batch anchor family.jsonl --uri ipfs://family')
    expect(anchored.transaction).to.match(/^0x[0-9a-f]{64}$/)
    expect(await world.fails('batch anchor family.jsonl')).to.deep.equal([2, 'MODEL_REGISTRY_ALREADY_ANCHORED'])
    expect(await world.fails('batch anchor family.jsonl', { as: 'beta' })).to.deep.equal([
      2,
      'PUBLISHER_REGISTRY_UNAUTHORIZED',
    ])

    const proof = await world.ok('batch prove family.jsonl acme/child --output child.json', { as: null })
    expect(JSON.parse(await readFile(join(world.cwd, 'child.json'), 'utf8'))).to.deep.equal(proof)
    expect(await world.fails('batch materialize child.json', { as: 'stranger' })).to.deep.equal([
      2,
      'MODEL_REGISTRY_UNKNOWN_PARENT',
    ])
    const sent = await world.ok('batch materialize family.jsonl acme/child --with-parents', { as: 'stranger' })
    expect(sent.before.map(({ transaction }: { transaction: string }) => transaction)).to.have.length(2)
    expect(sent.model).to.equal(proof.model)
    const { models } = await world.ok('show acme/child', { as: null })
    expect(models[0].registration.publisher).to.equal(acme)

    const check = await world.ok('batch check family.jsonl --on-ledger', { as: null })
    expect(check.anchored).to.deep.include({ count: 4, uri: 'ipfs://family', publisher: acme })
    expect(check.anchored.materialized).to.deep.equal(
      [...sent.before, sent].map(({ model }: { model: string }) => model),
    )
    expect(models[0].registeredAt).to.equal(check.anchored.anchoredAt)
    expect(await world.fails('batch materialize child.json', { as: 'stranger' })).to.deep.equal([
      2,
      'MODEL_REGISTRY_ALREADY_REGISTERED',
    ])
    // What is registered already is not sent again.
    const other = await world.ok('batch materialize family.jsonl acme/other --with-parents')
    expect(other.before).to.deep.equal([])
  })

  it('shows what a publisher anchored, and ends a batch that it does not know', async function () {
    const { root } = await build('stolen', [draft('acme/taken'), draft('acme/ghost')])
    await world.ok('batch anchor stolen.jsonl --uri ipfs://stolen')
    await world.ok('batch materialize stolen.jsonl acme/taken', { as: 'stranger' })
    const listed = async () => {
      const { batches } = await world.ok(`publisher profile show ${acme}`, { as: null })
      return batches.find((batch: Built) => batch.root === root)
    }
    const { block, ...anchored } = await listed()
    expect(anchored).to.deep.equal({ root, count: 2, materialized: 1, revoked: false, uri: 'ipfs://stolen' })
    expect(block).to.be.greaterThan(0)
    const people = `publisher profile show ${acme}`
    expect((await world.run(people, { as: null })).stdout).to.contain(`batch       ${root} of 2, 1 materialized\n`)

    const revoke = `batch revoke ${root}`
    expect(await world.fails('batch revoke stolen.jsonl')).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(revoke, { as: 'beta' })).to.deep.equal([2, 'MODEL_REGISTRY_UNKNOWN_BATCH'])
    expect(await world.fails(`${revoke} --publisher ${acme}`, { as: 'beta' })).to.deep.equal([
      2,
      'PUBLISHER_REGISTRY_NOT_CONTROLLER',
    ])
    expect((await world.ok(`${revoke} --dry-run`)).dryRun).to.equal(true)
    const sent = await world.ok(revoke)
    expect(sent).to.deep.include({ publisher: acme, root })
    expect(await world.fails(revoke)).to.deep.equal([2, 'MODEL_REGISTRY_REVOKED_BATCH'])
    expect(await world.fails('batch materialize stolen.jsonl acme/ghost')).to.deep.equal([
      2,
      'MODEL_REGISTRY_REVOKED_BATCH',
    ])
    expect(await listed()).to.deep.equal({ ...anchored, block, revoked: true })
    expect((await world.run(people, { as: null })).stdout).to.contain(`${root} of 2, 1 materialized, revoked\n`)
    const check = await world.ok('batch check stolen.jsonl --on-ledger', { as: null })
    expect(check.anchored.revokedAt).to.be.greaterThan(check.anchored.anchoredAt)
    expect((await world.run('batch check stolen.jsonl --on-ledger', { as: null })).stdout).to.match(/revoked +20/)
  })

  it('says that a batch was anchored with another count than its file has', async function () {
    const { root } = await build('short', [draft('acme/short-a'), draft('acme/short-b')])
    const provider = new JsonRpcProvider(world.rpcUrl, undefined, { pollingInterval: 20 })
    const signer = new Wallet(KEYS.acme.privateKey, provider)
    const ledger = new Contract(world.deployment.contracts.ledger, [abi.anchorBatch], signer)
    await (await ledger.getFunction('anchorBatch')(acme, root, 1, '')).wait()
    provider.destroy()
    const check = await world.run('batch check short.jsonl --on-ledger', { as: null })
    expect(check.stderr).to.contain('with a count of 1; the file has 2 registrations')
    for (const name of ['acme/short-a', 'acme/short-b']) {
      expect(await world.fails(`batch materialize short.jsonl ${name}`)).to.deep.equal([
        2,
        'MODEL_REGISTRY_INVALID_PROOF',
      ])
    }
  })

  it('puts the registrations in the order of the drafts, parents first, and gives the same file every time', async function () {
    const drafts = ['a', 'b', 'c'].map((name) => draft(`acme/${name}`))
    const first = await build('ordered', drafts)
    const text = await readFile(join(world.cwd, 'ordered.jsonl'), 'utf8')
    await build('ordered', drafts)
    expect(await readFile(join(world.cwd, 'ordered.jsonl'), 'utf8')).to.equal(text)
    expect((await build('ordered', drafts.toReversed())).root).not.to.equal(first.root)
    const family = [draft('acme/d', ['acme/e']), draft('acme/e')]
    expect((await build('ordered', family)).root).to.equal((await build('ordered', family.toReversed())).root)
  })

  it('reads a folder of drafts, a list, or one a line, and gives the same batch', async function () {
    const drafts = [draft('acme/x'), draft('acme/y', ['acme/x'])]
    const { root } = await build('lines', drafts)
    await mkdir(join(world.cwd, 'drafts'), { recursive: true })
    for (const each of drafts) {
      await writeFile(join(world.cwd, 'drafts', `${each.name.replace('/', '__')}.json`), JSON.stringify(each))
    }
    await world.file('list.json', drafts)
    for (const source of ['drafts', 'list.json']) {
      const again = await world.ok(`batch build ${source} --publisher ${acme} --output again.jsonl`, { as: null })
      expect(again.root).to.equal(root)
    }
    const people = await world.run('batch check again.jsonl', { as: null })
    expect([people.code, people.stdout]).to.deep.equal([0, `batch ${root}\n  publisher  ${acme}\n  count      2\n`])
  })

  it('asks a node only about named parents that are not among the drafts', async function () {
    const offline = { as: null, env: { STEMMA_RPC_URL: 'http://127.0.0.1:1' } } as const
    const { models } = await world.ok('show beta/base', { as: null })
    const id = models[0].model
    await world.file('away.json', [draft('acme/z', ['beta/base']), draft('acme/id', [id])])
    const args = `batch build away.json --publisher ${acme} --output away.jsonl`
    expect(await world.fails(args, offline)).to.deep.equal([3, 'NODE_UNREACHABLE'])
    await world.ok(`${args} --parent beta/base=${id}`, offline)
    const named = await readFile(join(world.cwd, 'away.jsonl'), 'utf8')
    await world.ok(args, { as: null })
    expect(await readFile(join(world.cwd, 'away.jsonl'), 'utf8')).to.equal(named)
  })

  it('states the terms that are wished, and says when there are none', async function () {
    await world.file('bare.json', [draft('acme/m'), draft('acme/n', [], 'of-nobody')])
    const args = `batch build bare.json --publisher ${acme} --output bare.jsonl`
    expect((await world.run(args)).stderr).to.contain('1 of 2 drafts have no terms')
    expect((await world.run(`${args} --terms MIT`)).stderr).to.equal('')
    expect((await world.run(`${args} --terms none`)).stderr).to.contain('2 of 2 drafts have no terms')
    expect(await world.fails(`${args} --terms of-nobody`)).to.deep.equal([2, 'UNKNOWN_LICENSE'])
  })

  it('refuses drafts that make no batch', async function () {
    const cases: [string, unknown, string][] = [
      ['cycle', [draft('acme/a', ['acme/b']), draft('acme/b', ['acme/a'])], 'DRAFT_CYCLE'],
      ['self', [draft('acme/a', ['acme/a'])], 'DRAFT_CYCLE'],
      ['twice', [draft('acme/a'), draft('acme/a')], 'DUPLICATE_DRAFT'],
      ['none', [], 'EMPTY_BATCH'],
      ['field', [{ ...draft('acme/a'), extra: 1 }], 'DRAFT_FIELD'],
      [
        'same',
        [
          { ...draft('acme/a'), uri: 'a:b' },
          { ...draft('acme/b'), uri: 'a:b', weights: sha256Text('acme/a') },
        ],
        'DUPLICATE_MODEL',
      ],
      ['list', '[', 'INVALID_JSON'],
    ]
    for (const [name, content, code] of cases) {
      await world.file(`${name}.json`, content)
      const args = `batch build ${name}.json --publisher ${acme} --output ${name}.jsonl`
      expect(await world.fails(args, { as: null }), name).to.deep.equal([2, code])
    }
    expect(await world.fails(`batch build nowhere --publisher ${acme} --output x`)).to.deep.equal([2, 'USAGE'])
    await mkdir(join(world.cwd, 'empty'))
    expect(await world.fails(`batch build empty --publisher ${acme} --output x`)).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('batch build list.json --output x')).to.deep.equal([2, 'USAGE'])
  })

  it('refuses a file of which any byte is not right', async function () {
    await build('good', [draft('acme/p'), draft('acme/q', ['acme/p'])])
    const [head, first, second] = (await readFile(join(world.cwd, 'good.jsonl'), 'utf8')).split('\n') as [
      string,
      string,
      string,
    ]
    const own = JSON.parse(head)
    const parent = JSON.parse(first)
    const line = (value: object) => JSON.stringify(value)
    const cases: Record<string, string[]> = {
      'another publisher': [line({ ...own, publisher: beta }), first, second],
      'another root': [line({ ...own, root: `0x${'1'.repeat(64)}` }), first, second],
      'another count': [line({ ...own, count: 3 }), first, second],
      'another version': [line({ ...own, batch: 2 }), first, second],
      'a field too many': [line({ ...own, more: 1 }), first, second],
      'one registration less': [line({ ...own, count: 1 }), first],
      'model children first': [head, second, first],
      'one twice': [line({ ...own, count: 3 }), first, second, second],
      'another id': [head, line({ ...parent, model: `0x${'1'.repeat(64)}` }), second],
      'other weights': [head, line({ ...parent, weights: `0x${'1'.repeat(64)}` }), second],
      'no weights': [head, line({ ...parent, weights: `0x${'0'.repeat(64)}` }), second],
      'a relation that is none': [head, first, second.replace('finetune', 'none')],
      'a URI of control characters': [head, line({ ...parent, uri: 'a:\u0007' }), second],
      'a URI that is too long': [head, line({ ...parent, uri: 'a'.repeat(2049) }), second],
      'nine parents': [head, line({ ...parent, parents: Array(9).fill({}) }), second],
      'parents that are none': [head, line({ ...parent, parents: 'x' }), second],
      'a name twice': [head, first.replace('{', '{"uri":"",'), second],
      'a line that is not an object': [head, '[]', second],
      'a line of a megabyte': [head, `"${'a'.repeat(2 ** 20)}"`, second],
      'no JSON': [head, '{', second],
      nothing: [],
    }
    for (const [what, lines] of Object.entries(cases)) {
      await world.file('bad.jsonl', lines.map((each) => `${each}\n`).join(''))
      const [exit, code] = await world.fails('batch check bad.jsonl', { as: null })
      expect(exit, what).to.equal(2)
      expect(code, what).to.match(/^(INVALID_BATCH|DUPLICATE_MODEL|INVALID_JSON|DUPLICATE_JSON_NAME)$/)
      // What cannot be checked is not anchored either.
      expect((await world.fails('batch anchor bad.jsonl'))[0], what).to.equal(2)
    }
    await world.file('bad.jsonl', [head, first, second].join('\n'))
    expect(await world.fails('batch check bad.jsonl')).to.deep.equal([2, 'INVALID_BATCH'])
    expect(await world.fails('batch check nowhere.jsonl')).to.deep.equal([2, 'FILE'])
  })

  it('refuses a proof of which anything is not right', async function () {
    await build('proved', [draft('acme/r'), draft('acme/s'), draft('acme/t')])
    const proof = await world.ok('batch prove proved.jsonl acme/r', { as: null })
    const other = await world.ok('batch prove proved.jsonl acme/s', { as: null })
    const cases: Record<string, object> = {
      'another version': { ...proof, batchProof: 2 },
      'another publisher': { ...proof, publisher: beta },
      'another root': { ...proof, root: `0x${'1'.repeat(64)}` },
      'another model': { ...proof, model: other.model },
      'another registration': { ...proof, registration: other.registration },
      'the proof of another': { ...proof, proof: other.proof },
      'the place of another': { ...proof, index: other.index },
      'a place beyond the batch': { ...proof, index: 3 },
      'a place that is none': { ...proof, index: -1 },
      'a count that is too small': { ...proof, count: 1 },
      'a count of another shape': { ...proof, count: 5 },
      'a count that no batch has': { ...proof, count: 2 ** 32 },
      'no proof': { ...proof, proof: [] },
      'a proof too long': { ...proof, proof: Array(65).fill(proof.root) },
      'a hash that is none': { ...proof, proof: ['0x'] },
      'a field too many': { ...proof, more: 1 },
      'no object': [],
    }
    for (const [what, value] of Object.entries(cases)) {
      await world.file('bad.json', value)
      expect(await world.fails('batch materialize bad.json'), what).to.deep.equal([2, 'INVALID_BATCH'])
    }
    await world.file('good.json', proof)
    expect(await world.fails('batch materialize good.json')).to.deep.equal([2, 'MODEL_REGISTRY_UNKNOWN_BATCH'])
    expect(await world.fails('batch materialize good.json --with-parents')).to.deep.equal([2, 'USAGE'])
    expect(await world.fails('batch materialize proved.jsonl acme/r --with-parents --dry-run')).to.deep.equal([
      2,
      'USAGE',
    ])
    expect(await world.fails('batch prove proved.jsonl acme/nothing')).to.deep.equal([2, 'USAGE'])
    expect(await world.fails(`batch prove proved.jsonl 0x${'1'.repeat(64)}`)).to.deep.equal([2, 'NOT_IN_BATCH'])
  })

  it('makes, checks and proves a batch of thousands', async function () {
    const drafts = Array.from({ length: COUNT }, (_, index) =>
      draft(`acme/model-${index}`, index === 0 ? [] : [`acme/model-${index - 1}`]),
    )
    const { root, count } = await build('many', drafts)
    expect(count).to.equal(COUNT)
    expect((await world.ok('batch check many.jsonl', { as: null })).root).to.equal(root)
    const first = await world.ok('batch prove many.jsonl acme/model-0', { as: null })
    expect([first.index, first.count, first.proof.length]).to.deep.equal([0, COUNT, Math.ceil(Math.log2(COUNT))])
    const last = await world.ok(`batch prove many.jsonl acme/model-${COUNT - 1}`, { as: null })
    expect([last.index, last.proof.length]).to.deep.equal([COUNT - 1, 8])
    expect((await world.ok('batch anchor many.jsonl --dry-run')).count).to.equal(COUNT)
  })
})

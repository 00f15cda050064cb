import { readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { KEYS, startWorld, type World } from './world.ts'

const ID = `0x${'12'.repeat(32)}`

describe('stemma: input that is wrong', function () {
  let world: World

  before(async function () {
    world = await startWorld()
    await world.ok('terms publish MIT')
    await world.folder('acme__base', 'license: mit')
    await world.ok('register acme__base')
  })

  after(() => world.stop())

  /** Runs each, and expects the exit code 2, the error code, and a message that names the value. */
  async function refuses(list: readonly (readonly [args: string | readonly string[], code: string, named: string])[]) {
    for (const [args, code, named] of list) {
      expect([args, ...(await world.fails(args))]).to.deep.equal([args, 2, code])
      const { stderr, stdout } = await world.run(args)
      expect(stderr, String(args)).to.contain(named)
      expect(stdout, String(args)).to.equal('')
    }
  }

  it('names commands, flags and arguments that are not there, and where to look', async function () {
    await refuses([
      ['fly', 'USAGE', "unknown command 'fly'"],
      ['verfy acme/base', 'USAGE', 'Did you mean verify?'],
      ['terms burn', 'USAGE', "unknown command 'burn'"],
      ['terms burn', 'USAGE', 'stemma terms --help'],
      ['show acme/base --bogus', 'USAGE', "unknown option '--bogus'"],
      ['show', 'USAGE', "missing required argument 'id|digest|uri'"],
      ['show acme/base more', 'USAGE', 'too many arguments'],
      ['verify acme/base', 'USAGE', '--use <rights>'],
      ['credential grant acme/base Tier 0x1', 'USAGE', '--until'],
    ])
    for (const args of [[], ['terms'], ['tier'], ['publisher'], ['keystore']]) {
      const { code, stdout, stderr } = await world.run(args)
      expect([args, code, stderr]).to.deep.equal([args, 2, ''])
      expect(stdout).to.contain('Usage: stemma')
    }
    expect((await world.run('verify acme/base --use')).stderr).to.contain('argument missing')
    expect((await world.run('--version')).stdout).to.match(/^\d+\.\d+\.\d+\n$/)
  })

  it('names ids, names, accounts, times and words that are none', async function () {
    const swapped = KEYS.acme.address.replace(/[a-f]/, (letter) => letter.toUpperCase())
    await refuses([
      ['verify 0x12 --use host', 'INVALID_MODEL_ID', '"0x12"'],
      [['verify', 'no such model', '--use', 'host'], 'USAGE', '"no such model"'],
      ['ancestry 0xzz', 'INVALID_MODEL_ID', '"0xzz"'],
      ['verify acme/base --use fly', 'UNKNOWN_WORD', '"fly"'],
      ['verify acme/base --use host --licensee 0x1', 'INVALID_ADDRESS', '"0x1"'],
      [`verify acme/base --use host --licensee ${swapped}`, 'USAGE', 'checksum'],
      ['verify acme/base --use host --at yesterday', 'USAGE', '"yesterday"'],
      [`credential grant acme/base ${ID} ${KEYS.beta.address} --until soon`, 'USAGE', '"soon"'],
      [`credential grant acme/base ${ID} ${KEYS.beta.address} --until 2027-13-40`, 'USAGE', '"2027-13-40"'],
      [`credential grant acme/base 0x12 ${KEYS.beta.address} --until 30d`, 'INVALID_TIER_ID', '"0x12"'],
      [`credential grant acme/base Nope ${KEYS.beta.address} --until 30d`, 'USAGE', '"Nope"'],
      [`credential grant acme/base ${ID} ${KEYS.beta.address} --until 30d`, 'LICENSE_REGISTRY_UNKNOWN_TIER', ID],
      ['credential suspend 0x12', 'INVALID_CREDENTIAL_ID', '"0x12"'],
      [`credential suspend ${ID}`, 'LICENSE_CREDENTIAL_UNKNOWN', ID],
      [`credential renew ${ID} --until 30d`, 'CREDENTIAL_NOT_FOUND', ID],
      ['publisher profile show acme', 'INVALID_ADDRESS', '"acme"'],
      ['tier offer acme/base --terms MIT --name X --pass-through fly', 'UNKNOWN_WORD', '"fly"'],
      ['tier offer acme/base --terms MIT --name X --max-duration 1', 'USAGE', '"1"'],
      ['tier offer acme/base --terms Beerware --name X', 'UNKNOWN_LICENSE', '"Beerware"'],
      [`tier offer acme/base --terms ${ID} --name X`, 'LICENSE_REGISTRY_UNKNOWN_TERMS', ID],
      ['terms publish Beerware', 'UNKNOWN_LICENSE', '"Beerware"'],
      ['terms publish unknown', 'UNKNOWN_LICENSE', '"unknown"'],
      ['terms publish', 'USAGE', '--all'],
      ['terms publish MIT --all', 'USAGE', '--all'],
      ['terms publish nothing.json', 'FILE', '"nothing.json"'],
      ['terms publish-set', 'USAGE', '--weights'],
      ['terms show Apache-2.0', 'USAGE', 'stemma terms publish'],
      ['digest acme__base --workers 0', 'INVALID_WORKERS', '"0"'],
      ['show acme/base --timeout 0', 'USAGE', '"0"'],
      ['show acme/base --timeout soon', 'USAGE', '"soon"'],
      ['show acme/base --rpc node', 'USAGE', '"node"'],
      ['model recall nobody.json/ --reason x', 'USAGE', '"nobody.json/"'],
      [['model', 'retire', 'acme/base', '--reason', 'x'.repeat(3000)], 'MODEL_REGISTRY_TEXT_TOO_LONG', '3000'],
    ])
  })

  it('refuses drafts, parents and folders that cannot be registered', async function () {
    await world.folder('orphan__model', 'license: mit\nbase_model: nobody/nothing\nbase_model_relation: merge')
    await world.file('draft.json', '{"version":1}')
    await world.file('twice.json', '{"version":1,"version":1}')
    await world.file('prose.json', 'not json')
    await world.folder('link__model', 'license: mit')
    await symlink('/etc/passwd', join(world.cwd, 'link__model', 'tokenizer.json'))
    await symlink(join(world.cwd, 'acme__base'), join(world.cwd, 'linked'))
    await refuses([
      ['register acme__base', 'MODEL_REGISTRY_ALREADY_REGISTERED', 'registered already'],
      [`register orphan__model --parent nobody/nothing=${ID}`, 'MODEL_REGISTRY_UNKNOWN_PARENT', ID],
      ['register orphan__model --parent nobody/nothing', 'USAGE', '"nobody/nothing"'],
      ['register orphan__model --parent nobody/nothing=0x12', 'INVALID_MODEL_ID', '"0x12"'],
      ['register orphan__model --parent nobody/nothing=hf:a/b@main', 'INVALID_EXTERNAL_NAME', '"hf:a/b@main"'],
      ['register orphan__model --parent nobody/nothing=tensors:12', 'INVALID_EXTERNAL_NAME', '"tensors:12"'],
      ['register orphan__model --part nobody/nothing=eyes', 'UNKNOWN_WORD', '"eyes"'],
      ['register orphan__model --part other/name=text', 'USAGE', '"other/name"'],
      ['register orphan__model --part nobody/nothing', 'USAGE', 'use name=part'],
      [`register orphan__model --parent other/name=${ID}`, 'USAGE', '"other/name"'],
      [`register orphan__model --parent a/b=${ID} --parent a/b=${ID}`, 'USAGE', 'twice'],
      ['register acme__base --terms Beerware', 'UNKNOWN_LICENSE', '"Beerware"'],
      [`register acme__base --terms ${ID}`, 'LICENSE_REGISTRY_UNKNOWN_TERMS', ID],
      ['register acme__base --publisher 0x1', 'INVALID_ADDRESS', '"0x1"'],
      [
        `register acme__base --publisher ${KEYS.beta.address.toLowerCase()}`,
        'PUBLISHER_REGISTRY_UNAUTHORIZED',
        'operator',
      ],
      ['register nowhere', 'USAGE', '"nowhere"'],
      ['register draft.json', 'DRAFT_FIELD', 'weights'],
      ['register draft.json --name a/b', 'USAGE', '--name'],
      ['register twice.json', 'DUPLICATE_JSON_NAME', '"version"'],
      ['register prose.json', 'INVALID_JSON', 'prose.json'],
      ['draft link__model', 'SYMLINK', 'tokenizer.json'],
      ['digest link__model', 'SYMLINK', 'tokenizer.json'],
      ['verify link__model --use host', 'SYMLINK', 'tokenizer.json'],
      ['verify linked --use host', 'SYMLINK', 'linked'],
      [['verify', '', '--use', 'host'], 'USAGE', 'A path is empty'],
      [['digest', ''], 'USAGE', 'A path is empty'],
      ['verify ./nowhere --use host', 'USAGE', '"./nowhere"'],
      ['digest nowhere', 'MODEL_NOT_FOUND', 'nowhere'],
      ['draft acme__base --output no/such/folder/draft.json', 'FILE', '"no/such/folder/draft.json"'],
      ['draft acme__base --output acme__base', 'FILE', '"acme__base"'],
    ])
    const left = (await readdir(world.cwd)).filter((name) => name.endsWith('.tmp'))
    expect(left).to.deep.equal([])
  })

  it('says plainly, with exit code 3, when nobody has registered the weights', async function () {
    await world.folder('x__unseen', 'license: mit')
    expect(await world.fails('verify x__unseen --use host')).to.deep.equal([3, 'WEIGHTS_NOT_REGISTERED'])
    expect((await world.run('verify x__unseen --use host')).stderr).to.contain('Nobody has registered the weights')
  })

  it('never reads a malformed policy or malformed facts as permission', async function () {
    const [acme] = [KEYS.acme.address]
    for (const [content, code] of [
      ['', 'INVALID_JSON'],
      ['{}', 'INVALID_POLICY'],
      ['null', 'INVALID_POLICY'],
      ['[]', 'INVALID_POLICY'],
      ['{"version":2}', 'INVALID_POLICY'],
      ['{"version":1,"trustedPublisher":[]}', 'INVALID_POLICY'],
      ['{"version":1,"trustedPublishers":["0x1"]}', 'INVALID_POLICY'],
      [`{"version":1,"trustedPublishers":["${acme}"],"deniedPublishers":["${acme}"]}`, 'INVALID_POLICY'],
      ['{"version":1,"fulfilled":["everything"]}', 'INVALID_POLICY'],
      ['{"version":1,"facts":{"cats":1}}', 'INVALID_MEASURE'],
      ['{"version":1,"version":1}', 'DUPLICATE_JSON_NAME'],
    ] as const) {
      const policy = await world.file('policy.json', content)
      const args = `verify acme/base --use host --policy ${policy}`
      expect([content, ...(await world.fails(args))]).to.deep.equal([content, 2, code])
    }
    for (const [content, code] of [
      ['', 'INVALID_JSON'],
      ['[]', 'INVALID_POLICY'],
      ['{"cats":3}', 'INVALID_MEASURE'],
      ['{"monthlyRevenueUsd":-1}', 'INVALID_POLICY'],
      ['{"monthlyRevenueUsd":1.5}', 'INVALID_POLICY'],
      ['{"monthlyRevenueUsd":"1"}', 'INVALID_POLICY'],
      ['{"monthlyRevenueUsd":1,"monthlyRevenueUsd":2}', 'DUPLICATE_JSON_NAME'],
    ] as const) {
      const facts = await world.file('facts.json', content)
      expect([content, ...(await world.fails(`verify acme/base --use host --facts ${facts}`))]).to.deep.equal([
        content,
        2,
        code,
      ])
    }
    await refuses([
      ['verify acme/base --use host --policy nowhere.json', 'FILE', '"nowhere.json"'],
      ['verify acme/base --use host --facts acme__base', 'FILE', 'folder'],
      ['verify acme/base --use host --fact cats=3', 'INVALID_MEASURE', 'cats'],
      ['verify acme/base --use host --fact monthlyRevenueUsd', 'USAGE', '"monthlyRevenueUsd"'],
      ['verify acme/base --use host --fact monthlyRevenueUsd=-1', 'USAGE', '-1'],
      ['verify acme/base --use host --fact monthlyRevenueUsd=1 --fact monthlyRevenueUsd=2', 'USAGE', 'twice'],
    ])
  })

  it('refuses deployments that are not there or malformed', async function () {
    await refuses([
      ['show acme/base --deployment nowhere', 'DEPLOYMENT_NOT_FOUND', '"nowhere"'],
      ['show acme/base --deployment ./nowhere.json', 'DEPLOYMENT_NOT_FOUND', 'nowhere.json'],
      [`show acme/base --deployment ./${await world.file('d1.json', '{}')}`, 'UNREADABLE_DEPLOYMENT', 'contracts'],
      [`show acme/base --deployment ./${await world.file('d2.json', 'x')}`, 'UNREADABLE_DEPLOYMENT', 'd2.json'],
    ])
    const { rpcUrl: _, ...nodeless } = world.deployment
    await refuses([[`show acme/base --deployment ./${await world.file('d3.json', nodeless)}`, 'USAGE', '--rpc']])
    const path = join(world.cwd, 'd3.json')
    expect((await world.run(`show acme/base --deployment ${path} --rpc ${world.rpcUrl}`)).code).to.equal(0)
    const env = { STEMMA_DEPLOYMENT: path, STEMMA_RPC_URL: world.rpcUrl }
    expect((await world.run('show acme/base', { env })).code).to.equal(0)
  })

  it('replaces a file only by a whole one', async function () {
    await writeFile(join(world.cwd, 'kept.json'), 'kept')
    expect((await world.run('draft acme__base --output kept.json')).code).to.equal(0)
    expect((await world.run('draft acme__base --output kept.json --name bad..name')).code).to.equal(2)
    expect((await world.ok('register kept.json --uri ipfs://other --dry-run')).dryRun).to.equal(true)
  })
})

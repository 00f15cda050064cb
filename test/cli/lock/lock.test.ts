import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { formatLock, parseLock, type ReadLock } from '../../../src/documents/lock.ts'
import { KEYS, startWorld, type World } from '../world.ts'

const DAY = 86_400_000

describe('lock files in the command line', function () {
  let world: World
  let file: string
  let [chat, base, closed, wild] = ['', '', '', '']

  const lock = async (): Promise<ReadLock> => parseLock(await readFile(file, 'utf8'))
  const lineOf = async (name: string): Promise<number> =>
    (await readFile(file, 'utf8')).split('\n').findIndex((line) => line.includes(`"name":"${name}"`)) + 1
  const check = async (more = '', options = {}) => {
    const { code, stdout, stderr } = await world.run(`lock check --json${more}`, options)
    const value = JSON.parse(stdout)
    const of = (name: string) => value.results.find((each: { name: string }) => each.name === name)
    return { code, value, stderr, of }
  }

  before(async function () {
    world = await startWorld()
    file = join(world.cwd, 'stemma.lock.json')
    for (const license of ['MIT', 'CC-BY-NC-4.0']) await world.ok(`terms publish ${license}`)
    await world.folder('acme__base', 'license: mit')
    ;({ model: base } = await world.ok('register acme__base'))
    await world.folder('acme__chat', 'license: mit\nbase_model: acme/base\nbase_model_relation: finetune')
    ;({ model: chat } = await world.ok('register acme__chat'))
    await world.folder('beta__closed', 'license: cc-by-nc-4.0')
    ;({ model: closed } = await world.ok('register beta__closed', { as: 'beta' }))
    await world.folder('wild__cat', 'license: mit')
    ;({ model: wild } = await world.ok('register wild__cat', { as: 'stranger' }))
  })

  after(() => world.stop())

  it('says where it looked when there is no lock file', async function () {
    expect(await world.fails('lock check')).to.deep.equal([2, 'LOCK_NOT_FOUND'])
    expect(await world.fails('lock list')).to.deep.equal([2, 'LOCK_NOT_FOUND'])
  })

  it('add shows what it would write with --dry-run, and then writes one line a model, sorted', async function () {
    const dry = await world.ok('lock add acme/chat --use commercial --dry-run')
    expect(dry.written).to.equal(false)
    expect(await world.fails('lock list')).to.deep.equal([2, 'LOCK_NOT_FOUND'])
    const added = await world.ok('lock add acme/chat --use commercial')
    expect(added).to.deep.include({ file: 'stemma.lock.json', verdict: 'permitted', written: true })
    expect(added.entry).to.deep.include({
      name: 'acme/chat',
      model: chat,
      publisher: KEYS.acme.address.toLowerCase(),
      standing: 'accredited',
      use: ['commercial'],
      subject: null,
      bases: [base],
    })
    await world.ok('lock add ./acme__base --use research')
    const { models, deployment } = await lock()
    expect(models.map(({ name, subject }) => [name, subject])).to.deep.equal([
      ['acme/base', 'acme__base'],
      ['acme/chat', null],
    ])
    expect(deployment).to.deep.equal({
      chainId: world.deployment.chainId,
      ledger: world.deployment.contracts.ledger,
    })
    expect((await lock()).models.map(({ line }) => line)).to.deep.equal([
      await lineOf('acme/base'),
      await lineOf('acme/chat'),
    ])
    await world.ok('lock add acme/base --use commercial')
    expect((await lock()).models[0]).to.deep.include({ use: ['research', 'commercial'], subject: 'acme__base' })
  })

  it('add writes nothing that could not be read again', async function () {
    const before = await readFile(file, 'utf8')
    for (const name of ['', ' ', 'two\nlines', '\u{202e}txt', 'x'.repeat(2049)]) {
      expect(await world.fails(['lock', 'add', 'acme/chat', '--use', 'commercial', '--name', name])).to.deep.equal([
        2,
        'USAGE',
      ])
    }
    expect(await readFile(file, 'utf8')).to.equal(before)
  })

  it('check verifies every model as of one block, and names file and line', async function () {
    const { code, value, of } = await check()
    expect([code, value.outcome]).to.deep.equal([0, 'permitted'])
    expect(of('acme/chat')).to.deep.include({
      file: 'stemma.lock.json',
      line: await lineOf('acme/chat'),
      outcome: 'permitted',
      standing: 'accredited',
      differences: [],
    })
    const blocks = value.results.flatMap(({ reports }: any) => reports.map(({ block }: any) => block))
    expect(new Set(blocks)).to.deep.equal(new Set([value.block]))
    const text = await world.run('lock check acme/chat')
    expect(text.stdout).to.contain(
      `permitted: acme/chat for commercial (stemma.lock.json:${await lineOf('acme/chat')})`,
    )
    expect(text.stdout).to.not.contain('acme/base')
    expect((await world.run('lock check acme/nothing')).code).to.equal(2)
  })

  it('finds the lock file of the repository from a folder below, and none above the repository', async function () {
    await mkdir(join(world.cwd, '.git'), { recursive: true })
    await mkdir(join(world.cwd, 'inner/repository/.git'), { recursive: true })
    const listed = JSON.parse((await world.run('lock list --json')).stdout)
    expect(listed.file).to.equal('stemma.lock.json')
    const elsewhere = await world.run(['lock', 'list', '--lock', './inner/repository/stemma.lock.json'])
    expect([elsewhere.code, elsewhere.stderr.split(':')[0]]).to.deep.equal([2, 'LOCK_NOT_FOUND'])
    await rm(join(world.cwd, 'inner'), { recursive: true })
  })

  it('locks a publisher for whom nobody vouches only when it is named, and then for that entry alone', async function () {
    expect(await world.fails('lock add wild/cat --use commercial')).to.deep.equal([2, 'LOCK_PUBLISHER'])
    const stranger = KEYS.stranger.address
    const other = KEYS.gamma.address
    expect(await world.fails(`lock add wild/cat --use commercial --accept-publisher ${other}`)).to.deep.equal([
      2,
      'LOCK_PUBLISHER',
    ])
    await world.ok(`lock add wild/cat --use commercial --accept-publisher ${stranger}`)
    expect((await lock()).models.find(({ name }) => name === 'wild/cat')!.standing).to.equal('trusted')
    const { code, value, of, stderr } = await check()
    expect(code).to.equal(0)
    expect(of('wild/cat')).to.deep.include({ outcome: 'permitted', standing: 'trusted' })
    expect(value.trusted).to.deep.equal([{ name: 'wild/cat', publisher: stranger.toLowerCase() }])
    expect(stderr).to.contain(`stemma.lock.json lets the word of ${stranger.toLowerCase()} count for wild/cat`)
  })

  it('changes no answer of another command: a lock file in a folder decides nothing there', async function () {
    for (const subject of [wild, 'wild/cat', './wild__cat']) {
      const { code, stdout } = await world.run(`verify ${subject} --use commercial --json`)
      expect([code, JSON.parse(stdout).verdict], subject).to.deep.equal([3, 'unknown'])
    }
  })

  it('a policy that names publishers replaces those of the lock file', async function () {
    const policy = await world.file('policy.json', { version: 1, trustedPublishers: [KEYS.acme.address] })
    const { code, value, of } = await check(` --policy ${policy}`)
    expect([code, value.trusted]).to.deep.equal([3, []])
    expect(of('wild/cat').outcome).to.equal('unknown')
    expect(of('acme/chat').outcome).to.equal('permitted')
  })

  it('accept hides one finding for one use until its day, and check says who accepted it', async function () {
    await world.ok('lock add beta/closed --use commercial,host')
    const before = await check()
    expect(before.code).to.equal(1)
    const keys = before
      .of('beta/closed')
      .reports.map(({ findings }: any) =>
        findings
          .filter(({ severity }: any) => severity === 'blocking')
          .map(({ code, right }: any) => `${code}/${right}`),
      )
    const accept = (finding: string, use: string, until = '30d') =>
      world.ok([
        'lock',
        'accept',
        'beta/closed',
        '--finding',
        finding,
        '--use',
        use,
        '--reason',
        'a deal',
        '--who',
        'ann',
        '--until',
        until,
      ])
    for (const finding of keys[0]) await accept(finding, 'commercial')
    const half = await check()
    expect(half.code).to.equal(1)
    expect(half.of('beta/closed').outcomes).to.deep.equal([
      { use: 'commercial', verdict: 'not-permitted', outcome: 'accepted' },
      { use: 'host', verdict: 'not-permitted', outcome: 'not-permitted' },
    ])
    for (const finding of keys[1]) await accept(finding, 'host')
    const whole = await check()
    expect([whole.code, whole.value.outcome]).to.deep.equal([0, 'accepted'])
    expect(whole.of('beta/closed').accepted[0]).to.deep.include({ who: 'ann', reason: 'a deal', at: closed })
    expect((await world.run('lock check')).stdout).to.contain('accepted by ann until ')
    const listed = await world.run('lock list')
    expect(listed.stdout).to.contain('Accepted:').and.to.contain('ann')
  })

  it('writes SARIF at the lines of the lock file, with what is accepted suppressed, and a page of Markdown', async function () {
    const sarif = JSON.parse((await world.run('lock check --format sarif')).stdout)
    const { results } = sarif.runs[0]
    expect(results.length).to.be.greaterThan(0)
    for (const { locations, properties, suppressions, level } of results) {
      const { artifactLocation, region } = locations[0].physicalLocation
      expect([artifactLocation.uri, region.startLine]).to.deep.equal([
        'stemma.lock.json',
        await lineOf(properties.subject),
      ])
      if (level === 'error') expect(suppressions[0].justification).to.equal('a deal (ann)')
    }
    const page = join(world.cwd, 'page.md')
    expect((await world.run(`lock check --format markdown --output ${page}`)).code).to.equal(0)
    expect(await readFile(page, 'utf8'))
      .to.contain('models pass')
      .and.to.contain('a deal')
    const summaries = (await world.run('lock check --format vsa')).stdout.trim().split('\n')
    expect(summaries.map((line) => JSON.parse(line).predicate.verificationResult)).to.deep.equal(
      (await lock()).models.map(() => 'PASSED'),
    )
    expect((await world.run('lock check --json --format sarif')).code).to.equal(2)
  })

  it('places a waiver that does not count at its own line in SARIF', async function () {
    const options = { now: () => Date.now() + 40 * DAY }
    const { stdout } = await world.run('lock check --format sarif --max-age 0s', options)
    const expired = JSON.parse(stdout).runs[0].results.filter(({ ruleId }: any) => ruleId === 'lock-waiver-expired')
    const lines = expired.map(({ locations }: any) => locations[0].physicalLocation.region.startLine)
    expect(new Set(lines)).to.deep.equal(new Set((await lock()).accepted.map(({ line }) => line)))
  })

  it('refuses a waiver that has expired, and says so', async function () {
    const { code, value, stderr, of } = await check(' --max-age 0s', { now: () => Date.now() + 40 * DAY })
    expect([code, value.outcome]).to.deep.equal([1, 'not-permitted'])
    expect(new Set(value.waivers.map(({ state }: any) => state))).to.deep.equal(new Set(['expired']))
    expect(of('beta/closed').accepted).to.deep.equal([])
    expect(stderr).to.contain('has expired on ')
  })

  it('says that a waiver matches nothing, which a strict check does not pass', async function () {
    await world.ok(
      `lock accept acme/chat --at ${chat} --finding right-unstated/commercial --use commercial --reason x --who ann --until 9d`,
    )
    const { code, value, stderr } = await check(' acme/chat')
    expect(code).to.equal(0)
    expect(value.waivers.map(({ state }: any) => state)).to.deep.equal(['unused'])
    expect(stderr).to.contain('matches no finding')
    expect((await check(' acme/chat --strict')).code).to.equal(1)
  })

  it('accept finds the ancestor that a finding lies at, and refuses one that lies nowhere or elsewhere', async function () {
    await world.folder('acme__over', 'license: mit\nbase_model: beta/closed\nbase_model_relation: finetune', 'over')
    const { model: over } = await world.ok('register acme__over')
    await world.ok('lock add acme/over --use commercial')
    const { findings } = (await check(' acme/over')).of('acme/over').reports[0]
    const at = findings.find(({ severity, model }: any) => severity === 'blocking' && model === closed)
    const accept = (finding: string, more = '') =>
      world.run(`lock accept acme/over --finding ${finding} --use commercial --reason x --who ann --until 9d${more}`)
    const key = `${at.code}/${at.right}`
    const elsewhere = await accept(key, ` --at ${base}`)
    expect([elsewhere.code, elsewhere.stderr]).to.satisfy(
      ([code, text]: [number, string]) => code === 2 && text.includes('nor one of its 1 ancestors'),
    )
    const nowhere = await accept('right-unstated/host')
    expect(nowhere.code).to.equal(2)
    expect(nowhere.stderr).to.contain('FINDING_PLACE').and.to.contain(`${key} at ${closed}`)
    expect((await lock()).accepted.filter(({ model }) => model === over)).to.deep.equal([])
    const accepted = await accept(key, ' --json')
    expect([accepted.code, accepted.json().accepted.at]).to.deep.equal([0, closed])
    const printed = `lock accept acme/over --use commercial --reason x --who ann --until 9d --json --finding`.split(' ')
    // As check prints it, on a terminal that breaks the line.
    const pasted = await world.run([...printed, `${key} at\n    ${closed}`])
    expect(pasted.json()).to.deep.include({ replaced: true, accepted: accepted.json().accepted })
    const after = await check(' acme/over')
    expect(after.value.waivers.map(({ state }: any) => state)).to.deep.equal(['applied'])
    await world.ok('lock remove acme/over')
  })

  it('accept refuses what nobody can accept, more than a year, the past, and a use that is not locked', async function () {
    const accept = (finding: string, use: string, until: string) =>
      world.fails([
        'lock',
        'accept',
        'acme/chat',
        '--finding',
        finding,
        '--use',
        use,
        '--reason',
        'x',
        '--who',
        'y',
        '--until',
        until,
      ])
    expect(await accept('model-recalled', 'commercial', '9d')).to.deep.equal([2, 'LOCK_FIELD'])
    expect(await accept('right-unstated/commercial', 'commercial', '400d')).to.deep.equal([2, 'USAGE'])
    expect(await accept('right-unstated/commercial', 'commercial', '2020-01-01')).to.deep.equal([2, 'USAGE'])
    expect(await accept('right-unstated/commercial', 'commercial', 'forever')).to.deep.equal([2, 'USAGE'])
    expect(await accept('right-unstated/commercial', 'host', '9d')).to.deep.equal([2, 'USAGE'])
    expect(await accept('no such', 'commercial', '9d')).to.deep.equal([2, 'LOCK_FIELD'])
  })

  it('finds changed weights at a path, and says what it could not compare', async function () {
    const weights = join(world.cwd, 'acme__base/weights.bin')
    const original = await readFile(weights)
    await writeFile(weights, 'changed')
    const changed = await check(' acme/base')
    expect(changed.code).to.equal(1)
    expect(changed.of('acme/base').differences.map(({ code }: any) => code)).to.deep.equal(['lock-weights-differ'])
    await writeFile(weights, original)
    expect((await check(' acme/base')).code).to.equal(0)

    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('"subject":"acme__base"', '"subject":"gone"'))
    const missing = await check(' acme/base')
    expect([missing.code, missing.of('acme/base').differences[0].code]).to.deep.equal([0, 'lock-subject-missing'])
    expect((await check(' acme/base --strict')).code).to.equal(1)
    await symlink('/usr', join(world.cwd, 'away'))
    await writeFile(file, text.replace('"subject":"acme__base"', '"subject":"away"'))
    const away = await check(' acme/base')
    expect([away.code, away.of('acme/base').differences[0].code]).to.deep.equal([3, 'lock-subject-unreadable'])
    for (const path of ['../outside', '/etc', 'a/../../b', 'C:x', 'a\\\\b']) {
      await writeFile(file, text.replace('"subject":"acme__base"', `"subject":"${path}"`))
      expect(await world.fails('lock check'), path).to.deep.equal([2, 'LOCK_FIELD'])
    }
    await writeFile(file, text)
  })

  it('finds an entry that was edited by hand', async function () {
    const text = await readFile(file, 'utf8')
    const acme = KEYS.acme.address.toLowerCase()
    await writeFile(
      file,
      text
        .replace(`"model":"${chat}","weights":"0x`, `"model":"${chat}","weights":"0x0`)
        .replace(/(0x0[0-9a-f]{63})[0-9a-f]"/, '$1"'),
    )
    const weights = await check(' acme/chat')
    expect([weights.code, weights.of('acme/chat').differences.map(({ code }: any) => code)]).to.deep.equal([
      1,
      ['lock-entry-mismatch'],
    ])
    await writeFile(file, text.replaceAll(acme, KEYS.gamma.address.toLowerCase()))
    expect((await check(' acme/chat')).of('acme/chat').differences[0].code).to.equal('lock-entry-mismatch')
    await writeFile(file, text)
  })

  it('a base that was attested since is a finding and, by update, a change of one line', async function () {
    await world.ok(`model attest ${chat} ${closed} --relation merge`)
    const { code, of } = await check()
    expect(code).to.equal(1)
    expect(of('acme/chat').differences).to.have.length(1)
    expect(of('acme/chat').differences[0].reason).to.contain(`new: ${closed}`)
    const before = (await readFile(file, 'utf8')).split('\n')
    const dry = await world.run('lock update acme/chat --dry-run')
    expect(dry.stdout).to.contain(`bases: ${base} -> `).and.to.contain(closed)
    expect((await readFile(file, 'utf8')).split('\n')).to.deep.equal(before)
    const updated = await world.ok('lock update acme/chat')
    expect(updated.changes.map(({ name }: any) => name)).to.deep.equal(['acme/chat'])
    const after = (await readFile(file, 'utf8')).split('\n')
    expect(after.filter((line, index) => line !== before[index])).to.have.length(1)
    expect((await check()).of('acme/chat').differences).to.deep.equal([])
    expect((await world.ok('lock update')).written).to.equal(false)
  })

  it('update follows a successor, and refuses one of another publisher until it is accepted', async function () {
    await world.folder('acme__base2', 'license: mit')
    const { model: next } = await world.ok('register acme__base2')
    await world.ok(`lock add ${base} --name pinned --use research`)
    await world.ok(`model supersede ${base} ${next}`)
    const warned = await check(' pinned')
    expect([warned.code, warned.of('pinned').differences.map(({ code }: any) => code)]).to.deep.equal([
      0,
      ['lock-superseded'],
    ])
    const updated = await world.ok('lock update pinned')
    expect(updated.changes[0].after.model).to.equal(next)
    // What lies on this machine is what is used, whatever replaces it.
    expect((await world.ok('lock update acme/base')).changes).to.deep.equal([])

    await world.ok(`model supersede ${next} ${wild}`)
    expect(await world.fails('lock update pinned')).to.deep.equal([2, 'LOCK_PUBLISHER'])
    const accepted = await world.ok(`lock update pinned --accept-publisher ${KEYS.stranger.address}`)
    expect(accepted.changes[0].after).to.deep.include({ model: wild, standing: 'trusted' })
    expect(await world.fails(`lock update --accept-publisher ${KEYS.stranger.address}`)).to.deep.equal([2, 'USAGE'])
  })

  it('lets nobody accept anything about what is recalled', async function () {
    await world.ok(`model recall ${closed} --reason broken`, { as: 'beta' })
    const { code, value, of } = await check(' beta/closed')
    expect(code).to.equal(1)
    expect(of('beta/closed').outcome).to.equal('not-permitted')
    expect(of('beta/closed').accepted).to.deep.equal([])
    expect(new Set(value.waivers.map(({ state }: any) => state))).to.deep.equal(new Set(['refused']))
  })

  it('remove takes a model with its waivers, and leaves what others need', async function () {
    const removed = await world.ok('lock remove beta/closed')
    expect(removed.removed).to.deep.equal([{ name: 'beta/closed', model: closed }])
    expect(removed.waivers).to.have.length.greaterThan(1)
    const { models, accepted } = await lock()
    expect(models.map(({ name }) => name)).to.deep.equal(['acme/base', 'acme/chat', 'pinned', 'wild/cat'])
    expect(accepted).to.have.length(1)
    expect(await world.fails('lock remove beta/closed')).to.deep.equal([2, 'USAGE'])
  })

  it('refuses a lock file of another ledger, and says that a model of it is not registered', async function () {
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(world.deployment.contracts.ledger, KEYS.acme.address.toLowerCase()))
    expect(await world.fails('lock check')).to.deep.equal([2, 'LOCK_OTHER_LEDGER'])
    expect(await world.fails('lock update')).to.deep.equal([2, 'LOCK_OTHER_LEDGER'])
    expect(await world.fails('lock add acme/chat --use host')).to.deep.equal([2, 'LOCK_OTHER_LEDGER'])
    await writeFile(file, text.replaceAll(wild, `0x${'ab'.repeat(32)}`))
    const unknown = await check(' wild/cat')
    expect([unknown.code, unknown.of('wild/cat').differences[0].code]).to.deep.equal([3, 'lock-not-registered'])
    await writeFile(file, text)
    expect(text).to.equal(formatLock(parseLock(text)))
  })

  it('asks a node a few times, whatever the number of models', async function () {
    const { models, ...others } = await lock()
    const counted = async (count: number): Promise<number> => {
      const many = Array.from({ length: count }, (_, index) => ({
        ...models[index % 2]!,
        name: `copy ${index}`,
        subject: null,
      }))
      const path = await world.file('many.lock.json', formatLock({ ...others, models: many, accepted: [] }))
      const node = await countingNode(world.rpcUrl)
      const { code, stderr } = await world.run(`lock check --lock ${path} --rpc ${node.url}`)
      await node.close()
      expect([code, stderr].join(' ')).to.match(/^[01] /)
      return node.requests()
    }
    const few = await counted(2)
    expect(few).to.be.at.most(20)
    expect(await counted(90)).to.be.at.most(few + 2)
  })
})

/** A node that counts the requests that it hands on. */
async function countingNode(target: string) {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const answer = await fetch(target, {
        method: 'POST',
        body: Buffer.concat(chunks),
        headers: { 'content-type': 'application/json' },
      })
      response.setHeader('content-type', 'application/json')
      response.end(await answer.text())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

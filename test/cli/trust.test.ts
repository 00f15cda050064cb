import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { runCli } from '../../src/cli/run.ts'
import { DEPLOYMENTS_FOLDER, writeDeployment } from '../../src/deployments/deploymentFiles.ts'
import { checkedReport, KEYS, startWorld, type World } from './world.ts'

describe('stemma trust', function () {
  let world: World
  let model: string
  /** A node of somebody else, which counts what it is asked. */
  let node: Server
  let asked = 0

  before(async function () {
    world = await startWorld()
    await world.folder('acme__base', 'license: mit')
    await world.ok('terms publish MIT')
    ;({ model } = await world.ok('register acme__base'))
    node = createServer((_, response) => {
      asked += 1
      response.writeHead(500).end()
    })
    await new Promise<void>((done) => node.listen(0, '127.0.0.1', done))
  })

  after(async function () {
    node.close()
    await world.stop()
  })

  /** Runs a command in a folder, as a user whose home is the world's. */
  async function runIn(cwd: string, args: string, home = world.cwd) {
    let [stdout, stderr] = ['', '']
    const code = await runCli(args.split(' '), {
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
      env: { HOME: home, XDG_CACHE_HOME: world.cwd, STEMMA_PRIVATE_KEY: KEYS.acme.privateKey },
      cwd,
      now: Date.now,
      signal: AbortSignal.timeout(60_000),
    })
    return { code, stdout, stderr }
  }

  it('is what a downloaded model needs before its own ledger answers for it, and no node is asked before', async function () {
    const evil = await world.folder('downloads/evil', 'license: mit')
    const rpcUrl = `http://127.0.0.1:${(node.address() as AddressInfo).port}`
    const file = await writeDeployment({ ...world.deployment, rpcUrl }, evil)
    await mkdir(join(evil, 'sub'))
    for (const [cwd, args] of [
      [evil, 'verify . --use commercial'],
      [evil, `verify ${model} --use commercial`],
      [join(evil, 'sub'), 'verify .. --use commercial'],
      [evil, 'show acme/base'],
      [evil, 'watch --count 1'],
      [evil, 'register . --terms none'],
      [evil, `claim file acme/base --parent ${model} --relation finetune --evidence e.json --out o.json`],
    ] as const) {
      await writeFile(
        join(evil, 'e.json'),
        JSON.stringify({ version: 1, summary: 's', items: [{ kind: 'served-id', text: 't' }] }),
      )
      const { code, stdout, stderr } = await runIn(cwd, args)
      expect([code, stdout], `${args}: ${stderr}`).to.deep.equal([2, ''])
      expect(stderr)
        .to.contain('DEPLOYMENT_UNTRUSTED: ')
        .and.to.contain(file)
        .and.to.contain(world.deployment.contracts.ledger)
        .and.to.contain(`stemma trust ${file}`)
    }
    expect(asked).to.equal(0)
  })

  it('lets a file answer as it is, lists it, and ends when it is removed or the file changes', async function () {
    const checkout = join(world.cwd, 'checkout')
    const file = await writeDeployment(world.deployment, checkout)
    const home = join(world.cwd, 'home')
    const answers = async (): Promise<number> => (await runIn(checkout, `show ${model}`, home)).code
    expect(await answers()).to.equal(2)

    const trusted = await runIn(checkout, 'trust', home)
    expect(trusted.stdout)
      .to.contain(`Trusted: ${file}`)
      .and.to.contain(world.deployment.contracts.ledger)
      .and.to.contain(world.rpcUrl)
    expect(await answers()).to.equal(0)
    expect((await runIn(checkout, 'trust --list', home)).stdout).to.equal(`trusted  ${file}\n`)

    await writeFile(file, `${await readFile(file, 'utf8')} `)
    expect(await answers()).to.equal(2)
    expect(JSON.parse((await runIn('/', 'trust --list --json', home)).stdout)[0]).to.include({ state: 'changed' })
    const again = JSON.parse((await runIn('/', `trust ${checkout} --json`, home)).stdout).trusted
    expect(again[0]).to.include({
      path: file,
      name: 'local',
      chainId: 31337,
      ledger: world.deployment.contracts.ledger,
    })
    expect(await answers()).to.equal(0)

    expect((await runIn(checkout, `trust --remove ${DEPLOYMENTS_FOLDER}/local.json`, home)).code).to.equal(0)
    expect(await answers()).to.equal(2)
    expect((await runIn(checkout, 'trust --list', home)).stdout).to.contain('No file and no publisher is trusted.')
  })

  it('refuses what is not a deployment, and two things at once', async function () {
    await world.file('no-deployment.json', {})
    for (const [args, code] of [
      ['trust no-deployment.json', 'UNREADABLE_DEPLOYMENT'],
      ['trust nowhere', 'USAGE'],
      ['trust acme__base', 'USAGE'],
      ['trust --list --remove x', 'USAGE'],
      ['trust --remove x', 'NOT_TRUSTED'],
    ] as const) {
      expect(await world.fails(args), args).to.deep.equal([2, code])
    }
    expect((await runIn('/', 'trust', join(world.cwd, 'home'))).code).to.equal(2)
  })

  it('is not what names the ledger: every answer does, with the file', async function () {
    const file = join(world.cwd, DEPLOYMENTS_FOLDER, 'local.json')
    const { chainId, contracts, name } = world.deployment
    const line = `Ledger: ${name}, ${contracts.ledger} on chain ${chainId} (${file})\n`
    const named = { name, file, chainId, ledger: contracts.ledger }
    const reads = [
      `verify ${model} --use host`,
      `show ${model}`,
      `ancestry ${model}`,
      'roles',
      'publisher profile show acme',
    ]
    const writes = [`model retire ${model} --dry-run`]
    const publisher = KEYS.acme.address.toLowerCase()
    for (const args of [...reads, ...writes].map((each) => each.replace(/ acme$/, ` ${publisher}`))) {
      const text = await world.run(args)
      expect([text.ledger, text.stdout === ''], args).to.deep.equal([line, false])
      const json = await world.run(`${args} --json`)
      expect([json.ledger, JSON.parse(json.stdout).deployment], args).to.deep.equal([line, named])
    }
    for (const list of ['claim list', 'tier list acme/base', 'model children acme/base']) {
      expect((await world.run(`${list} --json`)).ledger, list).to.equal(line)
    }
    await checkedReport(JSON.parse((await world.run(`verify ${model} --use host --json`)).stdout))
    const refused = await world.run('show beta/unknown --json')
    expect([refused.code, JSON.parse(refused.stdout).deployment]).to.deep.equal([3, named])
    expect((await world.run('digest acme__base')).ledger).to.equal(undefined)
  })

  it('cannot mend another contract at an address: each command compares the code, and notes a file without hashes', async function () {
    const { codeHashes, ...unpinned } = world.deployment
    const swapped = { ...world.deployment, codeHashes: { ...codeHashes!, reviewGate: codeHashes!.ledger } }
    await writeFile(join(world.cwd, 'swapped.json'), JSON.stringify(swapped))
    await writeFile(join(world.cwd, 'unpinned.json'), JSON.stringify(unpinned))
    for (const args of ['show acme/base', `verify ${model} --use host`, 'verify acme/base --use host', 'roles']) {
      expect(await world.fails(`${args} --deployment ./swapped.json`), args).to.deep.equal([3, 'CODE_MISMATCH'])
    }
    expect((await world.run('show acme/base --deployment ./unpinned.json')).stderr).to.contain('states no code hashes')
    expect((await world.run('show acme/base')).stderr).to.equal('')
  })

  it('cannot mend a node that stands still: verify refuses a block that is too old', async function () {
    const args = `verify ${model} --use commercial`
    // By the chain's clock, however long the tests before took.
    const provider = new JsonRpcProvider(world.rpcUrl, undefined, { pollingInterval: 20 })
    await provider.send('evm_mine', [])
    const { timestamp } = (await provider.getBlock('latest'))!
    provider.destroy()
    const later = (seconds: number) => ({ now: () => (timestamp + seconds) * 1000 })
    expect((await world.run(args, later(3000))).code).to.equal(0)
    for (const spelling of [args, `${args} --at now`, `${args} --at 1h`, 'verify acme__base --use commercial']) {
      const { code, stdout, stderr } = await world.run(spelling, later(7300))
      expect([code, stdout], spelling).to.deep.equal([3, ''])
      expect(stderr).to.match(
        /^NODE_STALE: The latest block of the node, \d+, is of \d{4}-\S+Z and \d{4} seconds old; at most 3600/m,
      )
    }
    // What was known at a time of the past does not age.
    expect((await world.run(`${args} --at ${timestamp - 1} --max-age 1m`, later(1e8))).code).to.equal(0)
    expect(await world.fails(`${args} --at -1d`)).to.deep.equal([2, 'BEFORE_LEDGER'])
    expect((await world.run(`${args} --max-age 3h`, later(7300))).code).to.equal(0)
    expect((await world.run(`${args} --max-age 0s`, later(1e8))).code).to.equal(0)
    expect((await world.run(`${args} --max-age 1m`, later(3000))).code).to.equal(3)
    expect((await world.run(args, later(-1e6))).code, 'a chain ahead of the clock').to.equal(0)
    await world.file('patient.json', { ...world.deployment, maxAge: 10_000 })
    expect((await world.run(`${args} --deployment ./patient.json`, later(7300))).code).to.equal(0)
    expect(await world.fails(`${args} --max-age soon`)).to.deep.equal([2, 'USAGE'])
  })
})

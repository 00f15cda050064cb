import { mkdtemp, mkdir, writeFile, chmod } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import { Wallet } from 'ethers'
import hre from 'hardhat'

import { deploy } from '../../scripts/deploy.ts'
import { runCli } from '../../src/cli/run.ts'
import { writeDeployment } from '../../src/deployments/deploymentFiles.ts'

const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80' // Hardhat's own, known to all

describe('stemma', function () {
  let rpcUrl: string
  let cwd: string
  let stop: () => Promise<void>
  let outputs = ''

  const run = async (args: string, env: NodeJS.ProcessEnv = { STEMMA_PRIVATE_KEY: KEY }) => {
    let [stdout, stderr] = ['', '']
    const code = await runCli(args.split(' '), {
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
      env,
      cwd,
      signal: AbortSignal.timeout(60_000),
    })
    outputs += stdout + stderr
    return { code, stdout, stderr, json: () => JSON.parse(stdout) }
  }

  before(async function () {
    const server = await hre.network.createServer('default', '127.0.0.1', 0)
    const { port } = await server.listen()
    rpcUrl = `http://127.0.0.1:${port}`
    cwd = await mkdtemp(join(tmpdir(), 'stemma-cli-'))
    await writeDeployment({ ...(await deploy({ rpcUrl, name: 'test-cli', reset: true })), name: 'local' }, cwd)
    stop = () => server.close()
    for (const [name, card] of [
      ['acme__base', 'license: other\nlicense_name: research-only'],
      ['beta__tuned', 'license: mit\nbase_model: acme/base\nbase_model_relation: finetune'],
    ] as const) {
      await mkdir(join(cwd, name))
      await writeFile(join(cwd, name, 'README.md'), `---\n${card}\n---\n${name}\n`)
    }
  })

  after(() => stop())

  it('plays a whole life: publish, register, verify, grant, suspend, reinstate, renew, revoke', async function () {
    for (const license of ['MIT', 'research-only', 'stemma-commercial-fine-tuning']) {
      expect((await run(`terms publish ${license} --json`)).json()).to.have.length(1)
      expect((await run(`terms publish ${license} --json`)).json()).to.have.length(0)
    }
    const tuned = new Wallet('0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d')
    const dry = await run(`register ${cwd}/acme__base --dry-run --json`)
    expect(dry.json()).to.not.have.property('transaction')
    expect((await run(`show acme/base`)).code).to.equal(3)
    expect((await run(`register ${cwd}/acme__base --json`)).code).to.equal(0)
    const child = await run(`register ${cwd}/beta__tuned --json`, { STEMMA_PRIVATE_KEY: tuned.privateKey })
    const { model } = child.json()
    expect((await run(`show ${model} --json`)).json().models[0].registration.parents).to.have.length(1)
    expect((await run(`ancestry beta/tuned`)).stdout).to.contain('└─ finetune of acme/base')
    for (const [format, start] of [
      ['mermaid', 'graph TD'],
      ['dot', 'digraph'],
      ['json', '{'],
    ] as const) {
      expect((await run(`ancestry ${model} --format ${format}`)).stdout.startsWith(start)).to.equal(true)
    }
    expect((await run(`path beta/tuned acme/base --json`)).json().path[1].relation).to.equal('finetune')
    expect((await run(`path acme/base beta/tuned`)).code).to.equal(1)

    const verify = `verify beta/tuned --use commercial --licensee ${tuned.address}`
    const denied = await run(`${verify} --json`)
    expect(denied.code).to.equal(1)
    expect(denied.json().verdict).to.equal('not-permitted')
    expect(denied.json().findings[0]).to.include({ code: 'right-withheld', severity: 'blocking', right: 'commercial' })
    expect((await run(`verify ${cwd}/beta__tuned --use research`)).code).to.equal(0)

    const offer = await run(
      'tier offer acme/base --terms stemma-commercial-fine-tuning --name Commercial --pass-through commercial --json',
    )
    const granted = await run(`grant acme/base ${offer.json().tier} ${tuned.address} --until 30d --json`)
    const { credential } = granted.json()
    expect((await run(verify)).code).to.equal(0)
    expect((await run(`suspend ${credential} --reason test`)).code).to.equal(0)
    expect((await run(`${verify} --json`)).json().findings.map(({ code }: { code: string }) => code)).to.include(
      'credential-suspended',
    )
    expect((await run(`reinstate ${credential}`)).code).to.equal(0)
    expect((await run(`renew ${credential} --until 60d`)).code).to.equal(0)
    expect((await run(verify)).code).to.equal(0)
    expect((await run(`revoke ${credential}`)).code).to.equal(0)
    expect((await run(verify)).code).to.equal(1)
    const again = await run(`revoke ${credential} --json`)
    expect([again.code, again.json().error.code]).to.deep.equal([2, 'LICENSE_CREDENTIAL_UNEXPECTED_STATE'])

    const watched = await run('watch --from-block 0 --count 3')
    expect(
      watched.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).kind),
    ).to.deep.equal(['event', 'event', 'event'])
  })

  it('refuses wrong input with its own error, and exits with 2', async function () {
    await writeFile(join(cwd, 'empty.json'), '{}')
    await writeFile(join(cwd, 'typo.json'), '{"version":1,"trustedPublisher":[]}')
    await writeFile(join(cwd, 'keystore.json'), '{}')
    await chmod(join(cwd, 'keystore.json'), 0o644)
    for (const [args, code, env] of [
      ['show 0x12 --json', 'MODEL_NOT_REGISTERED'],
      ['verify 0x12 --use host --json', 'USAGE'],
      ['verify beta/tuned --use fly --json', 'UNKNOWN_WORD'],
      [`verify beta/tuned --use host --policy ${cwd}/empty.json --json`, 'INVALID_POLICY'],
      [`verify beta/tuned --use host --policy ${cwd}/typo.json --json`, 'INVALID_POLICY'],
      ['verify beta/tuned --use host --fact cats=3 --json', 'INVALID_POLICY'],
      [`register ${cwd}/acme__base --json`, 'MODEL_REGISTRY_ALREADY_REGISTERED'],
      [`register ${cwd}/nothing --json`, 'USAGE'],
      [`register ${cwd}/acme__base --json`, 'MISSING_KEY', {}],
      [
        `register ${cwd}/acme__base --json`,
        'USAGE',
        { STEMMA_KEYSTORE: 'keystore.json', STEMMA_KEYSTORE_PASSWORD: 'x' },
      ],
      ['terms publish Beerware --json', 'USAGE'],
      ['show acme/base --deployment nowhere --json', 'DEPLOYMENT_NOT_FOUND'],
    ] as const) {
      const result = await run(args, env ?? { STEMMA_PRIVATE_KEY: KEY })
      expect([args, result.json().error?.code]).to.deep.equal([args, code])
      expect([args, result.code]).to.deep.equal([args, code === 'MODEL_NOT_REGISTERED' ? 3 : 2])
    }
    expect((await run('fly')).code).to.equal(2)
    expect((await run('verify beta/tuned')).code).to.equal(2)
    expect((await run('--help')).code).to.equal(0)
  })

  it('exits with 3 when a node is down, silent, of another chain, or was started anew', async function () {
    const sockets: Socket[] = []
    const silent: Server = createServer((socket) => void sockets.push(socket))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const other = await hre.network.createServer({ network: 'default', override: { chainId: 4242 } }, '127.0.0.1', 0)
    const fresh = await hre.network.createServer('default', '127.0.0.1', 0)
    const [otherAt, freshAt] = [await other.listen(), await fresh.listen()]
    try {
      for (const [url, code] of [
        ['http://127.0.0.1:1', 'NODE_UNREACHABLE'],
        [`http://127.0.0.1:${port}`, 'NODE_TIMEOUT'],
        [`http://127.0.0.1:${otherAt.port}`, 'WRONG_CHAIN'],
        [`http://127.0.0.1:${freshAt.port}`, 'STALE_DEPLOYMENT'],
      ]) {
        const result = await run(`show acme/base --rpc ${url} --timeout 1 --json`)
        expect([result.json().error.code, result.code]).to.deep.equal([code, 3])
      }
    } finally {
      for (const socket of sockets) socket.destroy()
      silent.close()
      await other.close()
      await fresh.close()
    }
  })

  it('says plainly when nobody has registered the weights of a folder', async function () {
    await mkdir(join(cwd, 'x__unseen'))
    await writeFile(join(cwd, 'x__unseen', 'weights.bin'), 'unseen')
    const result = await run(`verify ${cwd}/x__unseen --use host --json`)
    expect([result.json().error.code, result.code]).to.deep.equal(['WEIGHTS_NOT_REGISTERED', 3])
  })

  it('never prints a key', function () {
    expect(outputs).to.not.contain(KEY.slice(2))
  })
})

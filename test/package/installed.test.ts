import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { expect } from 'chai'
import { build } from 'esbuild'
import hre from 'hardhat'

import { launchBrowser } from '../fixtures/browser.ts'
import { inDepth, itInDepth } from '../fixtures/inDepth.ts'
import { createProject, install, packed, type Project } from './world.ts'

const checkout = join(import.meta.dirname, '../..')

describe('both packages, installed in an empty project', function () {
  this.timeout(180_000)
  let project: Project
  let rpcUrl: string
  let closeNode: () => Promise<void>
  /** What the deploy script of the project printed. */
  let deployed: { model: string; deployment: { name: string } }

  before(async function () {
    const server = await hre.network.createServer('node', '127.0.0.1', 0)
    const { port } = await server.listen()
    rpcUrl = `http://127.0.0.1:${port}`
    closeNode = () => server.close()
    project = createProject('user')
    const { stemma, server: ofServer } = packed()
    const { devDependencies } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>
    }
    await install(project, stemma.tarball, ofServer.tarball, `viem@${devDependencies.viem}`)
    project.write('deploy.mjs', DEPLOY)
    const { code, stdout, stderr } = await project.run('node', 'deploy.mjs', rpcUrl)
    expect(code, stderr).to.equal(0)
    deployed = JSON.parse(stdout) as typeof deployed
  })

  after(async function () {
    await closeNode?.()
  })

  it('deploy a ledger from stemma/contract-json without a compiler, and register a model on it', function () {
    expect(deployed.model).to.match(/^0x[0-9a-f]{64}$/)
    expect(deployed.deployment.name).to.equal('local')
  })

  it('verify the model by the program stemma', async function () {
    const { code, stdout, stderr } = await project.run(
      'stemma',
      'verify',
      deployed.model,
      '--use',
      'commercial',
      '--rpc',
      rpcUrl,
      '--json',
    )
    expect(code, stderr).to.equal(1)
    const { verdict, source } = JSON.parse(stdout) as { verdict: string; source: string }
    expect([verdict, source]).to.deep.equal(['not-permitted', 'node'])
  })

  it('index the ledger and serve the API by the program stemma-server', async function () {
    const database = join(project.folder, 'index.sqlite')
    const index = await project.run('stemma-server', 'index', '--once', '--database', database, '--rpc', rpcUrl)
    expect(index.code, index.stderr).to.equal(0)
    const api = spawn(
      join(project.folder, 'node_modules/.bin/stemma-server'),
      ['api', '--port', '0', '--database', database, '--json'],
      { cwd: project.folder, env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    try {
      const lines = createInterface(api.stdout)[Symbol.asyncIterator]()
      const { value } = (await lines.next()) as { value: string }
      const { kind, url } = JSON.parse(value) as { kind: string; url: string }
      expect(kind).to.equal('listening')
      const response = await fetch(`${url}/v1/models/${deployed.model}`)
      expect(response.status).to.equal(200)
      expect(JSON.stringify(await response.json())).to.include(deployed.model)
      const page = await fetch(`${url}/m/${deployed.model}`, { headers: { accept: 'text/html' } })
      const [script] = /\/assets\/[^"]+\.js/.exec(await page.text())!
      expect((await fetch(url + script)).headers.get('content-type')).to.contain('text/javascript')
    } finally {
      const ended = new Promise((resolve) => api.once('exit', resolve))
      api.kill('SIGTERM')
      await ended
    }
  })

  const resolutions = {
    nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
    bundler: { module: 'esnext', moduleResolution: 'bundler' },
    node16: { module: 'node16', moduleResolution: 'node16' },
  }
  for (const [resolution, options] of Object.entries(resolutions).slice(0, inDepth(1, 3))) {
    it(`type-check without skipLibCheck by ${resolution} resolution`, async function () {
      project.write('consumer.ts', CONSUMER)
      const lib = ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable', 'esnext.disposable']
      const compilerOptions = {
        ...options,
        target: 'es2023',
        lib,
        types: ['node'],
        strict: true,
        skipLibCheck: false,
        noEmit: true,
      }
      project.write(`tsconfig.${resolution}.json`, JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
      const compiler = join(checkout, 'node_modules/typescript/bin/tsc')
      const { code, stdout } = await project.run('node', compiler, '-p', `tsconfig.${resolution}.json`)
      expect(code, stdout).to.equal(0)
    })
  }

  itInDepth('connect by clients of viem, by their types', async function () {
    project.write('viem.ts', VIEM_CONSUMER)
    // The declarations of viem take the compiler most of a minute to check.
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
    }
    project.write('tsconfig.viem.json', JSON.stringify({ compilerOptions, files: ['viem.ts'] }))
    const { code, stdout } = await project.run(
      'node',
      join(checkout, 'node_modules/typescript/bin/tsc'),
      '-p',
      'tsconfig.viem.json',
    )
    expect(code, stdout).to.equal(0)
  })

  it('verify the model in a page of a real browser', async function () {
    project.write('page.js', PAGE)
    const { outputFiles } = await build({
      entryPoints: [join(project.folder, 'page.js')],
      outdir: join(project.folder, 'site'),
      bundle: true,
      splitting: true,
      format: 'esm',
      minify: true,
      platform: 'browser',
      write: false,
    })
    const files = new Map(outputFiles.map(({ path, text }) => [path.slice(join(project.folder, 'site').length), text]))
    const site = await serve(files, rpcUrl)
    const browser = await launchBrowser()
    try {
      const page = await browser.newPage()
      const failures: string[] = []
      page.on('pageerror', (error) => failures.push(String(error)))
      await page.goto(site.url)
      const answer = await page.evaluate(
        ([model, deployment]) =>
          (globalThis as unknown as { ask: (model: unknown, deployment: unknown) => Promise<unknown> }).ask(
            model,
            deployment,
          ),
        [deployed.model, deployed.deployment] as const,
      )
      expect(failures).to.deep.equal([])
      expect(answer).to.deep.equal({
        verdict: 'not-permitted',
        source: 'node',
        refusal: 'MODEL_NOT_REGISTERED',
      })
    } finally {
      await browser.close()
      site.close()
    }
  })

  it('say their version, and that of the manifest', async function () {
    const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string }
    for (const program of ['stemma', 'stemma-server']) {
      expect(await project.run(program, '--version')).to.deep.include({ code: 0, stdout: `${version}\n` })
    }
  })
})

/** Serves a page and its scripts, and hands what is posted to `/rpc` to the node, so that all is of one origin. */
async function serve(files: ReadonlyMap<string, string>, rpcUrl: string): Promise<{ url: string; close: () => void }> {
  const server: Server = createServer((request, response) => {
    void (async () => {
      if (request.url === '/rpc') {
        const answer = await fetch(rpcUrl, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: await bodyOf(request),
        })
        response.setHeader('content-type', 'application/json').end(await answer.text())
      } else if (files.has(request.url!)) {
        response.setHeader('content-type', 'text/javascript').end(files.get(request.url!))
      } else {
        response.setHeader('content-type', 'text/html').end('<script type="module" src="/page.js"></script>')
      }
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => void (server.close(), server.closeAllConnections()),
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The deploy script of a user: the contracts of a ledger from their JSON, then a model under CC BY-NC. */
const DEPLOY = `
import { ContractFactory, JsonRpcProvider } from 'ethers'
import { connect, parseAddress, parseDigest, registerModel } from 'stemma'
import { loadLicenses } from 'stemma/artifacts'
import { trustDeployment, writeDeployment } from 'stemma/deployments'
import { termsOfLicense } from 'stemma/documents'
import { publishTerms } from 'stemma/sdk'
import accessManager from 'stemma/contract-json/AccessManager.json' with { type: 'json' }
import complianceLens from 'stemma/contract-json/ComplianceLens.json' with { type: 'json' }
import ledger from 'stemma/contract-json/Ledger.json' with { type: 'json' }
import licenseCredential from 'stemma/contract-json/LicenseCredential.json' with { type: 'json' }
import lineageClaims from 'stemma/contract-json/LineageClaims.json' with { type: 'json' }
import loadCheck from 'stemma/contract-json/LoadCheck.json' with { type: 'json' }
import reviewGate from 'stemma/contract-json/ReviewGate.json' with { type: 'json' }
import recallsJson from 'stemma/contract-json/Recalls.json' with { type: 'json' }
import usageAudit from 'stemma/contract-json/UsageAudit.json' with { type: 'json' }

const rpcUrl = process.argv[2]
const provider = new JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
const signer = await provider.getSigner(0)
const deploy = async ({ abi, bytecode }, ...args) => {
  const contract = await new ContractFactory(abi, bytecode, signer).deploy(...args)
  await contract.waitForDeployment()
  return parseAddress(await contract.getAddress())
}

const manager = await deploy(accessManager, signer.address)
const recalls = await deploy(recallsJson, manager)
const registry = await deploy(ledger, manager, recalls)
const credentials = await deploy(licenseCredential, manager, registry, registry)
const claims = await deploy(lineageClaims, manager, registry, registry, 10n ** 16n, 604_800, signer.address)
const lens = await deploy(complianceLens, registry, registry, credentials, claims, recalls)
const audit = await deploy(usageAudit, manager, registry, registry, credentials)
const gate = await deploy(reviewGate, manager, registry, registry, claims, 3600, 32)
const loading = await deploy(loadCheck, registry, gate, lens, recalls)
const deployment = {
  name: 'local',
  chainId: Number((await provider.getNetwork()).chainId),
  firstBlock: 0,
  rpcUrl,
  contracts: {
    manager,
    ledger: registry,
    recalls,
    licenseCredential: credentials,
    lineageClaims: claims,
    complianceLens: lens,
    usageAudit: audit,
    reviewGate: gate,
    loadCheck: loading,
  },
}
await trustDeployment(await writeDeployment(deployment))
const connected = await connect(signer, deployment)
const publisher = parseAddress(signer.address)
const license = (await loadLicenses()).find(({ id }) => id === 'CC-BY-NC-4.0')
const { terms } = await publishTerms(connected, { terms: termsOfLicense(license) })
const digest = (byte) => parseDigest('0x' + byte.repeat(32))
const registration = {
  publisher,
  weights: digest('11'),
  tensors: digest('44'),
  annex: digest('00'),
  datasets: digest('22'),
  method: digest('33'),
  terms,
  parents: [],
  uri: 'https://models.example/org/model',
}
const { model } = await registerModel(connected, { registration })
console.log(JSON.stringify({ model, deployment }))
provider.destroy()
`

/** The script of a page: a verdict, and a refusal of a contract, whose sentence loads on demand. */
const PAGE = `
import { JsonRpcProvider } from 'ethers'
import { connect, verifyModel, readModel } from 'stemma'

globalThis.ask = async (model, deployment) => {
  const provider = new JsonRpcProvider(new URL('/rpc', location.href).href, deployment.chainId, { staticNetwork: true })
  const ledger = await connect(provider, deployment)
  const { verdict, source } = await verifyModel(ledger, { model, use: 'commercial' })
  const refusal = await readModel(ledger, { model: '0x' + '11'.repeat(32) }).then(() => 'none', ({ code }) => code)
  return { verdict, source, refusal }
}
`

/** A program of a user in TypeScript: every entry point, and types that have to hold. */
const CONSUMER = `
import { JsonRpcProvider } from 'ethers'
import { connect, parseModelId, registerModel, verifyModel, type Ledger, type Report } from 'stemma'
import { ledgerAbi } from 'stemma/abi'
import * as artifacts from 'stemma/artifacts'
import * as subjects from 'stemma/subjects'
import * as audit from 'stemma/audit'
import * as console_ from 'stemma/console'
import { METRIC_NAMES } from 'stemma/core'
import { findDeployment } from 'stemma/deployments'
import * as documents from 'stemma/documents'
import * as interop from 'stemma/interop'
import { createQueryClient, type QueryClient } from 'stemma/query'
import { listClaims, readRoles } from 'stemma/sdk'
import * as verify from 'stemma/verify'
import * as server from '@stemma/server'
import * as api from '@stemma/server/api'
import * as indexer from '@stemma/server/indexer'

const deployment = await findDeployment()
const ledger: Ledger = await connect(new JsonRpcProvider(deployment.rpcUrl), deployment)
const report: Report = await verifyModel(ledger, { model: parseModelId('0x'), use: 'commercial' })
const client: QueryClient = createQueryClient({ url: 'http://127.0.0.1:8600' })
type Names = (typeof ledgerAbi)[number] extends infer Item ? (Item extends { type: 'event'; name: infer Name } ? Name : never) : never
const event: Names = 'ModelRegistered'
// @ts-expect-error the ledger has no such event
const absent: Names = 'ModelForgotten'
// @ts-expect-error a use is one of the rights
await verifyModel(ledger, { model: parseModelId('0x'), use: 'anything' })
export { report, client, event, absent, registerModel, listClaims, readRoles, METRIC_NAMES }
export { artifacts, audit, console_, documents, interop, subjects, verify, server, api, indexer }
`

/** A program of a user with viem, whose clients have many types. */
const VIEM_CONSUMER = `
import { findDeployment } from 'stemma/deployments'
import { registerModel, type Ledger } from 'stemma'
import { connectViem } from 'stemma/viem'
import { createPublicClient, createWalletClient, http, type PublicClient } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { mainnet } from 'viem/chains'

const deployment = await findDeployment()
const reader: PublicClient = createPublicClient({ transport: http() })
const ofChain = createPublicClient({ chain: mainnet, transport: http() })
const held = createWalletClient({ account: '0x14dc79964da2c08b23698b3d3cc7ca32193d9955', chain: mainnet, transport: http() })
const local = createWalletClient({ account: privateKeyToAccount('0x11'), transport: http() })
for (const one of [reader, ofChain]) {
  for (const wallet of [held, local]) {
    const ledger: Ledger = await connectViem({ public: one, wallet }, deployment)
    await registerModel(ledger, { registration: await Promise.reject() })
  }
}
// @ts-expect-error a wallet client alone does not read
await connectViem({ wallet: held }, deployment)
`

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import { HDNodeWallet, JsonRpcProvider, Mnemonic } from 'ethers'
import hre from 'hardhat'

import { deploy } from '../../scripts/deploy.ts'
import { accredit } from '../../scripts/local/accredit.ts'
import type { Context } from '../../src/console/context.ts'
import { runCli } from '../../src/cli/run.ts'
import { parseAddress } from '../../src/core/hex.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import { DEPLOYMENTS_FOLDER } from '../../src/deployments/deploymentFiles.ts'
import { trustDeployment } from '../../src/deployments/trust.ts'

const root = join(import.meta.dirname, '../..')

/** The accounts of the node, by the part that they play. Hardhat's own keys, known to all. */
export const KEYS = Object.fromEntries(
  ['acme', 'beta', 'gamma', 'operator', 'stranger'].map((name, index) => {
    const mnemonic = Mnemonic.fromPhrase('test test test test test test test test test test test junk')
    return [name, HDNodeWallet.fromMnemonic(mnemonic, `m/44'/60'/0'/0/${index}`)]
  }),
) as Record<'acme' | 'beta' | 'gamma' | 'operator' | 'stranger', HDNodeWallet>

/** The password of every keystore in the tests. */
export const PASSWORD = 'correct horse'

/** What a run of the program gave. `ledger` is the line that names the ledger, which is taken out of `stderr`. */
export type Run = { code: number; stdout: string; stderr: string; ledger: string | undefined; json: () => any }

/** A run of the program without a process. `as` signs; nobody does when it is null. */
export type RunOptions = Partial<Pick<Context, 'env' | 'terminal' | 'signal' | 'now' | 'fetch'>> & {
  as?: keyof typeof KEYS | null
}

/** A node with a ledger, and a folder to work in. */
export type World = {
  rpcUrl: string
  deployment: Deployment
  cwd: string
  run(args: string | readonly string[], options?: RunOptions): Promise<Run>
  /** Runs with --json, expects success, checks that the value names the ledger that was asked, and returns the rest of it: each command has its own, of which each test says what it reads. */
  ok(args: string | readonly string[], options?: RunOptions): Promise<any>
  /** Runs with --json and returns [exit code, error code]. */
  fails(args: string | readonly string[], options?: RunOptions): Promise<[exit: number, code: string | undefined]>
  /** Makes a folder of a model with a card and one file of weights. */
  folder(name: string, card: string, weights?: string): Promise<string>
  /** Writes a file of the working folder. */
  file(name: string, content: unknown): Promise<string>
  /** Ends everything, and checks that nothing that was printed holds a key or a password. */
  stop(): Promise<void>
}

/** A network in which nobody proves a name. */
const nothingThere = async (): Promise<Response> => new Response('Not found', { status: 404 })

/** A node with a ledger that Ignition deployed, which goes back to that when a world takes it. */
type Chain = {
  rpcUrl: string
  deployment: Deployment
  file: string
  reset: () => Promise<void>
  close: () => Promise<void>
}

/** Nodes that no world uses. Deploying takes longer than most files of tests, so the next world goes on with one of them. */
const free: Chain[] = []
after(() => Promise.all(free.map((chain) => chain.close())))

async function startChain(): Promise<Chain> {
  const server = await hre.network.createServer('default', '127.0.0.1', 0)
  const { port } = await server.listen()
  const rpcUrl = `http://127.0.0.1:${port}`
  const folder = await mkdtemp(join(tmpdir(), 'stemma-chain-'))
  const deployment = await deploy({ rpcUrl, name: 'local', journal: false, folder, delays: false })
  const file = await readFile(join(folder, DEPLOYMENTS_FOLDER, 'local.json'), 'utf8')
  await rm(folder, { recursive: true })
  const node = new JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 10 })
  const known = [KEYS.acme, KEYS.beta, KEYS.gamma, KEYS.operator].map(({ address }) => parseAddress(address))
  await accredit(node, deployment, known)
  let snapshot: unknown = await node.send('evm_snapshot', [])
  const reset = async (): Promise<void> => {
    expect(await node.send('evm_revert', [snapshot])).to.equal(true)
    snapshot = await node.send('evm_snapshot', [])
    await node.send('evm_setAutomine', [true])
    await node.send('evm_setIntervalMining', [0])
  }
  const close = async (): Promise<void> => {
    node.destroy()
    await server.close()
  }
  return { rpcUrl, deployment, file, reset, close }
}

/** Takes a node with a ledger, and makes a folder whose deployment `local` it is. */
export async function startWorld(): Promise<World> {
  const chain = free.pop() ?? (await startChain())
  await chain.reset()
  const { rpcUrl, deployment } = chain
  const cwd = await mkdtemp(join(tmpdir(), 'stemma-cli-'))
  await mkdir(join(cwd, DEPLOYMENTS_FOLDER), { recursive: true })
  await writeFile(join(cwd, DEPLOYMENTS_FOLDER, 'local.json'), chain.file)
  await trustDeployment(join(cwd, DEPLOYMENTS_FOLDER, 'local.json'), { env: { HOME: cwd } })
  let outputs = ''

  const run: World['run'] = async (args, options = {}) => {
    const { as = 'acme', env, terminal, now = Date.now, signal = AbortSignal.timeout(60_000) } = options
    const { fetch = nothingThere } = options
    let [stdout, stderr] = ['', '']
    const code = await runCli(typeof args === 'string' ? args.split(' ') : args, {
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
      env: { HOME: cwd, XDG_CACHE_HOME: cwd, ...(as && !env && { STEMMA_PRIVATE_KEY: KEYS[as].privateKey }), ...env },
      cwd,
      now,
      fetch,
      terminal,
      signal,
    })
    outputs += stdout + stderr
    const line = /^Ledger: .*\n/m.exec(stderr)?.[0]
    return {
      code,
      stdout,
      stderr: stderr.replace(line ?? '', ''),
      ledger: line,
      json: () => withoutDeployment(stdout, line),
    }
  }
  const withJson = (args: string | readonly string[]): readonly string[] =>
    typeof args === 'string' ? [...args.split(' '), '--json'] : [...args, '--json']

  return {
    rpcUrl,
    deployment,
    cwd,
    run,
    ok: async (args, options) => {
      const result = await run(withJson(args), options)
      expect(result.code, result.stderr).to.equal(0)
      return result.json()
    },
    fails: async (args, options) => {
      const { code, stdout, stderr, json } = await run(withJson(args), options)
      expect(code, stdout).to.not.equal(0)
      const { error } = json()
      expect(error?.docs).to.match(/^https:\/\/github\.com\/.+\/docs\/errors\.md#[a-z0-9-]+$/)
      expect(stderr).to.contain(`${error.code}: `)
      return [code, error?.code]
    },
    folder: async (name, card, weights = name) => {
      const path = join(cwd, name)
      await mkdir(path, { recursive: true })
      await writeFile(join(path, 'README.md'), `---\n${card}\n---\n`)
      await writeFile(join(path, 'weights.bin'), weights)
      return path
    },
    file: async (name, content) => {
      await writeFile(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content))
      return name
    },
    stop: async () => {
      free.push(chain)
      await rm(cwd, { recursive: true, force: true })
      const lower = outputs.toLowerCase()
      for (const { privateKey } of Object.values(KEYS)) expect(lower).to.not.contain(privateKey.slice(2))
      expect(outputs).to.not.contain(PASSWORD)
    },
  }
}

/** The printed JSON without the field that names the ledger. Where it is, standard error names the same. */
function withoutDeployment(stdout: string, ledger: string | undefined): any {
  const value = JSON.parse(stdout)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const { deployment, ...others } = value
  if (deployment === undefined) return value
  const { name, file, chainId, ledger: address } = deployment
  const named = `Ledger: ${name}, ${address} on chain ${chainId} (${file})\n`
  expect(named).to.equal(ledger)
  return others
}

/** Checks the JSON of `stemma verify` against its published schema, which is its type, and returns it. */
export async function checkedReport(report: any): Promise<any> {
  const schema = JSON.parse(await readFile(join(root, 'docs/verify-report.schema.json'), 'utf8'))
  const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema)
  expect(validate(report), JSON.stringify(validate.errors)).to.equal(true)
  return report
}

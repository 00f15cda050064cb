import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { parseEther, Wallet, type JsonRpcProvider } from 'ethers'

import { EXIT } from '../../src/console/context.ts'
import { parseAddress, type Address, type Hex } from '../../src/core/hex.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { waitForTransaction } from '../../src/sdk/waitForTransaction.ts'
import { readAccounts } from './accounts.ts'
import { accredit } from './accredit.ts'
import type { OwnChain, Ran } from './ownChain.ts'
import { writeRandomModel } from './randomModel.ts'

/** Who plays: the publisher of the model, the operator of the gateway, and a customer. */
export type GatewayCast = { acme: Address; operator: Address; initech: Address }

/** What a gateway stands on: a registered model, a tier with quotas, and a credential. */
export type GatewayWorld = {
  cast: GatewayCast
  /** The operator's private key: a gateway signs by itself, with an account that nothing else uses. */
  operatorKey: Hex
  credential: Hex
}

/** Quotas of the tier. */
export type Quotas = { calls: number; tokens: number }

/** The model's name on the ledger, and in requests. */
export const MODEL = { registered: 'acme/tiny', served: 'tiny' } as const

/**
 * Brings the chain to now and keeps it mining, as a gateway refuses calls when the newest block is old. Registers a model that may be used for
 * research, and has passed its review; its publisher offers commercial use with quotas to everybody; the customer obtains it; the operator may anchor for the publisher.
 *
 * @param run runs a command of `stemma`, which may print it
 */
export async function makeGatewayWorld(
  chain: OwnChain,
  quotas: Quotas,
  run: (args: readonly string[]) => Promise<Ran>,
): Promise<GatewayWorld> {
  const { provider, deployment, folder } = chain
  const { administrator, free } = await readAccounts(provider)
  const [acme, initech] = free as [Address, Address]
  const wallet = Wallet.createRandom()
  const operator = parseAddress(wallet.address)
  await accredit(provider, deployment, [acme])
  const { hash } = await (await provider.getSigner(0)).sendTransaction({ to: operator, value: parseEther('1') })
  await waitForTransaction(openLedger(provider, deployment), { transaction: hash as Hex })
  await keepMining(provider, chain)
  const model = join(folder, 'acme__tiny')
  await mkdir(model)
  await writeFile(join(model, 'README.md'), '---\nlicense: cc-by-nc-4.0\n---\n\nA model of random weights.\n')
  await writeRandomModel(join(model, 'model.gguf'))
  const typed = async (...args: string[]): Promise<string> => {
    const { code, output } = await run(args)
    if (code !== EXIT.ok) throw new Error(`stemma ${args.join(' ')} failed: ${output}`)
    return output
  }
  await typed('register', model, '--from', acme)
  // Nothing is served that has not passed its security review, or is certified: here the administrator is a certifier, too.
  const certified = ['--use', 'commercial', '--until', '90d', '--from', administrator]
  await typed('review', 'certify', MODEL.registered, ...certified)
  const limits = ['--call-quota', String(quotas.calls), '--token-quota', String(quotas.tokens)]
  const offer = ['--terms', 'stemma-commercial-use', '--name', 'Metered', '--open', '--max-duration', '30d', ...limits]
  await typed('tier', 'offer', MODEL.registered, ...offer, '--from', acme)
  const obtained = await typed('credential', 'obtain', MODEL.registered, 'Metered', '--from', initech)
  const [, credential] = /^credential (0x[0-9a-f]{64})$/m.exec(obtained)!
  await typed('publisher', 'operators', 'add', operator, '--until', '30d', '--scopes', 'audit', '--from', acme)
  return { cast: { acme, operator, initech }, operatorKey: wallet.privateKey as Hex, credential: credential as Hex }
}

/** Sets the clock of the chain to that of the machine, and mines a block each second. */
async function keepMining(provider: JsonRpcProvider, chain: OwnChain): Promise<void> {
  await chain.moveTo(Math.floor(Date.now() / 1000))
  await provider.send('evm_setIntervalMining', [1000])
}

import { BrowserProvider, JsonRpcSigner, Network, type Eip1193Provider } from 'ethers'
import { parseAddress, StemmaError, type Address, type Deployment, type Hex } from 'stemma/core'
import { connect, openLedger, reading, readRoles, ROLES, waitForTransaction } from 'stemma/sdk'

import { decodeCall, decodeTypedData, isHex } from './decode.ts'
import type { Asked, Intent, Kept, Outcome } from './intent.ts'
import { perform } from './perform.ts'
import { callDigest, ComparingProvider, type SentCall } from './sameCall.ts'
import type { Eip1193 } from '../../wallets/wallets.ts'

/** Who acts, where, and what happens on the way. */
export type Acting = {
  provider: Eip1193
  account: Address
  deployment: Deployment
  /** Shows what the wallet is about to be asked for. Resolves when the reader goes on; what it rejects with ends the action. */
  onAsked: (asked: Asked) => Promise<void>
  /** Called when the wallet has been opened. */
  onWallet: () => void
  onSent: (sent: SentCall) => void
  onReplaced: (transaction: Hex) => void
  signal: AbortSignal
}

/** Milliseconds between two looks at a transaction that waits. */
const POLL = 1000

/**
 * Does what a form asks for. The wallet's node is checked first (its chain, the contracts and their code), then the SDK's action
 * runs, which estimates the call, so that a refusal of the contract comes before the wallet opens. What would go to the wallet
 * is held back until the reader has gone on.
 */
export async function act(intent: Intent, acting: Acting): Promise<Outcome> {
  const other = new AbortController()
  const compared = new ComparingProvider(acting.provider, (error) => other.abort(error))
  const reviewed = new ReviewedProvider({ ...acting, provider: compared })
  const ledger = await connect(signerOf(reviewed, acting), acting.deployment)
  try {
    return await perform(intent, ledger, {
      signal: AbortSignal.any([acting.signal, other.signal]),
      onSent: (_hash, sent) => acting.onSent({ ...sent, ...(reviewed.call && { call: reviewed.call }) }),
      onReplaced: (transaction) => acting.onReplaced(transaction),
      onKept: (kept) => (reviewed.keep = kept),
    })
  } catch (error) {
    // ethers keeps only the words of what a provider throws.
    const { signal } = [acting, other].find((each) => each.signal.aborted) ?? {}
    throw signal ? signal.reason : (reviewed.failure ?? error)
  }
}

/** Goes on waiting for a transaction that was sent before. */
export async function wait(
  { call, ...sent }: SentCall,
  { provider, deployment, onReplaced, signal }: Pick<Acting, 'provider' | 'deployment' | 'onReplaced' | 'signal'>,
): Promise<Outcome> {
  const other = new AbortController()
  const compared = new ComparingProvider(provider, (error) => other.abort(error))
  if (call) compared.expect(sent.transaction, call)
  const ledger = openLedger(providerOf(compared, deployment), deployment)
  return waitForTransaction(ledger, {
    ...sent,
    signal: AbortSignal.any([signal, other.signal]),
    onReplaced: (transaction) => onReplaced(transaction),
  })
}

/** Whether an account is an accredited scanner, by the wallet's node. */
export async function isScanner(provider: Eip1193, deployment: Deployment, account: Address): Promise<boolean> {
  const { roles } = await readRoles(openLedger(providerOf(provider, deployment), deployment))
  const members = roles.find(({ id }) => id === ROLES.scanner)?.members ?? []
  return members.some((member) => member.account === account && !member.pending)
}

function signerOf(provider: Eip1193, { deployment, account }: Acting): JsonRpcSigner {
  return new JsonRpcSigner(providerOf(provider, deployment), account)
}

/** A new one each time: after a change of chain, one that ethers has made before still answers with the old one. */
function providerOf(provider: Eip1193, { name, chainId }: Deployment): BrowserProvider {
  const network = new Network(name, BigInt(chainId))
  const options = { staticNetwork: network, cacheTimeout: -1, pollingInterval: POLL }
  return new BrowserProvider(provider as Eip1193Provider, network, options)
}

/** A wallet's provider that lets nothing be signed which the reader has not read. */
class ReviewedProvider implements Eip1193 {
  readonly #acting: Acting & { provider: ComparingProvider }
  /** What ended the action here. */
  failure: unknown
  /** What the reader has to keep before going on. */
  keep: Kept | undefined
  /** What tells the call that the wallet was asked to send. */
  call: Hex | undefined

  constructor(acting: Acting & { provider: ComparingProvider }) {
    this.#acting = acting
  }

  async request(asked: { method: string; params?: readonly unknown[] | object }): Promise<unknown> {
    const { method } = asked
    let passed = asked
    try {
      if (method === 'eth_sendTransaction') passed = { method, params: [await this.#reviewTransaction(firstOf(asked))] }
      else if (method === 'eth_signTypedData_v4') await this.#reviewTypedData((asked.params as unknown[])[1])
      else if (/sign|send|request/i.test(method)) throw new Error(`The page does not ask a wallet for ${method}.`)
      else return await this.#acting.provider.request(asked)
    } catch (error) {
      if (/sign|send/i.test(method)) this.failure = error
      throw error
    }
    const { onWallet, provider } = this.#acting
    onWallet()
    const answer = await provider.request(passed)
    if (method === 'eth_sendTransaction') {
      this.call = callDigest(firstOf(passed))
      provider.expect(answer, this.call)
    }
    return answer
  }

  /** Returns what the wallet gets: the call for this chain alone, so that a wallet that changes its chain by now refuses it. */
  async #reviewTransaction(request: Readonly<Record<string, unknown>>): Promise<object> {
    const { deployment, account, onAsked, provider } = this.#acting
    const { from, to, data, value, gas } = request
    if (!isHex(to) || !isHex(data) || parseAddress(String(from)) !== account) {
      throw new Error('What the wallet would get is not a call of the ledger by this account.')
    }
    const ask = async (method: string, ...params: unknown[]) =>
      BigInt((await provider.request({ method, params })) as string)
    const [price, balance] = await Promise.all([ask('eth_gasPrice'), ask('eth_getBalance', account, 'latest')])
    const amount = isHex(value) ? BigInt(value) : 0n
    const fee = price * (isHex(gas) ? BigInt(gas) : 0n)
    if (balance < amount + fee) throw new NoFundsError(account, balance, amount + fee)
    await onAsked({
      kind: 'transaction',
      ...decodeCall(deployment, { to, data }),
      address: parseAddress(to),
      chainId: BigInt(deployment.chainId),
      from: account,
      value: amount,
      fee,
      balance,
      data,
      ...(this.keep && { keep: this.keep }),
    })
    // The reader may have read for long: what the contract refuses by now is said before the wallet opens.
    await reading(() => providerOf(provider, deployment).call({ from: account, to, data, value: amount }))
    await this.#checkAgain()
    return { ...request, chainId: `0x${BigInt(deployment.chainId).toString(16)}` }
  }

  async #reviewTypedData(text: unknown): Promise<void> {
    await this.#acting.onAsked({
      kind: 'typed-data',
      ...decodeTypedData(String(text)),
      from: this.#acting.account,
    })
    await this.#checkAgain()
  }

  /** @throws {@link WalletChangedError} */
  async #checkAgain(): Promise<void> {
    const { provider, account, deployment } = this.#acting
    const [chainId, accounts] = await Promise.all([
      provider.request({ method: 'eth_chainId' }),
      provider.request({ method: 'eth_accounts' }),
    ])
    const isSame = isHex(chainId) && BigInt(chainId) === BigInt(deployment.chainId)
    const isThere = Array.isArray(accounts) && accounts.some((each) => String(each).toLowerCase() === account)
    if (!isSame || !isThere) throw new WalletChangedError()
  }
}

function firstOf({ params }: { params?: readonly unknown[] | object }): Readonly<Record<string, unknown>> {
  return (params as readonly Readonly<Record<string, unknown>>[])[0]!
}

/** Thrown before a wallet opens, when its account cannot pay. Amounts are in wei. */
export class NoFundsError extends StemmaError {
  override name = 'NoFundsError'
  readonly account: Address
  readonly balance: bigint
  readonly needed: bigint
  constructor(account: Address, balance: bigint, needed: bigint) {
    super('NO_FUNDS', `The account ${account} has ${balance} wei, and this takes ${needed} wei. Send it some first.`)
    this.account = account
    this.balance = balance
    this.needed = needed
  }
}

/** Thrown when a wallet has another chain or account than the one that was shown. */
export class WalletChangedError extends StemmaError {
  override name = 'WalletChangedError'
  constructor() {
    super('WALLET_CHANGED', 'The wallet has changed its chain or its account. Nothing was sent. Check again.')
  }
}

import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { parseAddress, type Address, type Deployment } from 'stemma/core'

import { isAddress } from '../../app/address.ts'
import { discoverWallets, listWallets, watchWallets, type Eip1193, type Wallet } from '../../wallets/wallets.ts'

/** The wallet that the reader uses, as it says of itself. `changes` counts what ends a question that is not answered yet. */
export type Session = {
  wallet: Wallet | undefined
  account: Address | undefined
  /** EIP-155 chain id; undefined until the wallet says it. */
  chainId: bigint | undefined
  isConnecting: boolean
  /** What the wallet answered in place of an account. */
  failure: WalletFailure | undefined
  changes: number
}

/** Why a wallet did not do what it was asked, by the code of EIP-1193. */
export type WalletFailure = { kind: 'rejected' | 'pending' | 'empty' | 'unknown-chain' | 'other'; text: string }

const NONE: Session = {
  wallet: undefined,
  account: undefined,
  chainId: undefined,
  isConnecting: false,
  failure: undefined,
  changes: 0,
}
const KEPT = 'stemma-wallet'

let session = NONE
let leave: () => void = () => {}
const listeners = new Set<() => void>()

function change(next: Partial<Session>): void {
  session = { ...session, ...next }
  for (const listener of listeners) listener()
}

function watch(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** The wallets that there are, and the one in use. The one that was used last comes back by itself, if it still allows it. */
export function useSession(): Session & { wallets: readonly Wallet[] } {
  useEffect(() => {
    const resume = (): void => {
      const last = listWallets().find(({ rdns }) => rdns === keptWallet())
      if (last && !session.wallet) void use(last, 'eth_accounts')
    }
    const stop = watchWallets(resume)
    discoverWallets()
    resume()
    return stop
  }, [])
  const wallets = useSyncExternalStore(watchWallets, listWallets)
  const now = useSyncExternalStore(watch, () => session)
  return useMemo(() => ({ ...now, wallets }), [now, wallets])
}

/** Asks a wallet for its accounts, which opens it. */
export function connectWallet(wallet: Wallet): void {
  void use(wallet, 'eth_requestAccounts')
}

/** Forgets the wallet. It keeps its own permission, which only its owner takes back. */
export function disconnectWallet(): void {
  leave()
  keepWallet(undefined)
  change({ ...NONE, changes: session.changes + 1 })
}

/** Asks the wallet to go to a chain. */
export async function switchChain(chainId: bigint): Promise<void> {
  const { wallet } = session
  if (!wallet) return
  change({ failure: undefined })
  try {
    const params = [{ chainId: `0x${chainId.toString(16)}` }]
    await wallet.provider.request({ method: 'wallet_switchEthereumChain', params })
    if (session.wallet === wallet) change({ chainId: await readChain(wallet.provider) })
  } catch (error) {
    if (session.wallet === wallet) change({ failure: failureOf(error) })
  }
}

/** Asks the wallet to add the chain of a deployment (EIP-3085), and to go to it: not every wallet does so by itself. */
export async function addChain({ name, chainId, rpcUrl }: Deployment): Promise<void> {
  const { wallet } = session
  if (!wallet || rpcUrl === undefined) return
  change({ failure: undefined })
  try {
    const chain = {
      chainId: `0x${BigInt(chainId).toString(16)}`,
      chainName: name,
      rpcUrls: [rpcUrl],
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    }
    await wallet.provider.request({ method: 'wallet_addEthereumChain', params: [chain] })
    if (session.wallet === wallet && (await readChain(wallet.provider)) !== BigInt(chainId))
      await switchChain(BigInt(chainId))
    else if (session.wallet === wallet) change({ chainId: BigInt(chainId) })
  } catch (error) {
    if (session.wallet === wallet) change({ failure: failureOf(error) })
  }
}

/** Whether wallets take the node of a deployment: EIP-3085 asks for https, and lets a node of one's own computer be. */
export function isAddable({ rpcUrl }: Deployment): boolean {
  if (rpcUrl === undefined || !URL.canParse(rpcUrl)) return false
  const { protocol, hostname } = new URL(rpcUrl)
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
}

async function use(wallet: Wallet, method: 'eth_accounts' | 'eth_requestAccounts'): Promise<void> {
  leave()
  const isAsked = method === 'eth_requestAccounts'
  change({ ...NONE, ...(isAsked && { wallet }), isConnecting: isAsked, changes: session.changes + 1 })
  try {
    const account = firstOf(await wallet.provider.request({ method }))
    if (isAsked && session.wallet !== wallet) return
    if (account === undefined) {
      change({ ...NONE, changes: session.changes, ...(isAsked && { failure: { kind: 'empty', text: '' } }) })
      return
    }
    const chainId = await readChain(wallet.provider)
    if (isAsked ? session.wallet !== wallet : session.wallet !== undefined) return
    follow(wallet)
    keepWallet(wallet.rdns)
    change({ wallet, account, chainId, isConnecting: false, failure: undefined })
  } catch (error) {
    if (isAsked && session.wallet === wallet) change({ ...NONE, changes: session.changes, failure: failureOf(error) })
  }
}

/** Follows what the wallet says of itself, until another one is used. */
function follow({ provider }: Wallet): void {
  let isLeft = false
  const events: readonly (readonly [string, (value: unknown) => void])[] = [
    ['accountsChanged', (value) => onAccount(firstOf(value))],
    ['chainChanged', (value) => change({ chainId: chainOf(value), changes: session.changes + 1, failure: undefined })],
    ['disconnect', () => change({ chainId: undefined, changes: session.changes + 1 })],
    ['connect', () => void readChain(provider).then((chainId) => !isLeft && change({ chainId }))],
  ]
  // What is still on its way when another wallet is used, or comes of one that keeps its listeners, is of no account.
  const heard = events.map(([event, listener]) => [event, (value: unknown) => !isLeft && listener(value)] as const)
  for (const [event, listener] of heard) provider.on?.(event, listener)
  leave = () => {
    isLeft = true
    leave = () => {}
    try {
      for (const [event, listener] of heard) provider.removeListener?.(event, listener)
    } catch {
      // A wallet that cannot forget is not listened to.
    }
  }
}

function onAccount(account: Address | undefined): void {
  if (account === session.account) return
  if (account === undefined) disconnectWallet()
  else change({ account, changes: session.changes + 1, failure: undefined })
}

function firstOf(accounts: unknown): Address | undefined {
  const [first] = Array.isArray(accounts) ? (accounts as unknown[]) : []
  return isAddress(first) ? parseAddress(first) : undefined
}

async function readChain(provider: Eip1193): Promise<bigint | undefined> {
  try {
    return chainOf(await provider.request({ method: 'eth_chainId' }))
  } catch {
    return undefined
  }
}

function chainOf(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^0x[\da-f]{1,64}$/i.test(value) ? BigInt(value) : undefined
}

const CODES: ReadonlyMap<unknown, WalletFailure['kind']> = new Map([
  [4001, 'rejected'],
  [-32_002, 'pending'],
  [4902, 'unknown-chain'],
])

function failureOf(error: unknown): WalletFailure {
  // Wallets wrap the error of a chain that they do not know.
  const { code, message, data } = (error ?? {}) as Record<string, unknown>
  const inner = (data as { originalError?: { code?: unknown } } | undefined)?.originalError?.code
  const kind = [inner, code].map((each) => CODES.get(each)).find((each) => each !== undefined)
  return { kind: kind ?? 'other', text: typeof message === 'string' ? message : '' }
}

function keptWallet(): string | null {
  try {
    return localStorage.getItem(KEPT)
  } catch {
    return null
  }
}

function keepWallet(rdns: string | undefined): void {
  try {
    if (rdns === undefined) localStorage.removeItem(KEPT)
    else localStorage.setItem(KEPT, rdns)
  } catch {
    // A browser without storage asks again.
  }
}

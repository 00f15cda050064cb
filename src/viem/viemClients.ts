import type { Account, Chain, Client, Transport } from 'viem'

import { StemmaError } from '../core/errors.ts'

/** A client of viem of any kind: its transport, and its account where it has one. */
export type ViemClient = Client<Transport, Chain | undefined, Account | undefined>

/** The clients that a ledger is read and written by, named as viem's `getContract` names them. */
export type ViemClients = {
  /** Reads: `createPublicClient({ transport })`. Whether requests are batched and tried again is up to its transport. */
  readonly public: ViemClient
  /** Signs and sends by its account: `createWalletClient({ account, transport })`. Without it, the ledger reads only. */
  readonly wallet?: ViemClient | undefined
}

/** Asks by a client. */
export type Ask = (method: string, params: unknown) => Promise<unknown>

/** What a person confirms or a node acts on, which must not be asked twice: viem's transports repeat what fails. */
const ASKED_ONCE: ReadonlySet<string> = new Set([
  'eth_sendTransaction',
  'eth_sendRawTransaction',
  'eth_signTransaction',
  'eth_signTypedData_v4',
  'personal_sign',
])

/** Asks the wallet what is to be signed or sent, where there is one, and the public client all else. */
export function askOf({ public: reader, wallet = reader }: ViemClients): Ask {
  return (method, params) => (ASKED_ONCE.has(method) ? askOnce(wallet, method, params) : ask(reader, method, params))
}

/** The chain that a client is on, as it says. */
export async function chainIdOf(client: ViemClient): Promise<bigint> {
  return BigInt((await ask(client, 'eth_chainId', undefined)) as string)
}

function ask(client: ViemClient, method: string, params: unknown): Promise<unknown> {
  return client.request({ method, params } as never)
}

function askOnce(client: ViemClient, method: string, params: unknown): Promise<unknown> {
  return client.request({ method, params } as never, { retryCount: 0 })
}

/** Thrown when a wallet client has no account, so that nobody can sign. */
export class MissingAccountError extends StemmaError {
  override name = 'MissingAccountError'
  constructor() {
    super(
      'MISSING_ACCOUNT',
      'The wallet client has no account. Create it with one: createWalletClient({ account, transport }).',
    )
  }
}

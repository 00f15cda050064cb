import {
  AbstractSigner,
  hexlify,
  JsonRpcSigner,
  makeError,
  Transaction,
  TypedDataEncoder,
  type Provider,
  type TransactionRequest,
  type TypedDataDomain,
  type TypedDataField,
} from 'ethers'
import type { Account, Hex as ViemHex, LocalAccount, TransactionSerializable } from 'viem'

import type { Deployment } from '../core/deployment.ts'
import { WrongChainError } from '../sdk/wrongChain.ts'
import { readingOnly } from '../sdk/nodeErrors.ts'
import { chainIdOf, MissingAccountError, type ViemClient } from './viemClients.ts'
import { isRejection, rpcErrorOf } from './viemErrors.ts'
import type { ViemProvider } from './viemProvider.ts'

/** The chain that a wallet has to be on when it signs or sends. */
type OwnChain = Pick<Deployment, 'name' | 'chainId'>

/**
 * The signer of a wallet client's account: a local account signs here, any other in its wallet.
 *
 * @throws {@link MissingAccountError}
 */
export function signerOf(wallet: ViemClient, provider: ViemProvider, chain: OwnChain): LocalSigner | WalletSigner {
  const { account } = wallet
  if (!account) throw new MissingAccountError()
  return isLocal(account)
    ? new LocalSigner(wallet, account, provider, chain)
    : new WalletSigner(wallet, account.address, provider, chain)
}

function isLocal(account: Account): account is LocalAccount {
  return account.type === 'local'
}

/** Signs and sends by a wallet that holds the key, once the wallet is on the ledger's chain. */
export class WalletSigner extends JsonRpcSigner {
  readonly #wallet: ViemClient
  readonly #chain: OwnChain

  constructor(wallet: ViemClient, address: string, provider: ViemProvider, chain: OwnChain) {
    super(provider, address)
    this.#wallet = wallet
    this.#chain = chain
  }

  override async sendUncheckedTransaction(transaction: TransactionRequest): Promise<string> {
    await requireChain(this.#wallet, this.#chain)
    return super.sendUncheckedTransaction(transaction)
  }

  override async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    await requireChain(this.#wallet, this.#chain)
    return super.signTypedData(domain, types, value)
  }
}

/** Signs by an account of viem that is at hand, and sends what it signed. */
export class LocalSigner extends AbstractSigner {
  readonly #wallet: ViemClient
  readonly #account: LocalAccount
  readonly #chain: OwnChain

  constructor(wallet: ViemClient, account: LocalAccount, provider: Provider | null, chain: OwnChain) {
    super(provider)
    this.#wallet = wallet
    this.#account = account
    this.#chain = chain
  }

  async getAddress(): Promise<string> {
    return this.#account.address
  }

  connect(provider: Provider | null): LocalSigner {
    return new LocalSigner(this.#wallet, this.#account, provider, this.#chain)
  }

  async signTransaction(request: TransactionRequest): Promise<string> {
    await requireChain(this.#wallet, this.#chain)
    const { from: _from, ...unsigned } = await this.populateTransaction(request)
    const serializer = this.#wallet.chain?.serializers?.transaction
    return signing('signTransaction', () =>
      this.#account.signTransaction(viemTransaction(Transaction.from(unsigned)), { ...(serializer && { serializer }) }),
    )
  }

  async signMessage(message: string | Uint8Array): Promise<string> {
    const raw = typeof message === 'string' ? message : { raw: hexlify(message) as ViemHex }
    return signing('signMessage', () => this.#account.signMessage({ message: raw }))
  }

  async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    // ethers checks the values, and so refuses what it refuses with a key of its own.
    const payload = TypedDataEncoder.getPayload(domain, types, value)
    return signing('signTypedData', () => this.#account.signTypedData(payload))
  }
}

/** A complete transaction of ethers as viem's accounts sign it. */
function viemTransaction(transaction: Transaction): TransactionSerializable {
  const { chainId, nonce, to, value, data, gasLimit, type, accessList } = transaction
  const common = {
    chainId: Number(chainId),
    nonce,
    to: to as ViemHex | null,
    value,
    data: data as ViemHex,
    gas: gasLimit,
  }
  const list = (accessList ?? []).map(({ address, storageKeys }) => ({
    address: address as ViemHex,
    storageKeys: storageKeys as ViemHex[],
  }))
  if (type === 0) return { ...common, type: 'legacy', gasPrice: transaction.gasPrice! }
  if (type === 1) return { ...common, type: 'eip2930', gasPrice: transaction.gasPrice!, accessList: list }
  if (type !== 2) {
    throw makeError(`transactions of type ${type} cannot be signed`, 'UNSUPPORTED_OPERATION', {
      operation: 'signTransaction',
    })
  }
  return {
    ...common,
    type: 'eip1559',
    maxFeePerGas: transaction.maxFeePerGas!,
    maxPriorityFeePerGas: transaction.maxPriorityFeePerGas!,
    accessList: list,
  }
}

/** @throws {@link WrongChainError} when the wallet is on another chain than the ledger */
async function requireChain(wallet: ViemClient, chain: OwnChain): Promise<void> {
  const actual = await readingOnly(async () => {
    try {
      return await chainIdOf(wallet)
    } catch (error) {
      const { message } = rpcErrorOf(error)
      throw makeError(message, 'UNKNOWN_ERROR', {})
    }
  })
  if (actual !== BigInt(chain.chainId)) throw new WrongChainError(chain, actual, 'wallet')
}

/** Has an account sign. An account may ask its owner, as a device does. */
async function signing(
  action: 'signMessage' | 'signTransaction' | 'signTypedData',
  sign: () => Promise<string>,
): Promise<string> {
  try {
    return await sign()
  } catch (error) {
    if (!isRejection(error)) throw error
    throw makeError('user rejected action', 'ACTION_REJECTED', { action, reason: 'rejected', info: { error } })
  }
}

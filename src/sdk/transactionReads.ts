import type { JsonRpcApiProvider, Log, Provider } from 'ethers'

import type { Hex } from '../core/hex.ts'
import { NodeAnswerError } from './nodeErrors.ts'

/** An event of a transaction, before it is decoded. */
export type ReceiptLog = Pick<Log, 'address' | 'topics' | 'data'>

/** A receipt: where the transaction is, and what became of it. */
export type Receipt = { block: number; succeeded: boolean; gas: bigint; logs: readonly ReceiptLog[] }

/** A transaction as a node knows it; `block` is null while it is in the pool. */
export type KnownTransaction = Call & { hash: Hex; from: string; nonce: number; gasLimit: bigint; block: number | null }

/** What a transaction does. `value` is in wei. */
export type Call = { to: string; data: string; value: bigint }

type Fields = Readonly<Record<string, unknown>>

/**
 * Asks a node directly where that is possible: ethers answers a repeated question from memory for 250 ms, and refuses answers of
 * chains whose transactions have fields of their own.
 */
async function ask(provider: Provider, method: string, params: unknown[]): Promise<unknown> {
  return (provider as JsonRpcApiProvider).send(method, params)
}

function canAsk(provider: Provider): boolean {
  return 'send' in provider
}

/** The number of the newest block. */
export async function readHead(provider: Provider): Promise<number> {
  return canAsk(provider) ? numberOf(await ask(provider, 'eth_blockNumber', [])) : provider.getBlockNumber()
}

/** The id of the chain that the node is on now. */
export async function readChainId(provider: Provider): Promise<bigint> {
  return canAsk(provider) ? bigintOf(await ask(provider, 'eth_chainId', [])) : (await provider.getNetwork()).chainId
}

/** How many transactions an account has sent, up to a block, or with those in the pool. */
export async function readCount(
  provider: Provider,
  account: string,
  tag: number | 'latest' | 'pending',
): Promise<number> {
  if (!canAsk(provider)) return provider.getTransactionCount(account, tag)
  return numberOf(await ask(provider, 'eth_getTransactionCount', [account, typeof tag === 'number' ? hexOf(tag) : tag]))
}

/** The receipt of a transaction; null while it is not in a block. */
export async function readReceipt(provider: Provider, hash: Hex): Promise<Receipt | null> {
  if (!canAsk(provider)) {
    const receipt = await provider.getTransactionReceipt(hash)
    return (
      receipt && {
        block: receipt.blockNumber,
        succeeded: receipt.status !== 0,
        gas: receipt.gasUsed,
        logs: receipt.logs,
      }
    )
  }
  const receipt = fieldsOf(await ask(provider, 'eth_getTransactionReceipt', [hash]))
  if (!receipt?.blockNumber) return null
  checkHash(receipt.transactionHash, hash)
  return {
    block: numberOf(receipt.blockNumber),
    succeeded: receipt.status === undefined || receipt.status === null || bigintOf(receipt.status) !== 0n,
    gas: bigintOf(receipt.gasUsed),
    logs: Array.isArray(receipt.logs) ? (receipt.logs as ReceiptLog[]) : [],
  }
}

/** A transaction in the pool or in a block; null when the node does not know it. */
export async function readTransaction(provider: Provider, hash: Hex): Promise<KnownTransaction | null> {
  if (!canAsk(provider)) {
    const found = await provider.getTransaction(hash)
    return (
      found && {
        hash,
        from: found.from.toLowerCase(),
        nonce: found.nonce,
        to: (found.to ?? '').toLowerCase(),
        data: found.data.toLowerCase(),
        value: found.value,
        gasLimit: found.gasLimit,
        block: found.blockNumber,
      }
    )
  }
  const found = fieldsOf(await ask(provider, 'eth_getTransactionByHash', [hash]))
  if (found) checkHash(found.hash, hash)
  return found && transactionOf(found)
}

/** The transaction of an account with a nonce in a block; undefined when the block does not hold it. */
export async function readSentIn(
  provider: Provider,
  block: number,
  from: string,
  nonce: number,
): Promise<KnownTransaction | undefined> {
  if (!canAsk(provider)) {
    const { prefetchedTransactions = [] } = (await provider.getBlock(block, true)) ?? {}
    const found = prefetchedTransactions.find((each) => each.from.toLowerCase() === from && each.nonce === nonce)
    return (found && (await readTransaction(provider, found.hash as Hex))) ?? undefined
  }
  const { transactions } = fieldsOf(await ask(provider, 'eth_getBlockByNumber', [hexOf(block), true])) ?? {}
  if (!Array.isArray(transactions)) return undefined
  // Transactions of the chain itself may lack fields, so only the one that is looked for is read in full.
  const found = (transactions as Fields[]).find(
    (each) => String(each.from).toLowerCase() === from && bigintOf(each.nonce ?? '0x0') === BigInt(nonce),
  )
  return found && transactionOf(found)
}

function transactionOf(found: Fields): KnownTransaction {
  return {
    hash: String(found.hash).toLowerCase() as Hex,
    from: String(found.from).toLowerCase(),
    nonce: numberOf(found.nonce),
    to: String(found.to ?? '').toLowerCase(),
    data: String(found.input ?? found.data ?? '0x').toLowerCase(),
    value: bigintOf(found.value ?? '0x0'),
    gasLimit: bigintOf(found.gas ?? '0x0'),
    block: found.blockNumber === null || found.blockNumber === undefined ? null : numberOf(found.blockNumber),
  }
}

function fieldsOf(answer: unknown): Fields | null {
  return typeof answer === 'object' && answer !== null ? (answer as Fields) : null
}

function hexOf(number: number): string {
  return `0x${number.toString(16)}`
}

function bigintOf(answer: unknown): bigint {
  if (typeof answer === 'string' && /^0x[0-9a-f]{1,64}$/i.test(answer)) return BigInt(answer)
  throw new NodeAnswerError(new Error('a number in its answer is malformed'))
}

function numberOf(answer: unknown): number {
  const number = Number(bigintOf(answer))
  if (Number.isSafeInteger(number)) return number
  throw new NodeAnswerError(new Error('a number in its answer is too large'))
}

/** @throws {@link NodeAnswerError} when the answer is about another transaction than the question */
function checkHash(answer: unknown, asked: Hex): void {
  if (answer === undefined || String(answer).toLowerCase() === asked) return
  throw new NodeAnswerError(new Error('it answers about another transaction'))
}

import { keccak256 } from 'ethers'
import { StemmaError, type Hex } from 'stemma/core'
import type { SentTransaction } from 'stemma/sdk'

import type { Eip1193 } from '../../wallets/wallets.ts'
import { isHex } from './decode.ts'

/** A transaction that was sent, with the {@link callDigest} of what was asked for; none where an older page has kept it. */
export type SentCall = SentTransaction & { call?: Hex }

/** What tells one call from another: who makes it, to whom, with which data and value. */
export function callDigest({ from, to, data, value }: Readonly<Record<string, unknown>>): Hex {
  const amount = isHex(value) ? BigInt(value) : 0n
  const text = [from, to, data].map((each) => String(each).toLowerCase()).join(' ')
  return keccak256(new TextEncoder().encode(`${text} ${amount}`)) as Hex
}

/** A wallet's provider that looks whether the transaction that the wallet has named is the one that it was asked for. */
export class ComparingProvider implements Eip1193 {
  readonly #provider: Eip1193
  readonly #onOther: (error: OtherTransactionError) => void
  #sent: { transaction: string; call: Hex } | undefined

  constructor(provider: Eip1193, onOther: (error: OtherTransactionError) => void) {
    this.#provider = provider
    this.#onOther = onOther
  }

  /** From now on, what the node has under this hash has to be this call. */
  expect(transaction: unknown, call: Hex): void {
    this.#sent = { transaction: String(transaction).toLowerCase(), call }
  }

  async request(asked: { method: string; params?: readonly unknown[] | object }): Promise<unknown> {
    const answer = await this.#provider.request(asked)
    const [hash] = Array.isArray(asked.params) ? (asked.params as unknown[]) : []
    const sent = this.#sent
    if (asked.method === 'eth_getTransactionByHash' && sent && String(hash).toLowerCase() === sent.transaction) {
      const found = answer as Readonly<Record<string, unknown>> | null
      if (found && callDigest({ ...found, data: found.input ?? found.data }) !== sent.call) {
        this.#onOther(new OtherTransactionError(sent.transaction as Hex))
      }
    }
    return answer
  }
}

/** Thrown when the transaction that a wallet has named has another sender, contract, data or value than what was shown. */
export class OtherTransactionError extends StemmaError {
  override name = 'OtherTransactionError'
  readonly transaction: Hex
  constructor(transaction: Hex) {
    super(
      'OTHER_TRANSACTION',
      `The transaction ${transaction} is not the call that was shown. Look in the wallet at what it sent.`,
    )
    this.transaction = transaction
  }
}

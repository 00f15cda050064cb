import * as abi from '../../abi/ledger.ts'
import { parseAddress, parseDigest, type Address, type Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/** Reads the record of a publisher. An account without a record reads as an empty one. */
export async function readPublisher(
  ledger: Ledger,
  parameters: readPublisher.Parameters,
): Promise<readPublisher.ReturnType> {
  const { publisher, block } = parameters
  const overrides = block === undefined ? {} : { blockTag: block }
  const answer = await reading(() => methodOf(ledger, 'ledger', abi.publisherOf)(publisher, overrides))
  return {
    publisher,
    controller: parseAddress(answer.controller),
    epoch: Number(answer.epoch),
    pendingController: parseAddress(answer.pendingController),
    verifiedFrom: Number(answer.verifiedFrom),
    verifiedUntil: Number(answer.verifiedUntil),
    verifier: parseAddress(answer.verifier),
    profile: parseDigest(answer.profile),
  }
}

export declare namespace readPublisher {
  type Parameters = {
    publisher: Address
    /** The state after this block instead of the latest; an old one needs an archive node. */
    block?: number
  }
  type ReturnType = {
    publisher: Address
    controller: Address
    /** How often control was handed over. */
    epoch: number
    /** Zero unless a hand-over is pending. */
    pendingController: Address
    /** Unix seconds; zero when not verified. */
    verifiedFrom: number
    /** Unix seconds; zero when not verified. */
    verifiedUntil: number
    /** Zero when not verified. */
    verifier: Address
    /** SHA-256 of the profile document; zero when none was set. */
    profile: Digest
  }
}

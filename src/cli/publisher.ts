import type { Command } from 'commander'

import type { Address } from '../core/hex.ts'
import type { Ledger } from '../sdk/connect.ts'
import { senderOf } from '../sdk/transact.ts'
import { accountOf } from './names.ts'

/** Options of commands that act for a publisher. */
export type PublisherOptions = { publisher?: string }

/** Adds the option that names the publisher for which a command acts. */
export function withPublisher(command: Command): Command {
  return command.option('--publisher <address>', "which publisher (default: the signer's own account)")
}

/** The publisher for which a command acts: the one that the option names, or the signer itself. */
export async function publisherOf(ledger: Ledger, options: PublisherOptions): Promise<Address> {
  return options.publisher === undefined ? ((await senderOf(ledger)) as Address) : accountOf(options.publisher)
}

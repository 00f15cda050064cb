import type { Command } from 'commander'
import { Wallet } from 'ethers'

import { parseAddress } from '../../core/hex.ts'
import { print, UsageError, type Context } from '../../console/context.ts'
import { writeWhole } from '../../console/files.ts'
import { passwordOf, walletOf } from '../../console/key.ts'
import { withHelp } from '../../console/options.ts'

/** Shortest password of a new keystore, in characters. */
const MIN_PASSWORD = 8

/** `stemma keystore create`: writes a key to an encrypted file. */
export function keystoreCreate(command: Command, context: Context): void {
  withHelp(command.option('--import', 'take the key of STEMMA_PRIVATE_KEY instead of a new one'), {
    example: '$ stemma keystore create ~/.stemma-key.json',
    json: '{ address, path }',
  }).action(async (path: string, options: { import?: boolean; json?: boolean }) => {
    const key = context.env.STEMMA_PRIVATE_KEY
    if (options.import && !key) throw new UsageError('--import needs a key. Set STEMMA_PRIVATE_KEY.')
    const wallet = options.import ? walletOf(key!) : new Wallet(Wallet.createRandom().privateKey)
    const password = await newPassword(context)
    await writeWhole(context, path, `${await wallet.encrypt(password)}\n`, { fresh: true, mode: 0o600 })
    const address = parseAddress(wallet.address)
    print(context, options.json, { address, path }, () => `${address}\nUse it: export STEMMA_KEYSTORE=${path}`)
  })
}

/** A password that a person typed twice, or that of the environment. */
async function newPassword(context: Context): Promise<string> {
  const password = await passwordOf(context, 'New password: ')
  if (password.length < MIN_PASSWORD) {
    throw new UsageError(`The password is too short. Use ${MIN_PASSWORD} characters or more.`)
  }
  const typed = context.env.STEMMA_KEYSTORE_PASSWORD === undefined
  if (typed && (await context.terminal!.askSecret('Repeat the password: ')) !== password) {
    throw new UsageError('The two passwords differ. Try again.')
  }
  return password
}

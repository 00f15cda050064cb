import type { Command } from 'commander'
import { Wallet } from 'ethers'

import { parseAddress } from '../../core/hex.ts'
import { print, UsageError, type Context } from '../../console/context.ts'
import { writeWhole } from '../../console/files.ts'
import { InvalidKeystoreError, passwordOf, readKeystore, walletOf } from '../key.ts'
import { withHelp } from '../../console/options.ts'

/** Shortest password of a new keystore, in characters. */
const MIN_PASSWORD = 8

/** `stemma keystore`: keys in files, encrypted. */
export function addKeystore(program: Command, context: Context): void {
  const keystore = program.command('keystore').description('keep a key in an encrypted file')
  withHelp(
    keystore
      .command('create <file>')
      .description('make a new key, encrypted by a password (STEMMA_KEYSTORE_PASSWORD, or asked for at a terminal)')
      .option('--import', 'take the key of STEMMA_PRIVATE_KEY instead of a new one'),
    { example: '$ stemma keystore create ~/.stemma-key.json', json: '{ address, path }' },
  ).action(async (path: string, options: { import?: boolean; json?: boolean }) => {
    const key = context.env.STEMMA_PRIVATE_KEY
    if (options.import && !key) throw new UsageError('There is no key to import. Set STEMMA_PRIVATE_KEY.')
    const wallet = options.import ? walletOf(key!) : new Wallet(Wallet.createRandom().privateKey)
    const password = await newPassword(context)
    await writeWhole(context, path, `${await wallet.encrypt(password)}\n`, { fresh: true, mode: 0o600 })
    const address = parseAddress(wallet.address)
    print(context, options.json, { address, path }, () => `${address}\nUse it: export STEMMA_KEYSTORE=${path}`)
  })

  withHelp(keystore.command('show <file>').description('show the account of a keystore; asks for no password'), {
    example: '$ stemma keystore show ~/.stemma-key.json',
    json: '{ address, path }',
  }).action(async (path: string, options: { json?: boolean }) => {
    const { address: text } = JSON.parse(await readKeystore(context, path)) as { address?: unknown }
    if (typeof text !== 'string') throw new InvalidKeystoreError(path)
    const address = parseAddress(text.startsWith('0x') ? text : `0x${text}`)
    print(context, options.json, { address, path }, () => address)
  })
}

/** A password that a person has typed twice, or that of the environment. */
async function newPassword(context: Context): Promise<string> {
  const password = await passwordOf(context, 'New password: ')
  if (password.length < MIN_PASSWORD) {
    throw new UsageError(`The password is too short. Use ${MIN_PASSWORD} characters or more.`)
  }
  const typed = context.env.STEMMA_KEYSTORE_PASSWORD === undefined
  if (typed && (await context.terminal!.askSecret('The same again: ')) !== password) {
    throw new UsageError('The two passwords differ. Try again.')
  }
  return password
}

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

import { isKeystoreJson, Wallet } from 'ethers'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { UsageError, type Context } from './context.ts'
import { FileError, pathOf } from './files.ts'

/** Longest keystore file, in bytes. */
const MAX_KEYSTORE_BYTES = 64 * 1024

/** The key to sign with: from `STEMMA_PRIVATE_KEY`, else from the file `STEMMA_KEYSTORE`. @throws {@link MissingKeyError} */
export async function findKey(context: Context): Promise<Wallet> {
  const { STEMMA_PRIVATE_KEY: key, STEMMA_KEYSTORE: keystore } = context.env
  if (key) return walletOf(key)
  if (keystore) return openKeystore(context, keystore)
  throw new MissingKeyError()
}

/** The key in `STEMMA_PRIVATE_KEY`. No message may repeat any part of it. */
export function walletOf(key: string): Wallet {
  const digits = key.trim().replace(/^0x/, '')
  try {
    if (/^[0-9a-fA-F]{64}$/.test(digits)) return new Wallet(`0x${digits}`)
  } catch {
    // Zero, or beyond the order of the curve.
  }
  throw new UsageError('STEMMA_PRIVATE_KEY is not a private key. Expected 64 hex digits, with or without 0x.')
}

/** Decrypts a keystore. The password comes from `STEMMA_KEYSTORE_PASSWORD`, or from the person at the terminal. */
export async function openKeystore(context: Context, path: string): Promise<Wallet> {
  const text = await readKeystore(context, path)
  const password = await passwordOf(context, `Password of ${quoted(path)}: `)
  try {
    return new Wallet((await Wallet.fromEncryptedJson(text, password)).signingKey)
  } catch {
    throw new KeystorePasswordError(path)
  }
}

/** The text of a keystore file. Refuses one that others may read. */
export async function readKeystore(context: Context, path: string): Promise<string> {
  const file = await open(pathOf(context, path), constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw new FileError(path, 'read', cause)
  })
  try {
    const stats = await file.stat()
    if (!stats.isFile() || stats.size > MAX_KEYSTORE_BYTES) throw new InvalidKeystoreError(path)
    if (stats.mode & 0o077) throw new KeystoreNotPrivateError(path, stats.mode & 0o777)
    const text = await file.readFile('utf8')
    if (!isKeystoreJson(text)) throw new InvalidKeystoreError(path)
    return text
  } finally {
    await file.close()
  }
}

/** The password of a keystore, from the environment or from the person at the terminal. */
export async function passwordOf(context: Context, question: string): Promise<string> {
  const { STEMMA_KEYSTORE_PASSWORD: password } = context.env
  if (password !== undefined) return password
  if (!context.terminal) {
    throw new UsageError(
      'The keystore needs its password. Set STEMMA_KEYSTORE_PASSWORD, or run this at a terminal, which asks for it.',
    )
  }
  return context.terminal.askSecret(question)
}

/** Thrown when a command signs and no key is set. */
export class MissingKeyError extends StemmaError {
  override name = 'MissingKeyError'
  constructor(other = ', or use --from <address> with a node that manages accounts') {
    super(
      'MISSING_KEY',
      `No key to sign with is set. Set STEMMA_KEYSTORE (an encrypted keystore) or STEMMA_PRIVATE_KEY${other}.`,
    )
  }
}

/** Thrown when anybody but its owner may read or write a keystore. */
export class KeystoreNotPrivateError extends StemmaError {
  override name = 'KeystoreNotPrivateError'
  constructor(path: string, mode: number) {
    super(
      'KEYSTORE_NOT_PRIVATE',
      `Others may read or write the keystore ${quoted(path)} (mode ${mode.toString(8).padStart(4, '0')}). Restrict it to yourself: chmod 600.`,
    )
  }
}

/** Thrown when a file is not an encrypted keystore. */
export class InvalidKeystoreError extends StemmaError {
  override name = 'InvalidKeystoreError'
  constructor(path: string) {
    super(
      'INVALID_KEYSTORE',
      `The file ${quoted(path)} is not an encrypted JSON keystore. Make one: stemma keystore create <file>.`,
    )
  }
}

/** Thrown when a password does not open a keystore. */
export class KeystorePasswordError extends StemmaError {
  override name = 'KeystorePasswordError'
  constructor(path: string) {
    super(
      'KEYSTORE_PASSWORD',
      `The password does not open the keystore ${quoted(path)}. Check STEMMA_KEYSTORE_PASSWORD.`,
    )
  }
}

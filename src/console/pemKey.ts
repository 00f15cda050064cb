import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { createPrivateKey, type KeyObject } from 'node:crypto'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { UsageError, type Context } from './context.ts'
import { FileError, pathOf } from './files.ts'

/** Longest file of a private key, in bytes. */
const MAX_KEY_BYTES = 64 * 1024

/**
 * Reads a private key in PEM. The password of an encrypted one comes from `STEMMA_KEY_PASSWORD`, or from the person at the terminal.
 *
 * @throws {@link KeyNotPrivateError} when others may read or write the file
 * @throws {@link InvalidKeyError} {@link KeyPasswordError} `FileError` `UsageError`
 */
export async function readPemKey(context: Context, path: string): Promise<KeyObject> {
  const pem = await readPrivateFile(context, path)
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)
  if (!/-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/.test(pem)) throw new InvalidKeyError(path)
  const passphrase = isEncrypted ? await passwordOf(context, path) : undefined
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase !== undefined && { passphrase }) })
  } catch {
    // The error of the library may quote the input.
    throw isEncrypted ? new KeyPasswordError(path) : new InvalidKeyError(path)
  }
}

async function readPrivateFile(context: Context, path: string): Promise<string> {
  const file = await open(pathOf(context, path), constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw new FileError(path, 'read', cause)
  })
  try {
    const stats = await file.stat()
    if (!stats.isFile() || stats.size > MAX_KEY_BYTES) throw new InvalidKeyError(path)
    if (stats.mode & 0o077) throw new KeyNotPrivateError(path, stats.mode & 0o777)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

async function passwordOf(context: Context, path: string): Promise<string> {
  const { STEMMA_KEY_PASSWORD: password } = context.env
  if (password !== undefined) return password
  if (!context.terminal) {
    throw new UsageError(
      'The key is encrypted and needs its password. Set STEMMA_KEY_PASSWORD, or run this at a terminal, which asks for it.',
    )
  }
  return context.terminal.askSecret(`Password of ${quoted(path)}: `)
}

/** Thrown when anybody but its owner may read or write the file of a private key. */
export class KeyNotPrivateError extends StemmaError {
  override name = 'KeyNotPrivateError'
  constructor(path: string, mode: number) {
    super(
      'KEY_NOT_PRIVATE',
      `Others may read or write the private key ${quoted(path)} (mode ${mode.toString(8).padStart(4, '0')}). Restrict it to yourself: chmod 600.`,
    )
  }
}

/** Thrown when a file is not a private key in PEM. */
export class InvalidKeyError extends StemmaError {
  override name = 'InvalidKeyError'
  constructor(path: string) {
    super(
      'INVALID_KEY',
      `The file ${quoted(path)} is not a private key in PEM. Make one: openssl genpkey -algorithm ed25519 -out <file>.`,
    )
  }
}

/** Thrown when a password does not open a private key. */
export class KeyPasswordError extends StemmaError {
  override name = 'KeyPasswordError'
  constructor(path: string) {
    super('KEY_PASSWORD', `The password does not open the private key ${quoted(path)}. Check STEMMA_KEY_PASSWORD.`)
  }
}

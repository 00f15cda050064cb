import * as abi from '../../abi/ledger.ts'
import type { ModelId } from '../../core/hex.ts'
import { modelIdOf } from '../../core/registration.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { encodeRegistration } from './registerModel.ts'
import type { SignedRegistration } from '../../documents/registration.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Sends a registration that its publisher has signed. The sender only pays the gas. */
export async function registerSigned(
  ledger: Ledger,
  parameters: registerSigned.Parameters,
): Promise<Sent & { model: ModelId }> {
  const { registration, signer, epoch, deadline, signature, ...options } = parameters
  const sent = await transact(
    ledger,
    options,
    methodOf(ledger, 'ledger', abi.registerBySignature),
    encodeRegistration(registration),
    signer,
    epoch,
    deadline,
    signature,
  )
  return { model: modelIdOf(registration), ...withoutLogs(sent) }
}

export declare namespace registerSigned {
  type Parameters = WriteOptions & SignedRegistration
}

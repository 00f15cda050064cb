import type { Provider, Signer } from 'ethers'
import {
  checkEasAttestation,
  easAttestCall,
  easOffchainTypedData,
  easReadCall,
  parseEasAttestation,
  type EasAttestation,
  type EasExpectation,
  type EasModel,
  type EasRequest,
} from 'stemma/interop'
import { isBytes32, type Address, type Hex } from 'stemma/core'
import type { readModel } from 'stemma/sdk'

/** What an attestation states of a model, from its registration. */
export function statedOf(
  { model, registration }: Pick<readModel.ReturnType, 'model' | 'registration'>,
  ledger: Address,
  chainId: bigint,
  codeOf: (relation: EasRegistration['parents'][number]['relation']) => number,
): EasModel {
  const { weights, datasets, parents } = registration
  return {
    model,
    weights,
    datasets,
    parents: parents.map((parent) => parent.model),
    relations: parents.map(({ relation }) => codeOf(relation)),
    ledger,
    chainId,
  }
}

type EasRegistration = readModel.ReturnType['registration']

/** Attests a model on chain, and returns the attestation's id, which the service gives it. */
export async function attestModel(signer: Signer, eas: Address, request: EasRequest): Promise<Hex> {
  const data = easAttestCall(request)
  const sent = await signer.sendTransaction({ to: eas, data })
  const receipt = await sent.wait()
  const attested = receipt?.logs.find(({ address, topics }) => address.toLowerCase() === eas && topics.length === 4)
  if (attested === undefined || !isBytes32(attested.data))
    throw new Error(`EAS at ${eas} attested nothing in ${sent.hash}.`)
  return attested.data as Hex
}

/** Reads an attestation from the service. One that is not there has an id of zero. */
export async function readAttestation(provider: Provider, eas: Address, uid: Hex): Promise<EasAttestation> {
  return parseEasAttestation((await provider.call({ to: eas, data: easReadCall(uid) })) as Hex)
}

/** Reads an attestation, and returns what it states if it is the one that was asked for, and counts. */
export async function verifyAttestation(
  provider: Provider,
  eas: Address,
  uid: Hex,
  expected: EasExpectation,
): Promise<EasModel> {
  return checkEasAttestation(await readAttestation(provider, eas, uid), { ...expected, uid })
}

/** Signs an attestation off chain, which costs nothing. It can be checked without the service, and no other can refer to it. */
export async function signOffchain(
  signer: Signer,
  eas: { address: Address; version: string; chainId: bigint },
  request: EasRequest & { time: bigint; salt: Hex },
): Promise<Hex> {
  const { domain, types, message } = easOffchainTypedData(eas, request)
  return (await signer.signTypedData(domain, types, message)) as Hex
}

// Attests a model of a ledger with the Ethereum Attestation Service, on the chain of the ledger, and reads it back. The schema has to be
// registered there. Usage: npx node -C source examples/eas/attest.ts <address of EAS> <model id> [account]
import { parseAddress, parseModelId, RELATIONS } from 'stemma/core'
import { findDeployment } from 'stemma/deployments'
import { connect, nodeProvider, readModel } from 'stemma/sdk'

import { attestModel, statedOf, verifyAttestation } from './eas.ts'

const [service, id, account = 9] = process.argv.slice(2)
if (service === undefined || id === undefined) throw new Error('Name the address of EAS and the id of a model.')
const eas = parseAddress(service)
const deployment = await findDeployment()
const signer = await nodeProvider(deployment.rpcUrl!, deployment).getSigner(account)
const ledger = await connect(signer, deployment)

const found = await readModel(ledger, { model: parseModelId(id) })
const chainId = BigInt(deployment.chainId)
const stated = statedOf(found, deployment.contracts.ledger, chainId, (relation) => RELATIONS[relation])
const uid = await attestModel(signer, eas, { stated })
console.log(`attested ${uid}`)

const now = BigInt(Math.floor(Date.now() / 1000))
const expected = {
  ledger: deployment.contracts.ledger,
  chainId,
  model: found.model,
  attester: parseAddress(signer.address),
  now,
}
console.log(await verifyAttestation(signer.provider, eas, uid, expected))

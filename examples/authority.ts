// What an accredited account does: confirm who a publisher is, and recall a model that its publisher does not recall.
// Usage: npx node examples/authority.ts <publisher> <model>
import { JsonRpcProvider } from 'ethers'
import { findDeployment } from 'stemma/deployments'
import { connect, parseAddress, parseModelId, readModel, readPublisher } from 'stemma/sdk'

const [publisher, model] = [parseAddress(process.argv[2] ?? ''), parseModelId(process.argv[3] ?? '')]
const deployment = await findDeployment()
const provider = new JsonRpcProvider(deployment.rpcUrl)
// On a local ledger the node's first account has both roles: verifier and authority.
const ledger = await connect(await provider.getSigner(0), deployment)

const { profile } = await readPublisher(ledger, { publisher })
const { timestamp } = (await provider.getBlock('latest'))!
const verification = await ledger.contracts.ledger.verifyPublisher(publisher, profile, timestamp + 365 * 24 * 3600)
await verification.wait()
console.log(
  `verified until ${new Date((await readPublisher(ledger, { publisher })).verifiedUntil * 1000).toISOString()}`,
)

const recall = await ledger.contracts.ledger.recallByAuthority(model, 'the training data was not theirs to use')
await recall.wait()
console.log(`the model is ${(await readModel(ledger, { model })).status}`)

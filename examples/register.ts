// Registers the model in a folder and asks what may be done with it. Usage: npx node -C source examples/register.ts <folder> [account]
import { draftFolder, loadLicenses } from 'stemma/artifacts'
import { findDeployment } from 'stemma/deployments'
import { licenseOfDraft, termsIdOfLicense } from 'stemma/documents'
import { connect, nodeProvider, parseAddress, prepareRegistration, registerModel, verifyModel } from 'stemma/sdk'

const [folder = 'examples/guide/initech__tiny-coder', account = 9] = process.argv.slice(2)
const deployment = await findDeployment()
// On a chain of others, a wallet signs instead: new Wallet(key, provider), or a BrowserProvider's signer.
const signer = await nodeProvider(deployment.rpcUrl!, deployment).getSigner(account)
const ledger = await connect(signer, deployment)

const { draft } = await draftFolder(folder)
const terms = termsIdOfLicense(licenseOfDraft(await loadLicenses(), draft))
const registration = await prepareRegistration(ledger, { draft, publisher: parseAddress(signer.address), terms })
const { model } = await registerModel(ledger, { registration })
console.log(`registered ${model}`)

// The word of the publisher itself counts, who is known here.
const trusted = [registration.publisher]
for (const use of ['research', 'commercial', 'redistribute'] as const) {
  const { verdict, obligations } = await verifyModel(ledger, { model, use, trusted })
  const duties = new Set(obligations.map(({ obligation }) => obligation))
  console.log(`${use}: ${[verdict, ...duties].join(', ')}`)
}

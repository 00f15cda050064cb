import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { id } from 'ethers'

/** Roles of the AccessManager. Everything else that contracts restrict stays with the manager's administrator. */
const ROLES = { verifier: 1n, authority: 2n }

/**
 * Deploys the whole ledger. Parameters: `admin`, the administrator of the AccessManager; `verifier`, who verifies
 * publishers' profiles; `authority`, who may recall a model that its publisher does not. All three are the deployer's
 * account unless given.
 */
export default buildModule('Stemma', (m) => {
  const admin = m.getParameter('admin', m.getAccount(0))
  const verifier = m.getParameter('verifier', m.getAccount(0))
  const authority = m.getParameter('authority', m.getAccount(0))

  const manager = m.contract('AccessManager', [m.getAccount(0)])
  const ledger = m.contract('Ledger', [manager])
  const credential = m.contract('LicenseCredential', [ledger, ledger])
  const lens = m.contract('ComplianceLens', [ledger, ledger, credential])

  // Labels first, then who may do what, and the handing over of the administration last: an interrupted run can be resumed.
  const steps = [
    m.call(manager, 'labelRole', [ROLES.verifier, 'verifier'], { id: 'label_verifier' }),
    m.call(manager, 'labelRole', [ROLES.authority, 'authority'], { id: 'label_authority' }),
    m.call(
      manager,
      'setTargetFunctionRole',
      [ledger, [selector('verifyPublisher(address,bytes32,uint40)')], ROLES.verifier],
      { id: 'function_verifier' },
    ),
    m.call(
      manager,
      'setTargetFunctionRole',
      [ledger, [selector('recallByAuthority(bytes32,string)')], ROLES.authority],
      { id: 'function_authority' },
    ),
    m.call(manager, 'grantRole', [ROLES.verifier, verifier, 0], { id: 'grant_verifier' }),
    m.call(manager, 'grantRole', [ROLES.authority, authority, 0], { id: 'grant_authority' }),
  ]
  m.call(manager, 'grantRole', [0n, admin, 0], { id: 'grant_admin', after: steps })

  return { manager, ledger, credential, lens }
})

function selector(signature: string): string {
  return id(signature).slice(0, 10)
}

import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { id } from 'ethers'

import type { Deployment } from '../../src/core/deployment.ts'
import {
  ADMIN_DELAY,
  EXECUTION_DELAYS,
  GUARDIAN_OF_ROLES,
  RESTRICTED_FUNCTIONS,
  ROLE_DELAYS,
  ROLES,
  TARGET_DELAY,
  type Role,
} from '../../src/core/roles.ts'

/**
 * Deploys the whole ledger. Its parameters:
 *
 * - `admin`: the administrator of the AccessManager
 * - one account for each role of `src/core/roles.ts`
 * - `adminDelay`: how long the administrator schedules ahead, and how long a later administrator waits for the role, in seconds
 * - `<role>Delay`, such as `authorityDelay`: how long the account of the role schedules its calls ahead, in seconds
 * - `treasury`: receives the deposits of rejected claims about products
 * - `claimDeposit` in wei, and `contestPeriod` in seconds
 * - `reviewMargin`: by how many seconds the clock of the chain may be ahead
 * - `reviewBlocks`: how many blocks a review takes at least; about a day of them where blocks come by themselves
 *
 * An account that is not given is the deployer. The deployer administers until `scripts/deploy.ts` takes the administration away
 * from it, which it does once another `admin` has acted. A delay that is not given is that of a ledger that others rely on.
 */
export default buildModule('Stemma', (m) => {
  const deployer = m.getAccount(0)
  const admin = m.getParameter('admin', deployer)

  const manager = m.contract('AccessManager', [deployer])
  const recalls = m.contract('Recalls', [manager])
  const ledger = m.contract('Ledger', [manager, recalls])
  const credential = m.contract('LicenseCredential', [manager, ledger, ledger])
  const claims = m.contract('LineageClaims', [
    manager,
    ledger,
    ledger,
    m.getParameter('claimDeposit', 10n ** 16n),
    m.getParameter('contestPeriod', 7n * 86_400n),
    m.getParameter('treasury', deployer),
  ])
  const lens = m.contract('ComplianceLens', [ledger, ledger, credential, claims, recalls])
  const audit = m.contract('UsageAudit', [manager, ledger, ledger, credential])
  const gate = m.contract('ReviewGate', [
    manager,
    ledger,
    ledger,
    claims,
    m.getParameter('reviewMargin', 3600n),
    m.getParameter('reviewBlocks', 32n),
  ])
  const loading = m.contract('LoadCheck', [ledger, gate, lens, recalls])

  const targets = {
    ledger,
    recalls,
    licenseCredential: credential,
    lineageClaims: claims,
    usageAudit: audit,
    reviewGate: gate,
  }
  const names = Object.keys(targets) as (keyof typeof targets)[]

  // Labels first, then permissions, and the handover of the administration last, so that an interrupted run can be resumed.
  const steps = (Object.keys(ROLES) as Role[]).flatMap((role) => [
    m.call(manager, 'labelRole', [ROLES[role], role], { id: `label_${role}` }),
    ...names.flatMap((name) => {
      const selectors = selectorsOf(name, role)
      if (selectors.length === 0) return []
      const id = `function_${role}_${name}`
      return [m.call(manager, 'setTargetFunctionRole', [targets[name], selectors, ROLES[role]], { id })]
    }),
    m.call(
      manager,
      'grantRole',
      [ROLES[role], m.getParameter(role, deployer), m.getParameter(`${role}Delay`, EXECUTION_DELAYS[role])],
      { id: `grant_${role}` },
    ),
    // A guardian cancels what others scheduled; what it schedules itself, which it never has to, the administrator does.
    ...(role === GUARDIAN_OF_ROLES
      ? []
      : [m.call(manager, 'setRoleGuardian', [ROLES[role], ROLES[GUARDIAN_OF_ROLES]], { id: `guardian_of_${role}` })]),
  ])
  // Later members of a role have to wait, so that a stolen administration is noticed before it does harm.
  const delays = (Object.keys(ROLES) as Role[]).map((role) =>
    m.call(manager, 'setGrantDelay', [ROLES[role], ROLE_DELAYS[role]], { id: `delay_${role}`, after: steps }),
  )
  // Changes of what a role may call wait too, or they would bypass the delays above.
  const targetDelays = names.map((name) =>
    m.call(manager, 'setTargetAdminDelay', [targets[name], TARGET_DELAY], { id: `delay_${name}`, after: steps }),
  )
  const adminDelay = m.getParameter('adminDelay', ADMIN_DELAY)
  const delayOfAdmin = m.call(manager, 'setGrantDelay', [0n, adminDelay], { id: 'delay_admin', after: steps })
  m.call(manager, 'grantRole', [0n, admin, adminDelay], {
    id: 'grant_admin',
    after: [...delays, ...targetDelays, delayOfAdmin],
  })

  return { manager, recalls, ledger, credential, claims, lens, audit, gate, loading }
})

/** The selectors of a contract's functions that require a role. */
function selectorsOf(name: keyof Deployment['contracts'], role: Role): string[] {
  const taken = RESTRICTED_FUNCTIONS.filter((each) => each.contract === name && each.role === role)
  return taken.map(({ signature }) => id(signature).slice(0, 10))
}

import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { id } from 'ethers'

import { ROLE_DELAYS, ROLES, type Role } from '../../src/core/roles.ts'

const PAUSE = ['pauseWrites()', 'resumeWrites()']
const REGISTRATION = '(address,bytes32,bytes32,bytes32,bytes32,(bytes32,uint8)[],string)'

/**
 * Deploys the whole ledger. Parameters: `admin`, the administrator of the AccessManager, and one account for each role of
 * `src/core/roles.ts`; `treasury`, who gets the deposits of rejected claims about products; `claimDeposit` in wei and
 * `contestPeriod` in seconds; `reviewMargin`, by how many seconds the chain's clock may be ahead, and `reviewBlocks`, how many
 * blocks a review takes at least: about a day of them, where blocks come by themselves. All accounts are the deployer's unless given. The deployer administers until the end of
 * `scripts/deploy.ts`, which takes that away from it when `admin` is another.
 */
export default buildModule('Stemma', (m) => {
  const deployer = m.getAccount(0)
  const admin = m.getParameter('admin', deployer)

  const manager = m.contract('AccessManager', [deployer])
  const ledger = m.contract('Ledger', [manager])
  const credential = m.contract('LicenseCredential', [manager, ledger, ledger])
  const claims = m.contract('LineageClaims', [
    manager,
    ledger,
    ledger,
    m.getParameter('claimDeposit', 10n ** 16n),
    m.getParameter('contestPeriod', 7n * 86_400n),
    m.getParameter('treasury', deployer),
  ])
  const lens = m.contract('ComplianceLens', [ledger, ledger, credential, claims])
  const audit = m.contract('UsageAudit', [manager, ledger, ledger, credential])
  const gate = m.contract('ReviewGate', [
    manager,
    ledger,
    lens,
    claims,
    m.getParameter('reviewMargin', 3600n),
    m.getParameter('reviewBlocks', 32n),
  ])

  /** Which functions of which contract take which role. What stands nowhere here is open, or the administrator's. */
  type Restricted = readonly [
    target: typeof ledger | typeof credential | typeof claims | typeof audit | typeof gate,
    signatures: readonly string[],
  ]
  const functions: Readonly<Partial<Record<Role, readonly Restricted[]>>> = {
    verifier: [[ledger, ['verifyPublisher(address,bytes32,uint40)']]],
    authority: [
      [ledger, ['recallByAuthority(bytes32,string)']],
      [
        gate,
        [
          'recallSubject(bytes32,string)',
          'setReviewPeriod(uint40)',
          'setQuorum(uint8)',
          'setOrganization(address,bytes32)',
        ],
      ],
    ],
    certifier: [[gate, [`certify(${REGISTRATION},uint32,uint40)`, 'certifyArtefact(bytes32,uint40)']]],
    adjudicator: [[claims, ['accept(bytes32)', 'rule(bytes32,bool,string)']]],
    guardian: [
      [ledger, PAUSE],
      [credential, PAUSE],
      [claims, PAUSE],
      [audit, PAUSE],
      [gate, PAUSE],
    ],
  }

  // Labels first, then who may do what, and the handing over of the administration last: an interrupted run can be resumed.
  const steps = (Object.keys(ROLES) as Role[]).flatMap((role) => [
    m.call(manager, 'labelRole', [ROLES[role], role], { id: `label_${role}` }),
    ...(functions[role] ?? []).map(([target, signatures], index) =>
      m.call(manager, 'setTargetFunctionRole', [target, signatures.map(selector), ROLES[role]], {
        id: `function_${role}_${index}`,
      }),
    ),
    m.call(manager, 'grantRole', [ROLES[role], m.getParameter(role, deployer), 0], { id: `grant_${role}` }),
  ])
  // Who is given a role later waits, so that a stolen administration can be seen before it bites.
  const delays = (Object.keys(ROLES) as Role[]).map((role) =>
    m.call(manager, 'setGrantDelay', [ROLES[role], ROLE_DELAYS[role]], { id: `delay_${role}`, after: steps }),
  )
  m.call(manager, 'grantRole', [0n, admin, 0], { id: 'grant_admin', after: delays })

  return { manager, ledger, credential, claims, lens, audit, gate }
})

function selector(signature: string): string {
  return id(signature).slice(0, 10)
}

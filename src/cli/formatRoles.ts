import { NOBODY_MAY, ROLES } from '../core/roles.ts'
import type { readRoles } from '../sdk/governance/readRoles.ts'
import { wrap } from '../console/wrap.ts'
import { formatDuration, formatTime } from './format.ts'

type Found = readRoles.ReturnType

/** The role that everybody has, as the AccessManager numbers it. */
const EVERYBODY = 2n ** 64n - 1n

/** What the code calls a role; null when it knows none of that number. */
export function nameOfRole(id: bigint): string | null {
  if (id === 0n) return 'administrator'
  if (id === EVERYBODY) return 'everybody'
  return Object.entries(ROLES).find(([, number]) => number === id)?.[0] ?? null
}

/** Who may do what on a ledger, and what nobody may do, for people. */
export function formatRoles({ block, time, roles, contracts, scheduled }: Found): string {
  const lines = roles.map((role) => formatRole(role, roles))
  return [
    `roles at block ${block}, ${formatTime(time)}`,
    ...lines,
    ['contracts', ...contracts.map(formatContract)].join('\n'),
    ...(scheduled.length === 0 ? [] : [['scheduled', ...scheduled.map(formatScheduled)].join('\n')]),
    ['nobody may', ...NOBODY_MAY.map(({ what, because }) => wrap(`${what}: ${because}`, '  ', '    '))].join('\n'),
  ].join('\n\n')
}

function formatRole(role: Found['roles'][number], roles: Found['roles']): string {
  const { id, admin, guardian, grantDelay, nextGrantDelay, members, functions } = role
  const takes = functions.map(({ contract, address, signature, selector }) => {
    const name = signature === null ? selector : signature.slice(0, signature.indexOf('('))
    return `${contract ?? address}.${name}`
  })
  return [
    titleOf(id, roles),
    `  given by the ${titleOf(admin, roles)}, and then had after ${formatDelay(grantDelay, nextGrantDelay)}`,
    ...(guardian === 0n ? [] : [`  what its members schedule can be cancelled by the ${titleOf(guardian, roles)}`]),
    ...(id === 0n ? ['  gives and takes roles; changes which function takes which role'] : []),
    ...(id === ROLES.scanner ? ['  attests reports on weights under review'] : []),
    ...(takes.length === 0 ? [] : [wrap(`calls ${takes.join(', ')}`, '  ', '    ')]),
    ...(members.length === 0 ? ['  nobody has it'] : members.map(formatMember)),
  ].join('\n')
}

/** A role by its name, or by its number and by what the chain calls it. */
function titleOf(id: bigint, roles: Found['roles']): string {
  const name = nameOfRole(id)
  if (name !== null) return name
  const label = roles.find((role) => role.id === id)?.label
  return label ? `role ${id}, which the chain calls "${label}"` : `role ${id}`
}

function formatMember({
  account,
  since,
  pending,
  executionDelay,
  nextDelay,
}: Found['roles'][number]['members'][number]) {
  const delay =
    executionDelay === 0 && nextDelay === null
      ? ''
      : `, has to schedule ${formatDelay(executionDelay, nextDelay)} before`
  return `  ${account} ${pending ? 'NOT BEFORE' : 'since'} ${formatTime(since)}${delay}`
}

function formatDelay(delay: number, next: { delay: number; since: number } | null): string {
  const now = formatDuration(delay)
  return next === null ? now : `${now} (from ${formatTime(next.since)}: ${formatDuration(next.delay)})`
}

function formatContract({ contract, address, closed, adminDelay, nextAdminDelay }: Found['contracts'][number]): string {
  const state = closed ? 'CLOSED to all roles, ' : ''
  return `  ${contract.padEnd(17)} ${address} ${state}changes wait ${formatDelay(adminDelay, nextAdminDelay)}`
}

function formatScheduled({ caller, contract, target, call, readyAt }: Found['scheduled'][number]): string {
  return `  ${call} on ${contract ?? target} by ${caller}, not before ${formatTime(readyAt)}`
}

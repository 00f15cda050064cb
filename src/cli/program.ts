import { existsSync, readFileSync } from 'node:fs'

import { Command } from 'commander'

import { addAccept } from './commands/licensing/accept.ts'
import { addAncestry } from './commands/registry/ancestry.ts'
import { addAttestParent } from './commands/claims/attestParent.ts'
import { addAudit } from './commands/audit/usage.ts'
import { addBatch } from './commands/registry/batch.ts'
import { addChildren } from './commands/registry/children.ts'
import { addClaim } from './commands/claims/claim.ts'
import { addCountersign } from './commands/claims/countersign.ts'
import { addCredential } from './commands/licensing/credential.ts'
import { addDeployments } from './commands/deployment.ts'
import { addDigest } from './commands/registry/digest.ts'
import { addDraft } from './commands/registry/draft.ts'
import { addGrant } from './commands/licensing/grant.ts'
import { addKeystore } from './commands/keystore.ts'
import { addObtain } from './commands/licensing/obtain.ts'
import { addOffer } from './commands/licensing/offer.ts'
import { addPath } from './commands/registry/path.ts'
import { addPublisher } from './commands/registry/publisher.ts'
import { addRecall } from './commands/registry/recall.ts'
import { addRegister } from './commands/registry/register.ts'
import { addReinstate } from './commands/licensing/reinstate.ts'
import { addRelay } from './commands/registry/relay.ts'
import { addRenew } from './commands/licensing/renew.ts'
import { addRetire } from './commands/registry/retire.ts'
import { addReview } from './commands/gate/review.ts'
import { addRevoke } from './commands/licensing/revoke.ts'
import { addRoles } from './commands/governance/roles.ts'
import { addShow } from './commands/registry/show.ts'
import { addSupersede } from './commands/registry/supersede.ts'
import { addSuspend } from './commands/licensing/suspend.ts'
import { addTerms } from './commands/licensing/terms.ts'
import { addTier } from './commands/licensing/tier.ts'
import { addVerify } from './commands/compliance/verify.ts'
import { addWatch } from './commands/watch.ts'
import type { Context } from '../console/context.ts'

type Add = (program: Command, context: Context, exit: (code: number) => void) => void

/** The commands, in the order in which they are shown. */
const GROUPS: readonly (readonly [heading: string, adds: readonly Add[]])[] = [
  ['Questions:', [addVerify, addShow, addAncestry, addPath, addChildren, addWatch]],
  ['Models:', [addDigest, addDraft, addRegister, addRelay, addBatch, addSupersede, addRetire, addRecall]],
  ['Lineage that came out later:', [addClaim, addAttestParent, addCountersign]],
  ['Licenses:', [addTerms, addTier]],
  [
    'Credentials:',
    [addCredential, addGrant, addOffer, addAccept, addObtain, addRenew, addSuspend, addReinstate, addRevoke],
  ],
  ['Reviews:', [addReview]],
  ['Usage:', [addAudit]],
  ['Publishers, ledgers and keys:', [addPublisher, addRoles, addDeployments, addKeystore]],
]

const EXAMPLE = `
Example:
  $ stemma verify ./acme__tiny-chat --use commercial

Exit codes: 0 permitted or done, 1 not permitted, 2 wrong usage or input,
3 could not be decided (no node, no data). More: docs/cli.md`

/** The program with all its commands. `exit` is told the code of an answer that is no error. */
export function createProgram(context: Context, exit: (code: number) => void): Command {
  const program = new Command('stemma')
    .description('A lineage ledger for AI models: who made which model from which, and may it be used so?')
    .version(versionOf(), '--version', 'print the version')
    .addHelpText('after', EXAMPLE)
    // Commander hands these settings on to the commands that are made after it: errors of every command come to runCli.
    .exitOverride()
    .configureHelp({ subcommandTerm: termOf })
    .configureOutput({
      writeOut: context.stdout,
      writeErr: context.stderr,
      outputError: () => {},
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    })
  for (const [heading, adds] of GROUPS) {
    program.commandsGroup(heading)
    for (const add of adds) add(program, context, exit)
  }
  return program
}

/** A command in a list of commands: its name and arguments. */
function termOf(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '')
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...names].join(' ')
}

/** The version of the package: beside `src/` in a checkout, beside the compiled code else. */
function versionOf(): string {
  const files = ['../../package.json', '../../../package.json'].map((path) => new URL(path, import.meta.url))
  const file = files.find((url) => existsSync(url))
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : 'unknown'
}

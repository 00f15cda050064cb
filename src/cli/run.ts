import { Command, CommanderError } from 'commander'

import { StemmaError } from '../core/errors.ts'
import { addAncestry } from './commands/ancestry.ts'
import { addCredential } from './commands/credential.ts'
import { addDigest } from './commands/digest.ts'
import { addDraft } from './commands/draft.ts'
import { addPath } from './commands/path.ts'
import { addRegister } from './commands/register.ts'
import { addShow } from './commands/show.ts'
import { addTerms } from './commands/terms.ts'
import { addTier } from './commands/tier.ts'
import { addVerify } from './commands/verify.ts'
import { addWatch } from './commands/watch.ts'
import { EXIT, toJson, type Context } from './context.ts'

/** Errors that say that nothing could be decided, as opposed to wrong input. */
const UNDECIDED = /^(NODE_|WRONG_CHAIN|STALE_DEPLOYMENT|LINEAGE_MISMATCH|MODEL_NOT_REGISTERED|WEIGHTS_NOT_REGISTERED)/

/** Runs the program on arguments (without node and the script) and returns the exit code. Never throws. */
export async function runCli(args: readonly string[], context: Context): Promise<number> {
  let code: number = EXIT.ok
  const program = new Command('stemma')
    .description('A lineage ledger for AI models: who made which model from which, and may it be used so?')
    .exitOverride()
    .configureOutput({ writeOut: context.stdout, writeErr: context.stderr })
  const exit = (value: number): void => {
    code = value
  }
  for (const add of [addDigest, addDraft, addRegister, addTerms, addTier, addCredential, addShow, addAncestry]) {
    add(program, context)
  }
  addPath(program, context, exit)
  addVerify(program, context, exit)
  addWatch(program, context)
  // Commander copies settings to commands when they are made, so that errors of every command come here.
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    return report(error, args.includes('--json'), context)
  }
}

function report(error: unknown, asJson: boolean, context: Context): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.input
  const known = error instanceof StemmaError
  const { message } = error as Error
  const code = known ? error.code : 'UNEXPECTED'
  if (asJson) context.stdout(`${toJson({ error: { code, message, ...(known && { docs: error.docsPath }) } })}\n`)
  context.stderr(`${code}: ${message}\n`)
  return known && !UNDECIDED.test(code) ? EXIT.input : EXIT.undecided
}

import { Option, type Command } from 'commander'

import type { draftFolder } from '../artifacts/draftFolder.ts'
import { MAX_TEXT_BYTES } from '../artifacts/modelText.ts'
import { parseRelation, RELATION_NAMES } from '../core/vocabulary.ts'
import { statedParents } from '../interop/draftParents.ts'
import type { Context } from '../console/context.ts'
import { readTextFile } from '../console/files.ts'
import { repeatable } from '../console/options.ts'

/** Values of the options that state what a registrant answers for, in place of the card and files of a folder. */
export type StatementOptions = {
  card?: string | undefined
  license?: string | undefined
  baseModel?: readonly string[] | undefined
  relation?: string | undefined
}

/** Adds the options that state something in place of the card and files of a folder. */
export function withStatements(command: Command): Command {
  return command
    .option('--card <file>', 'read this card instead of README.md, which stays part of the model')
    .option('--license <id|expression>', 'the license, in place of what the card states')
    .addOption(
      repeatable(
        '--base-model <name>',
        'a parent, in place of all that card and files name: owner/name, a link, a model id, hf:… or tensors:…, or `none`; may be repeated',
      ),
    )
    .addOption(new Option('--relation <relation>', 'how the model was made from its parents').choices(RELATION_NAMES))
}

/**
 * What the options state.
 *
 * @throws `FileError` `UsageError` when the card cannot be read
 * @throws `UnreadParentError` when a base model is not a name; `UnknownWordError` when the relation is not one
 */
export async function statementsOf(
  context: Pick<Context, 'cwd'>,
  { card, license, baseModel = [], relation }: StatementOptions,
): Promise<Pick<draftFolder.Options, 'card' | 'stated'>> {
  return {
    card: card === undefined ? undefined : await readTextFile(context, card, MAX_TEXT_BYTES),
    stated: {
      license,
      baseModels: baseModel.length === 0 ? undefined : statedParents(baseModel),
      relation: relation === undefined ? undefined : parseRelation(relation),
    },
  }
}

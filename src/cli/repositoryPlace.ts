import { existsSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

import type { Context } from '../console/context.ts'
import { pathOf } from '../console/files.ts'
import type { Place } from '../interop/answers.ts'
import type { EndpointTarget, Target } from './target.ts'

/**
 * Where in the repository around the working folder the answer about a target belongs: at the card of a folder, else at the path. What is not
 * on this disk is placed at its own name, which no file has.
 */
export function repositoryPlace(context: Context, target: Target | EndpointTarget | undefined, text: string): Place {
  if (target?.kind !== 'weights' || target.model.place !== 'path') return { file: text }
  const path = pathOf(context, target.path)
  const card = join(path, 'README.md')
  const file = statSync(path).isDirectory() && existsSync(card) ? card : path
  return { file: repositoryPath(context, file), line: 1 }
}

/** A path as the repository around the working folder has it. */
export function repositoryPath({ cwd }: Pick<Context, 'cwd'>, path: string): string {
  return relative(rootOf(cwd), path).split(sep).join('/')
}

/** The nearest folder above that git knows; the folder itself where there is none. */
function rootOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at
    if (dirname(at) === at) return folder
  }
}

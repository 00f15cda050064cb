import { resolve } from 'node:path'

import { hubIdOf } from './hubCache.ts'
import { modelNameOf } from './listFiles.ts'

/** The name of the model in a folder that is called `name` or `owner__name`, or is a snapshot in the Hub's cache. */
export function nameOfFolder(folder: string): string {
  return hubIdOf(resolve(folder)) ?? modelNameOf(folder).replace('__', '/')
}

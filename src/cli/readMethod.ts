import type { Context } from '../console/context.ts'
import { readJsonFile } from '../console/files.ts'
import { parseTrainingDescription, type TrainingDescription } from '../documents/trainingDescription.ts'

/** The training description in a file that an option names. @throws `TrainingDescriptionError` `FileError` `InvalidJsonError` */
export async function readMethod(context: Context, path: string): Promise<TrainingDescription> {
  return parseTrainingDescription(await readJsonFile(context, path))
}

import type { ModelFile } from '../artifacts/modelFile.ts'
import type { ModelView } from './ports.ts'

/** The files of a model that is scanned, for the readers of cards, licenses and configurations. */
export function modelFilesOf(model: ModelView): ModelFile[] {
  return model.files.map(({ name, size, digest }) => ({
    name,
    size,
    digest,
    atHand: true,
    open: (use) => use({ path: name, size, read: async (offset, length) => model.file(name)!.read(offset, length) }),
  }))
}

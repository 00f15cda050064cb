import type { FormatReader } from '../ports.ts'
import { compressed } from './containers/compressed.ts'
import { extension } from './containers/extension.ts'
import { gzip } from './containers/gzip.ts'
import { tar } from './containers/tar.ts'
import { unopened } from './containers/unopened.ts'
import { zip } from './containers/zip.ts'
import * as formats from './formats/formats.ts'
import { pickle } from './pickle/index.ts'

/** The readers of all formats. Each of them is tried on all content, since loaders differ in what they try. */
export const FORMAT_READERS: readonly FormatReader[] = [
  zip,
  tar,
  gzip,
  compressed,
  unopened,
  extension,
  pickle,
  ...formats.FORMAT_READERS,
]

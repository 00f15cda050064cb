import { headersScanner } from './headers/headers.ts'
import { licenseScanner } from './license/licenseScanner.ts'
import { lineageScanner } from './lineage/lineageScanner.ts'
import type { Scanner } from './ports.ts'
import { provenanceScanner } from './provenance/provenanceScanner.ts'
import { serialisation } from './serialisation/serialisation.ts'

/** Every scanner, in the order of the report. */
export const SCANNERS: readonly Scanner[] = [
  serialisation,
  headersScanner,
  licenseScanner,
  provenanceScanner,
  lineageScanner,
]

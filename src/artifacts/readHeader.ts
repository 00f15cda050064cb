import { parseGgufHeader, type GgufHeader } from '../interop/gguf/parseGgufHeader.ts'
import { parseSafetensorsHeader, type SafetensorsHeader } from '../interop/safetensors.ts'
import { withFile } from './openFile.ts'

/**
 * Reads and checks the header of a safetensors file with `parseSafetensorsHeader`.
 *
 * @throws what `parseSafetensorsHeader` and `withFile` throw
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  return withFile(path, (source) => parseSafetensorsHeader(source))
}

/**
 * Reads and checks the header of a GGUF file with `parseGgufHeader`.
 *
 * @throws what `parseGgufHeader` and `withFile` throw
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  return withFile(path, (file) => parseGgufHeader(file))
}

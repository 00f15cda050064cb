import { truncateSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { readGgufHeader, readSafetensorsHeader } from '../../src/artifacts/readHeader.ts'
import { entry, fileOf as ggufOf, u32, u64 } from '../interop/gguf/ggufFile.ts'
import { fileOf as safetensorsOf, tensor } from '../interop/safetensorsFile.ts'
import { createFolder, rejection, removeFolders, writeFile } from './folder.ts'

describe('readSafetensorsHeader', function () {
  after(removeFolders)

  it('refuses what is not a file, and says what it is', async function () {
    expect((await rejection(readSafetensorsHeader('/dev/null'))).code).to.equal('NOT_A_REGULAR_FILE')
    expect((await rejection(readSafetensorsHeader(createFolder()))).code).to.equal('NOT_A_REGULAR_FILE')
    expect((await rejection(readSafetensorsHeader(join(createFolder(), 'x')))).code).to.equal('MODEL_NOT_FOUND')
  })

  it('reads only the header of a file of a terabyte', async function () {
    const size = 2 ** 40
    const bytes = safetensorsOf({ x: tensor('U8', [size], 0, size) })
    const path = writeFile(createFolder(), 'large.safetensors', bytes)
    truncateSync(path, bytes.length + size)
    expect((await readSafetensorsHeader(path)).tensors[0]).to.include({ length: size })
  })
})

describe('readGgufHeader', function () {
  after(removeFolders)

  it('refuses what is not a file', async function () {
    expect((await rejection(readGgufHeader('/dev/null'))).code).to.equal('NOT_A_REGULAR_FILE')
  })

  it('stops at the longest header, however large the file is', async function () {
    // A sparse file, in which one string says that it is most of it.
    const bytes = ggufOf({ entries: [entry('a', 9, u32(0), u64(2 ** 39))] })
    const path = writeFile(createFolder(), 'large.gguf', bytes)
    truncateSync(path, 2 ** 40)
    expect((await rejection(readGgufHeader(path))).code).to.equal('GGUF_LENGTH')
  })
})

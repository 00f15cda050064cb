import type { Rule } from '../../ports.ts'
import { CALL_SETTINGS } from './calls.ts'
import { HARMFUL_MODULES, HARMFUL_NAMES } from './harmfulNames.ts'
import { TORCHSCRIPT } from './importTier.ts'
import { LIBRARIES } from './libraryNames.ts'
import { LIMITS } from './limits.ts'
import { NUMBERS } from './npy.ts'
import { TENSOR_NAMES } from './tensorNames.ts'

const FOREIGN = 'Do not load the file. Ask the publisher for safetensors.'
const REWRITE = 'Do not load the file. Write it again with the library that it is for, or use safetensors.'

/** What is found in pickles. */
export const rules: readonly Rule[] = [
  {
    id: 'pickle.ambiguous',
    level: 'fail',
    finds: 'A part of a pickle that readers read differently.',
    remedy: REWRITE,
  },
  {
    id: 'pickle.broken',
    level: 'unknown',
    finds: 'A pickle that cannot be read to its end.',
    remedy: 'Fetch the file again, or use safetensors.',
  },
  {
    id: 'pickle.call',
    level: 'fail',
    finds: 'A call, or a change of an object, that runs harmful code when the file is loaded.',
    remedy: FOREIGN,
  },
  {
    id: 'pickle.extension',
    level: 'fail',
    finds: 'An import by a number that only the program that loads the file can resolve.',
    remedy: FOREIGN,
  },
  { id: 'pickle.import', level: 'fail', finds: 'An import of harmful code.', remedy: FOREIGN },
  {
    id: 'pickle.library',
    level: 'warn',
    finds: 'An object of a known library, whose code runs when the file is loaded.',
    remedy: 'Load it only with the version of the library that it was written for, or use safetensors.',
  },
  { id: 'pickle.limits', level: 'unknown', finds: 'A pickle that is too large to judge.', remedy: 'Use safetensors.' },
  {
    id: 'pickle.memory',
    level: 'fail',
    finds: 'A pickle that makes its reader allocate far more than it holds.',
    remedy: FOREIGN,
  },
  {
    id: 'pickle.storage',
    level: 'fail',
    finds: 'A tensor that reaches past its data, or is changed as if it were a dictionary.',
    remedy: FOREIGN,
  },
  {
    id: 'pickle.trailing',
    level: 'warn',
    finds: 'Bytes after a pickle that no reader of pickles reads.',
    remedy: 'Ask the publisher what they are.',
  },
  {
    id: 'pickle.unlisted',
    level: 'unknown',
    finds: 'An import that is in none of the lists.',
    remedy: 'Read the code of the import before you load the file, or use safetensors.',
  },
  {
    id: 'pickle.unresolved',
    level: 'fail',
    finds: 'A call of something that cannot be known without running the file.',
    remedy: FOREIGN,
  },
]

/** The lists and limits that decide what the rules find. */
export const settings = {
  tensor: TENSOR_NAMES,
  libraries: LIBRARIES,
  harmfulModules: [...HARMFUL_MODULES].sort(),
  harmfulNames: HARMFUL_NAMES,
  torchscript: TORCHSCRIPT.source,
  calls: CALL_SETTINGS,
  numberTypes: NUMBERS.source,
  limits: LIMITS,
}

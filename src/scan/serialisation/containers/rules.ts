import type { Rule } from '../../ports.ts'

const OTHER_COPY = 'Do not load the file; get it from its publisher.'

/** The rules about archives and compressed files. */
export const ARCHIVE_RULES: readonly Rule[] = [
  {
    id: 'archive.limits',
    level: 'fail',
    finds: 'An archive that grows beyond the limits when it is read',
    remedy: OTHER_COPY,
  },
  {
    id: 'archive.depth',
    level: 'unknown',
    finds: 'Archives inside one another beyond the depth that is judged',
    remedy: 'Unpack the file and scan what is inside.',
  },
  {
    id: 'archive.differs',
    level: 'fail',
    finds: 'Two ways to read an archive give different members',
    remedy: OTHER_COPY,
  },
  { id: 'archive.duplicate', level: 'fail', finds: 'Two members of one name', remedy: OTHER_COPY },
  { id: 'archive.traversal', level: 'fail', finds: 'A member whose name leads out of the folder', remedy: OTHER_COPY },
  { id: 'archive.link', level: 'fail', finds: 'A member that is a link', remedy: OTHER_COPY },
  {
    id: 'archive.unopened',
    level: 'unknown',
    finds: 'A compressed or encrypted part that could not be opened',
    remedy: 'Unpack the file and scan what is inside.',
  },
  {
    id: 'archive.unjudged',
    level: 'unknown',
    finds: 'A member that may hold weights or code, and that no reader could judge',
    remedy: 'Unpack the file and scan what is inside.',
  },
  { id: 'archive.broken', level: 'unknown', finds: 'An archive that breaks off', remedy: OTHER_COPY },
  {
    id: 'format.polyglot',
    level: 'fail',
    finds: 'A file that begins as one format and ends as another',
    remedy: OTHER_COPY,
  },
  {
    id: 'format.extension',
    level: 'warn',
    finds: 'A name that says data, on a file that is an archive or a pickle',
    remedy: 'Ask the publisher what the file is.',
  },
  {
    id: 'torchscript.code',
    level: 'warn',
    finds: 'Code of TorchScript, which runs when the model is called',
    remedy: 'Read the code before it runs, or take weights in safetensors.',
  },
  {
    id: 'torchscript.files',
    level: 'fail',
    finds: 'Code of TorchScript that reads or writes files',
    remedy: OTHER_COPY,
  },
]
